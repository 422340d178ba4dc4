import DNSWire
import Findings

/// Records of a file into a zone: what must hold of them together is checked here.
struct ZoneBuilder {
    /// What findings call the file.
    let file: String
    /// As they stand in the file.
    var records: [PlacedRecord] = []
    private(set) var findings: [Finding] = []

    init(file: String) {
        self.file = file
    }

    /// The records of one owner name by type, none twice.
    struct Node {
        let owner: DomainName
        var sets: [RecordType: [PlacedRecord]] = [:]

        /// The types it has, in the order of their numbers.
        var types: [RecordType] { sets.keys.sorted { $0.rawValue < $1.rawValue } }
    }

    /// - Parameters:
    ///   - origin: the zone that the file is said to have; nil: the SOA record says it.
    ///   - isWhole: whether every entry of the file was read; what is missing is no fault otherwise.
    /// - Returns: the zone, which is none where a finding is an error; nil where there is no SOA record to begin with.
    mutating func zone(origin: DomainName?, isWhole: Bool) -> StaticZone? {
        guard let apex = records.first(where: { $0.record.type == .soa }), case .soa(let soa) = apex.record.data else {
            if isWhole { report("ZON002", .error, "there is no SOA record", line: 0) }
            return nil
        }
        let owner = apex.record.owner
        if let origin, origin != owner {
            report(
                "ZON004", .error, "the SOA record is that of \(owner), and the file is said to be that of \(origin)",
                line: apex.line)
            return nil
        }
        let nodes = self.nodes(of: owner)
        for node in nodes { checkAlias(node) }
        if isWhole, nodes.first?.sets[.ns] == nil {
            report("ZON002", .error, "\(owner) has a SOA record and no NS record", line: apex.line)
        }
        return StaticZone(origin: owner, soa: soa, changes: changes(of: nodes, origin: owner))
    }

    /// The names of the zone in canonical order, the apex first.
    private mutating func nodes(of origin: DomainName) -> [Node] {
        var nodes: [DomainName: Node] = [:]
        var seen: [ResourceRecord: Int] = [:]
        var hasSOA = false
        for placed in records {
            let record = placed.record
            guard record.owner.isAtOrBelow(origin) else {
                report(
                    "ZON004", .warning, "\(record.owner) is outside of the zone \(origin): not served",
                    line: placed.line)
                continue
            }
            // RFC 2181 5: a set has no record twice; the TTL does not make a difference.
            var key = record
            key.ttl = 0
            if let line = seen[key] {
                report(
                    "ZON005", .warning, "\(record.owner) \(record.type) \(record.data) is there since line \(line)",
                    line: placed.line)
                continue
            }
            seen[key] = placed.line
            if record.type == .soa {
                if hasSOA { report("ZON002", .error, "a second SOA record, of \(record.owner)", line: placed.line) }
                hasSOA = true
            }
            nodes[record.owner, default: Node(owner: record.owner)].sets[record.type, default: []].append(placed)
        }
        return nodes.values.map { ($0.owner.canonicalKey, $0) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
    }

    /// RFC 1034 3.6.2: a name with a CNAME has nothing else, but for what DNSSEC puts there (RFC 4034 3 and 4).
    private mutating func checkAlias(_ node: Node) {
        guard let aliases = node.sets[.cname] else { return }
        for second in aliases.dropFirst() {
            report(
                "ZON003", .error, "\(node.owner) has a CNAME since line \(aliases[0].line) and here a second one",
                line: second.line)
        }
        let others = node.types.filter { ![.cname, .rrsig, .nsec, .key].contains($0) }
            .compactMap { type in node.sets[type]?.first.map { (type: type, line: $0.line) } }
        guard let other = others.min(by: { $0.line < $1.line }) else { return }
        let (first, second) = other.line < aliases[0].line ? (other.type, .cname) : (.cname, other.type)
        report(
            "ZON003", .error,
            "\(node.owner) has \(first) since line \(min(other.line, aliases[0].line)) and here \(second): "
                + "a CNAME cannot stand with other data",
            line: max(other.line, aliases[0].line))
    }

    mutating func report(_ code: String, _ severity: Finding.Severity, _ message: String, line: Int) {
        findings.append(Finding(code, severity, message, at: SourcePlace(file: file, line: line)))
    }
}

extension RecordType {
    static let key = RecordType(rawValue: 25)
    static let rrsig = RecordType(rawValue: 46)
    static let nsec = RecordType(rawValue: 47)
}
