import DNSWire
import Findings
import NetworkAddress

/// What a hosts file says (hosts(5); CoreDNS plugin/hosts, hostsfile.go): lines of an address and its names.
///
///     192.168.1.10    example.com  example
///     192.168.1.11    *.example.com      # one label more, unless a line names it
package struct HostsFile: Sendable, Equatable {
    /// The addresses of a name, in the file's order, none twice.
    package struct Addresses: Sendable, Hashable {
        package private(set) var v4: [IPAddress] = []
        package private(set) var v6: [IPAddress] = []

        fileprivate mutating func add(_ address: IPAddress) {
            switch address.family {
            case .v4: if !v4.contains(address) { v4.append(address) }
            case .v6: if !v6.contains(address) { v6.append(address) }
            }
        }

        package func sets(ttl: UInt32) -> [RecordSet] {
            var sets: [RecordSet] = []
            if !v4.isEmpty { sets.append(RecordSet(.a, ttl: ttl, v4.map { .address($0) })) }
            if !v6.isEmpty { sets.append(RecordSet(.aaaa, ttl: ttl, v6.map { .address($0) })) }
            return sets
        }
    }

    package private(set) var names: [DomainName: Addresses] = [:]
    /// By the name that `*` stands below.
    package private(set) var wildcards: [DomainName: Addresses] = [:]
    /// The names of each address, by its reverse name.
    package private(set) var reverse: [DomainName: [DomainName]] = [:]
    /// What CoreDNS counts as `coredns_hosts_entries`: addresses of names, and names of addresses.
    package private(set) var entries = 0
    /// Lines, or parts of them, that were left out: the first of them, and how many more there are.
    package private(set) var findings: [Finding] = []

    private static let mostFindings = 20
    private var leftOut = 0

    package init() {}

    /// Reads a file's lines, after what was read before.
    /// - Parameters:
    ///   - path: for the findings' places.
    ///   - zones: names outside of them do not count; all count where empty.
    ///   - hasReverse: addresses have PTR records.
    package mutating func read(_ text: String, path: String, zones: [DomainName] = [], hasReverse: Bool = true) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard let first = words.first else { continue }
            let place = SourcePlace(file: path, line: index + 1, column: 0)
            guard let address = HostsFile.address(first) else {
                note("\"\(first)\" is no IP address: the line is left out", place)
                continue
            }
            if words.count == 1 { note("\(first) has no name behind it: the line is left out", place) }
            for word in words.dropFirst() {
                guard let name = try? DomainName(String(word)) else {
                    note("\"\(word)\" is no domain name: it is left out", place)
                    continue
                }
                guard zones.isEmpty || zones.contains(where: name.isAtOrBelow) else { continue }
                // As PTR records give them (CoreDNS plugin.Name.Normalize).
                add(name.lowercased, address, hasReverse: hasReverse)
            }
        }
        if leftOut > 0 {
            findings.append(
                Finding("HST001", .warning, "\(leftOut) lines more are left out", at: SourcePlace(file: path)))
            leftOut = 0
        }
    }

    private mutating func note(_ text: String, _ place: SourcePlace) {
        guard findings.count < HostsFile.mostFindings else {
            leftOut += 1
            return
        }
        findings.append(Finding("HST001", .warning, text, at: place))
    }

    private mutating func add(_ name: DomainName, _ address: IPAddress, hasReverse: Bool) {
        entries += 1
        if name.wire.starts(with: [1, UInt8(ascii: "*")]), let parent = name.parent {
            wildcards[parent, default: Addresses()].add(address)
            return
        }
        names[name, default: Addresses()].add(address)
        guard hasReverse else { return }
        entries += 1
        let owner = DomainName(reverseOf: address)
        if reverse[owner]?.contains(name) != true { reverse[owner, default: []].append(name) }
    }

    /// An address without its zone (`fe80::1%eth0`); an IPv4 address within IPv6 is an IPv4 address.
    private static func address(_ text: Substring) -> IPAddress? {
        guard let address = IPAddress(text.prefix { $0 != "%" }) else { return nil }
        guard address.family == .v6, address.high == 0, address.low >> 32 == 0xFFFF else { return address }
        return IPAddress(v4: UInt32(truncatingIfNeeded: address.low))
    }

    // MARK: What it says of a name

    /// Of the name itself, or of the wildcard one label above it.
    package func addresses(of name: DomainName) -> Addresses? {
        if let addresses = names[name] { return addresses }
        guard !wildcards.isEmpty, let parent = name.parent else { return nil }
        return wildcards[parent]
    }

    /// The records of every name, and with `hasReverse` of every address.
    package func records(ttl: UInt32, hasReverse: Bool) -> [(DomainName, [RecordSet])] {
        let forward = names.map { ($0.key, $0.value.sets(ttl: ttl)) }
        guard hasReverse else { return forward }
        return forward + reverse.map { ($0.key, [RecordSet(.ptr, ttl: ttl, $0.value.map { .ptr($0) })]) }
    }
}
