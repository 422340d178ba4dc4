import NetworkAddress

/// What `ipvsadm -Ln` or `ipvsadm-save -n` wrote.
package struct IPVSDump: Sendable {
    struct VirtualServer: Sendable {
        var transport: String
        var address: EndpointAddress
        var line: Int
        /// nil: a listing of counters, which does not say.
        var isPersistent: Bool?
        var realServers: [(address: EndpointAddress, weight: Int?, line: Int)] = []
    }

    private(set) var servers: [VirtualServer] = []
    /// It begins as `ipvsadm -Ln` does, or is what ipvsadm-save writes.
    private(set) var isWhole = false
    private(set) var lineCount = 0
    package private(set) var unread: [UnreadLine] = []
    /// `--stats` and `--rate` have counters for scheduler and weight.
    private var countsOnly = false

    /// Whether a line is one that only ipvsadm writes.
    static func isItsLine(_ line: Substring) -> Bool {
        let words = line.split(separator: " ")
        return line.hasPrefix("IP Virtual Server") || line.hasPrefix("Prot LocalAddress")
            || ["-A", "-a"].contains(words.first) && words.count > 2
                && ["-t", "-u", "--sctp-service"].contains(words[1])
            || ["TCP", "UDP", "SCTP"].contains(words.first) && words.count > 2 && EndpointAddress(words[1]) != nil
    }

    package init(_ text: String) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            read(line.split(whereSeparator: \.isWhitespace), number)
        }
    }

    private mutating func read(_ words: [Substring], _ line: Int) {
        switch words.first {
        case nil, "IP": return
        case "Prot":
            isWhole = true
            countsOnly = words.contains("Conns") || words.contains("CPS")
        case "->":
            if words.contains("RemoteAddress:Port") { return }
            guard words.count > 1, let address = EndpointAddress(words[1]), !servers.isEmpty else {
                return cannotRead(line, "a real server without an address and a port as numbers")
            }
            let weight = countsOnly || words.count < 4 ? nil : Int(words[3])
            servers[servers.count - 1].realServers.append((address, weight, line))
            lineCount += 1
        case "-A", "-a": readSaved(words, line)
        case "TCP", "UDP", "SCTP":
            guard words.count > 1, let address = EndpointAddress(words[1]) else {
                return cannotRead(line, "a virtual server without an address and a port as numbers")
            }
            servers.append(
                VirtualServer(
                    transport: words[0].lowercased(), address: address, line: line,
                    isPersistent: countsOnly ? nil : words.contains("persistent")))
            lineCount += 1
        case "FWM": return
        default: cannotRead(line, "not a line of ipvsadm")
        }
    }

    /// `-A -t 10.0.1.175:80 -s rr -p 10800`, `-a -t 10.0.1.175:80 -r 10.244.0.5:9376 -m -w 1`
    private mutating func readSaved(_ words: [Substring], _ line: Int) {
        isWhole = true
        func value(_ option: Substring) -> Substring? {
            words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        }
        let transports = ["-t": "tcp", "-u": "udp", "--sctp-service": "sctp"]
        guard words.count > 2, let transport = transports[String(words[1])], let address = EndpointAddress(words[2])
        else { return cannotRead(line, "a virtual server without an address and a port as numbers") }
        lineCount += 1
        if words[0] == "-A" {
            servers.append(
                VirtualServer(
                    transport: transport, address: address, line: line, isPersistent: words.contains("-p")))
        } else if let real = value("-r").flatMap({ EndpointAddress($0) }),
            let place = servers.lastIndex(where: { $0.transport == transport && $0.address == address })
        {
            servers[place].realServers.append((real, value("-w").flatMap { Int($0) }, line))
        } else {
            cannotRead(line, "a real server of no virtual server")
        }
    }

    private mutating func cannotRead(_ line: Int, _ why: String) { unread.append(UnreadLine(line: line, why: why)) }
}

extension ProxyDump {
    mutating func read(_ dump: IPVSDump) {
        unread += dump.unread
        for family in IPAddress.Family.allCases {
            let servers = dump.servers.filter { $0.address.address.family == family }
            guard !servers.isEmpty else { continue }
            var table = ForwardingRules(mode: .ipvs, family: family, file: file)
            table.isWhole = dump.isWhole
            for server in servers {
                let name = "\(server.transport.uppercased()) \(server.address)"
                table.ruleCount += 1 + server.realServers.count
                table.entries.append(
                    Entry(
                        destination: .address(server.address.address), transport: server.transport,
                        port: server.address.port, verdict: .chain(name), owner: nil, line: server.line))
                table.balancers[name] = balancer(name, server)
            }
            rules.append(table)
        }
    }

    private func balancer(_ name: String, _ server: IPVSDump.VirtualServer) -> Balancer {
        var balancer = Balancer(name: name, line: server.line)
        balancer.isPersistent = server.isPersistent
        let weights = server.realServers.compactMap(\.weight)
        let sum = weights.reduce(0) { $0.addingReportingOverflow(max(0, $1)).partialValue }
        balancer.targets = server.realServers.map { real in
            var target = Target(chain: "", endpoint: real.address, line: real.line)
            if let weight = real.weight, weights.count == server.realServers.count {
                target.share = sum > 0 ? Double(max(0, weight)) / Double(sum) : 0
                target.written = "\(weight)"
            }
            return target
        }
        return balancer
    }
}
