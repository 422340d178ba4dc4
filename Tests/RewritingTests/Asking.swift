import Corefile
import DNSWire
import NetworkAddress
import Rewriting
import StaticZones

/// Short spellings of messages for tables.
enum Asking {
    static let origin = QueryOrigin(
        client: IPAddress("10.240.0.1")!, clientPort: 40212, server: IPAddress("127.0.0.1")!, serverPort: 53)
    static let origin6 = QueryOrigin(
        client: IPAddress("fe80::42:ff:feca:4c65")!, clientPort: 40212, server: IPAddress("::1")!, serverPort: 53,
        transport: "tcp")

    static func query(
        _ name: String, _ type: RecordType = .a, _ recordClass: RecordClass = .in, edns: EDNS? = nil
    ) throws -> Message {
        Message(query: try DomainName(name), type: type, recordClass: recordClass, id: 7, edns: edns)
    }

    static func metadata(_ label: String) -> String? { ["test/label": "my-value", "test/empty": ""][label] }

    static func name(_ text: String, _ match: (String) -> RewriteSettings.Match, _ to: String) -> RewriteSettings {
        RewriteSettings(change: .name(match(text), with: to, answers: []))
    }

    /// A query through rules, and through the wire.
    static func apply(
        _ rules: [RewriteSettings], to query: Message, from origin: QueryOrigin = origin
    ) throws -> RewrittenQuery? {
        let sent = try Message(decoding: try query.encoded())
        return try RewriteRules(rules).apply(to: sent, from: origin, metadata: metadata)
    }

    /// The answer that the client gets to a query, if `records` is what the rewritten one was answered with.
    static func answer(
        _ rules: [RewriteSettings], to query: Message, with records: [String], rcode: ResponseCode = .noError
    ) throws -> Message {
        let rewritten = try apply(rules, to: query)
        var response = rewritten?.query ?? query
        response.flags.insert(.response)
        response.rcode = rcode
        response.edns = nil
        response.answers = try records.map { try ResourceRecord.first(inMasterText: $0)! }
        let restored = rewritten?.restore(response, for: query) ?? response
        return try Message(decoding: try restored.encoded())
    }

    static func lines(_ records: [ResourceRecord]) -> [String] {
        records.map { "\($0)".replacing("\t", with: " ") }
    }
}
