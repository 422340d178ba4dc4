import DNSWire
import NetworkAddress
import QueryLog

/// A record as most tests need it: an answer over UDP to 10.244.8.11.
func record(
    _ name: String, _ type: RecordType = .a, _ rcode: ResponseCode = .noError, from client: String = "10.244.8.11",
    port: UInt16 = 40113, id: UInt16 = 4711, pod: String? = nil, at seconds: Double = 0, us: Int64 = 38
) -> QueryRecord {
    var record = QueryRecord(client: IPAddress(client)!)
    record.time = start + Int64(seconds * 1e9)
    record.duration = us * 1000
    record.port = port
    record.id = id
    record.pod = pod
    // Names in tests are good.
    record.question = Question(name: try! DomainName(name), type: type)
    record.rcode = rcode
    record.flags = [.response, .authoritative, .recursionDesired]
    record.querySize = 54
    record.size = 141
    return record
}

/// 2026-11-21T03:00:05.004310Z
let start: Int64 = 1_795_230_005_004_310_000

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
