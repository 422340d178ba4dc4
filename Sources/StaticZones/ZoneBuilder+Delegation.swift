import DNSWire
import Findings
import NetworkAddress

extension ZoneBuilder {
    /// The nodes as changes: sets with glue, what is under a delegation left out.
    /// - Parameter nodes: in canonical order, so that what is under a name follows it at once.
    mutating func changes(of nodes: [Node], origin: DomainName) -> [RecordChange] {
        var addresses = Addresses()
        var served: [(node: Node, traits: NodeTraits)] = []
        var cut: DomainName?
        for node in nodes {
            // RFC 1034 4.2.1: NS records below the apex say where our authority ends.
            let isUnderCut = cut.map { node.owner.isAtOrBelow($0) } ?? false
            let isCut = !isUnderCut && node.owner != origin && node.sets[.ns] != nil
            addresses.add(node, areOurs: !isUnderCut && !isCut)
            if isUnderCut || isCut { reportHidden(node, below: isUnderCut ? cut : nil) }
            guard !isUnderCut else { continue }
            var traits: NodeTraits = []
            if isCut {
                cut = node.owner
                traits.insert(.delegation)
            }
            // RFC 4592 2.1.1: the label is exactly one asterisk.
            if node.owner.wire.starts(with: [1, UInt8(ascii: "*")]) { traits.insert(.wildcard) }
            served.append((node, traits))
        }
        return served.map { node, traits in
            let types = traits.contains(.delegation) ? node.types.filter(ZoneBuilder.standsAtCut.contains) : node.types
            return .set(node.owner, types.map { set(of: node, $0, addresses) }, traits)
        }
    }

    /// What the parent has at a zone cut, RFC 4035 2.6.
    private static let standsAtCut: Set<RecordType> = [.ns, .ds, .rrsig, .nsec]

    /// Data that nobody will be given: it is the child's to say. Addresses are glue.
    private mutating func reportHidden(_ node: Node, below cut: DomainName?) {
        for type in node.types where type != .a && type != .aaaa {
            if cut == nil, ZoneBuilder.standsAtCut.contains(type) { continue }
            guard let line = node.sets[type]?.first?.line else { continue }
            report(
                "ZON004", .warning,
                "\(node.owner) \(type) belongs to the delegated zone \(cut ?? node.owner): not served",
                line: line)
        }
    }

    private func set(of node: Node, _ type: RecordType, _ addresses: Addresses) -> RecordSet {
        let records = node.sets[type]?.map(\.record) ?? []
        // RFC 2181 5.2: one TTL for a set; where they differ, the lowest is the one that promises least.
        var set = RecordSet(type, ttl: records.map(\.ttl).min() ?? 0, records.map(\.data))
        for (index, data) in set.data.enumerated() {
            set.glue += addresses.glue(of: data).map { RecordSet.Glue(record: index, address: $0) }
        }
        return set
    }

    /// The addresses that names of the file have.
    struct Addresses {
        /// Authoritative ones.
        private var ours: [DomainName: [IPAddress]] = [:]
        /// Those at and below zone cuts: good for finding name servers and nothing else (RFC 2181 5.4.1).
        private var others: [DomainName: [IPAddress]] = [:]

        mutating func add(_ node: Node, areOurs: Bool) {
            let found = [RecordType.a, .aaaa].flatMap { node.sets[$0] ?? [] }.compactMap { placed in
                if case .address(let address) = placed.record.data { address } else { nil }
            }
            guard !found.isEmpty else { return }
            if areOurs { ours[node.owner] = found } else { others[node.owner] = found }
        }

        /// What goes with a record into the additional section.
        func glue(of data: RecordData) -> [IPAddress] {
            switch data {
            case .ns(let target): ours[target] ?? others[target] ?? []
            case .mx(_, let target): ours[target] ?? []
            case .srv(let service): ours[service.target] ?? []
            default: []
            }
        }
    }
}
