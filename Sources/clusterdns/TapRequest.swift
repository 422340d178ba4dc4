import Corefile
import DNSWire
import Diagnosis
import HTTP
import QueryLog

/// Which queries are wanted and how, on the command line and on the admin endpoint:
/// `/tap?client=10.244.0.0/16&name=*.shop.svc.cluster.local&rcode=NXDOMAIN&slower=5ms&limit=10&format=json`.
struct TapRequest {
    static let path = "/tap"

    var filter = QueryFilter()
    var format = TapFormat.text
    /// Queries at most; nil for all.
    var limit: Int?
    private var pairs: [(name: String, value: String)] = []

    init() {}

    /// - Throws: `UsageError` for a word that is not known, or a value that is none.
    init(query: [(name: String, value: String)]) throws {
        for (name, value) in query { try set(name, value) }
    }

    /// - Throws: as above.
    mutating func set(_ name: String, _ value: String) throws {
        func need<Value>(_ parsed: Value?, _ what: String) throws -> Value {
            guard let parsed else { throw UsageError("\(name) \"\(value)\": want \(what)") }
            return parsed
        }
        switch name {
        case "client":
            filter.client = try need(QueryFilter.client(value), "an address or a block, as 10.244.0.0/16")
        case "pod":
            let isPod = value.split(separator: "/", omittingEmptySubsequences: false).map(\.isEmpty) == [false, false]
            filter.pod = try need(isPod ? value : nil, "NAMESPACE/POD")
        case "name":
            filter.name = try need(value.isEmpty ? nil : NamePattern(value), "a pattern, as *.shop.svc.cluster.local")
        case "type": filter.type = try need(RecordType(value), "a record type, as AAAA or TYPE65")
        case "rcode": filter.rcode = try need(QueryFilter.rcode(value), "a response code, as NXDOMAIN")
        case "slower":
            let duration = goDuration(value).flatMap { $0 >= .zero ? $0 : nil }
            filter.slower = Int64(try need(duration, "a time with its unit, as 5ms") / .nanoseconds(1))
        case "limit": limit = try need(Int(value).flatMap { $0 > 0 ? $0 : nil }, "a number of queries from 1 on")
        case "format": format = try need(TapFormat(rawValue: value), TapFormat.allValueStrings.joined(separator: ", "))
        default: throw UsageError("there is no \"\(name)\": want client, pod, name, type, rcode, slower, limit, format")
        }
        pairs.append((name, value))
    }

    /// The request line's target.
    var target: String {
        TapRequest.path + "?" + pairs.map { "\($0.name)=\(percentEscaped($0.value))" }.joined(separator: "&")
    }
}
