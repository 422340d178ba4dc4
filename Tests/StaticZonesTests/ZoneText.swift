import DNSWire
import Findings
import StaticZones

/// Zones written down as text, read, and shown as text again.
enum ZoneText {
    /// The head that a test's records follow: line 1 and 2.
    static let head = """
        example.com. 60 IN SOA ns.example.com. hostmaster.example.com. 7 7200 1800 86400 5
        example.com. 60 IN NS ns.example.net.

        """

    static func read(_ text: String, origin: String? = nil) throws -> (zone: StaticZone?, findings: [Finding]) {
        ZoneFile.read(text: text, file: "db", origin: try origin.map { try DomainName($0) })
    }

    /// The records behind `head` as the zone has them: `owner ttl type data [glue]` of every set, the apex left out.
    static func sets(_ text: String) throws -> [String] {
        let (zone, _) = try read(head + text)
        return (zone?.changes ?? []).filter { $0.owner != zone?.origin }.flatMap(lines)
    }

    /// One line for each record, traits behind the owner name: `a.example.com.{wildcard} 60 A 192.0.2.1`.
    static func lines(of change: RecordChange) -> [String] {
        guard case .set(let owner, let sets, let traits) = change else { return ["\(change)"] }
        let names: [(NodeTraits, String)] = [(.delegation, "{delegation}"), (.wildcard, "{wildcard}")]
        let head = "\(owner)" + names.filter { traits.contains($0.0) }.map(\.1).joined()
        return sets.flatMap { set in
            set.data.enumerated().map { index, data in
                let glue = set.glue.filter { $0.record == index }.map { " [\($0.address)]" }.joined()
                return "\(head) \(set.ttl) \(set.type) \(data)\(glue)"
            }
        }
    }
}
