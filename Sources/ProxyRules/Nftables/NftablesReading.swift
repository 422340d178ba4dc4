import NetworkAddress

extension ProxyDump {
    mutating func read(_ dump: NftablesDump) {
        unread += dump.unread
        if dump.holdsIptables { traces.insert(.iptablesInNft) }
        for table in dump.tables {
            let reading = NftablesReading(table, file: file)
            unread += reading.unread
            if reading.rules.ruleCount > 0 { rules.append(reading.rules) }
        }
    }
}

/// Makes forwarding rules of a table of kube-proxy's (pkg/proxy/nftables/proxier.go), as it was until Kubernetes 1.35,
/// with a chain for each endpoint, and as it is since, with chains only for those that remember clients.
struct NftablesReading {
    private typealias Statement = NftablesDump.Statement
    private(set) var rules: ForwardingRules
    private(set) var unread: [UnreadLine] = []
    private let table: NftablesDump.Table

    init(_ table: NftablesDump.Table, file: String) {
        self.table = table
        rules = ForwardingRules(mode: .nftables, family: table.family == "ip6" ? .v6 : .v4, file: file)
        for (name, isNodePort) in [
            ("service-ips", false), ("no-endpoint-services", false), ("service-nodeports", true),
            ("no-endpoint-nodeports", true),
        ] {
            for element in table.maps[name] ?? [] { addEntry(element, isNodePort: isNodePort) }
        }
        for (name, chain) in table.chains where NftablesReading.isServiceChain(name) {
            rules.balancers[name] = balancer(name, chain)
        }
        rules.ruleCount = table.chains.values.map(\.count).reduce(0, +) + rules.entries.count
        rules.isWhole = table.isClosed && table.chains["services"] != nil && table.maps["service-ips"] != nil
        if rules.isWhole { readWays() }
        readMasquerade()
    }

    static func isServiceChain(_ name: String) -> Bool {
        name.contains("/") && ["service-", "local-", "external-"].contains { name.hasPrefix($0) }
    }

    /// `172.30.0.44 . tcp . 80 : goto service-…`, `tcp . 3001 comment "ns2/svc2:p80" : drop`.
    private mutating func addEntry(_ element: Statement, isNodePort: Bool) {
        guard let line = element.first?.line else { return }
        let comment = element.first(where: \.isQuoted)?.text
        let words = element.filter { !$0.isQuoted && $0.text != "." && $0.text != "comment" }.map(\.text)
        let address = isNodePort ? nil : words.first.flatMap { IPAddress($0) }
        let key = words.dropFirst(isNodePort ? 0 : 1)
        guard isNodePort || address != nil, let transport = key.first, let port = key.dropFirst().first,
            let port = UInt16(port), let colon = words.firstIndex(of: ":")
        else {
            unread.append(UnreadLine(line: line, why: "an element without address, protocol and port as numbers"))
            return
        }
        let verdict: Entry.Verdict =
            switch words[(colon + 1)...].prefix(2) {
            case ["drop"]: .drop
            case ["goto", "reject-chain"]: .reject
            case let words where words.count == 2: .chain(words.last ?? "")
            default: .reject
            }
        var owner = comment.flatMap(portName)
        if case .chain(let chain) = verdict { owner = ServicePortName(chain: chain)?.description }
        rules.entries.append(
            Entry(
                destination: address.map { .address($0) } ?? .nodePort, transport: IptablesRule.transport(transport),
                port: port, verdict: verdict, owner: owner, line: line))
    }

    private func balancer(_ name: String, _ chain: [Statement]) -> Balancer {
        var balancer = Balancer(name: name, line: chain.first?.first?.line ?? table.lines[name] ?? table.line)
        balancer.owner = ServicePortName(chain: name)?.description
        var shares: [Target] = []
        for rule in chain {
            let words = rule.map(\.text)
            if let (targets, lost) = picked(rule, words) {
                shares += targets
                balancer.lost += lost
            } else if let next = verdict(words) {
                if next.hasPrefix("endpoint-") {
                    var target = self.target(next, line: rule[0].line)
                    target.isRemembered = words.contains { $0.hasPrefix("@affinity-") }
                    balancer.targets.append(target)
                } else if next == "mark-for-masquerade" {
                    balancer.marksMasquerade = true
                } else if NftablesReading.isServiceChain(next), !balancer.next.contains(next) {
                    balancer.next.append(next)
                }
            } else if NftablesReading.mark(setBy: words) != nil {
                balancer.marksMasquerade = true
            }
        }
        for target in shares {
            let known = balancer.targets.firstIndex {
                $0.chain == target.chain && (!$0.chain.isEmpty || $0.endpoint == target.endpoint)
            }
            if let known {
                balancer.targets[known].share = (balancer.targets[known].share ?? 0) + (target.share ?? 0)
            } else {
                balancer.targets.append(target)
            }
        }
        return balancer
    }

    /// `numgen random mod 2 vmap { 0 : goto endpoint-…, … }`, `dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 80, … }`
    /// or `dnat to 10.0.0.1:80`, and the part of connections for which no target is named.
    private func picked(_ rule: Statement, _ words: [String]) -> (targets: [Target], lost: Double)? {
        if let endpoint = destination(words) {
            var target = Target(chain: "", endpoint: endpoint, line: rule[0].line)
            target.share = 1
            return ([target], 0)
        }
        guard let place = words.firstIndex(of: "mod"), words.contains("numgen"), place + 1 < words.count,
            let count = UInt32(words[place + 1]), count > 0
        else { return nil }
        var taken: Set<UInt32> = []
        var targets: [Target] = []
        for element in NftablesDump.split(NftablesDump.inBraces(rule)) {
            let words = element.map(\.text)
            guard words.count > 2, let number = UInt32(words[0]), words[1] == ":" else { continue }
            var target: Target
            if let chain = verdict(words) {
                target = self.target(chain, line: element[0].line)
            } else {
                let parts = words[2...].filter { $0 != "." }
                guard parts.count == 2, let address = IPAddress(parts[0]), let port = UInt16(parts[1]) else { continue }
                target = Target(chain: "", endpoint: EndpointAddress(address, port), line: element[0].line)
            }
            target.share = number < count && taken.insert(number).inserted ? 1 / Double(count) : 0
            targets.append(target)
        }
        return (targets, Double(Int(count) - taken.count) / Double(count))
    }

    private func target(_ chain: String, line: Int) -> Target {
        let rules = (table.chains[chain] ?? []).map { $0.map(\.text) }
        let destination = rules.lazy.compactMap(self.destination).first
        let named = rules.isEmpty && table.chains[chain] == nil ? EndpointAddress(chain: chain) : nil
        var target = Target(chain: chain, endpoint: destination ?? named, line: line)
        target.remembers = rules.contains { $0.first == "update" || $0.first == "add" }
        // Since 1.36 one set, hairpin-connections, does it for all.
        if let address = destination?.address, table.chains["mark-for-masquerade"] != nil {
            target.isMasqueraded = rules.contains { words in
                words.contains("saddr") && words.contains { IPAddress($0) == address }
                    && verdict(words) == "mark-for-masquerade"
            }
        }
        return target
    }

    /// What `goto` or `jump` names.
    private func verdict(_ words: [String]) -> String? {
        guard let place = words.firstIndex(where: { $0 == "goto" || $0 == "jump" }), place + 1 < words.count else {
            return nil
        }
        return words[place + 1]
    }

    private func destination(_ words: [String]) -> EndpointAddress? {
        guard let dnat = words.firstIndex(of: "dnat"), let to = words[dnat...].firstIndex(of: "to"),
            to + 1 < words.count
        else { return nil }
        return EndpointAddress(words[to + 1])
    }

    private mutating func readWays() {
        func jumps(_ chain: String, _ word: String) -> Bool {
            table.chains[chain]?.contains { $0.contains { $0.text == word } } ?? false
        }
        rules.isEntered = jumps("nat-prerouting", "services") && jumps("services", "@service-ips")
        rules.nodePortsAreEntered = jumps("services", "@service-nodeports")
        rules.masquerade.isEntered = jumps("nat-postrouting", "masquerading")
    }

    private mutating func readMasquerade() {
        rules.masquerade.mark =
            table.chains.values.lazy.joined().lazy
            .compactMap { NftablesReading.mark(setBy: $0.map(\.text)) }.first
        for words in (table.chains["masquerading"] ?? []).map({ $0.map(\.text) }) {
            if words.contains("masquerade") { rules.masquerade.masquerades = true }
            if let place = words.firstIndex(where: { $0 == "&" || $0 == "and" }), place + 1 < words.count {
                rules.masquerade.lookedAt = IptablesRule.number(words[place + 1])
            }
        }
    }

    /// `meta mark set meta mark | 0x00004000`, `mark set mark or 0x4000`.
    private static func mark(setBy words: [String]) -> UInt32? {
        guard words.contains("set"), words.contains("mark"),
            let place = words.firstIndex(where: { $0 == "|" || $0 == "or" }), place + 1 < words.count
        else { return nil }
        return IptablesRule.number(words[place + 1])
    }
}
