import DNSWire
import FoundationEssentials
import NetworkAddress

/// Records from lines that were written before: JSON as `writeJSON` makes it, or CoreDNS's query log.
extension QueryRecord {
    /// nil where the line is neither.
    package init?(line: some StringProtocol) {
        if line.first == "{" {
            self.init(json: String(line))
        } else {
            self.init(coreDNS: String(line))
        }
    }

    // MARK: JSON

    /// What is read of an object: tap's keys, or those of a container runtime that keeps lines in JSON.
    private struct Line: Decodable {
        var ts: String?
        var client: String?
        var port: UInt16?
        var id: UInt16?
        var proto: String?
        var qname: String?
        var qtype: String?
        var rcode: String?
        var size: Int?
        var us: Int64?
        var log: String?
        var time: String?
    }

    private init?(json text: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { return nil }
        if let log = line.log {
            self.init(coreDNS: String(log.prefix { !$0.isNewline }))
            if let moment = line.time.flatMap({ LogTime.nanoseconds(in: $0) }) { time = moment }
            return
        }
        guard let client = line.client.flatMap({ IPAddress($0) }), let port = line.port, let id = line.id,
            let name = line.qname, let type = line.qtype
        else { return nil }
        self.init(client: client)
        time = line.ts.flatMap { LogTime.nanoseconds(in: $0) } ?? 0
        self.port = port
        self.id = id
        isStream = line.proto == "tcp"
        size = line.size ?? 0
        duration = (line.us ?? 0).multipliedReportingOverflow(by: 1000).partialValue
        if let code = line.rcode, !read(rcode: code) { return nil }
        if let name = try? DomainName(name), let type = RecordType(type) {
            question = Question(name: name, type: type)
        }
    }

    private mutating func read(rcode text: String) -> Bool {
        if text == "-" { return true }
        if text.hasPrefix("RCODE"), let number = UInt16(text.dropFirst(5)) {
            rcode = ResponseCode(rawValue: number)
            return true
        }
        guard let known = QueryFilter.rcode(text) else { return false }
        rcode = known
        return true
    }

    // MARK: CoreDNS

    /// The plugin's format `common` (CoreDNS plugin/log), also `combined`, and with what kubectl logs and containers put in
    /// front; a time of RFC 3339 there is the record's.
    ///
    ///     2026-11-21T03:00:05.004Z [INFO] 10.244.8.11:40113 - 4711 "A IN web.shop. udp 54 false 512" NXDOMAIN qr,aa,rd 141 0.000038s
    private init?(coreDNS text: String) {
        // `combined` has one more pair of quotes, with the opcode.
        let parts = text.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let front = parts[0].split(separator: " ")
        let query = parts[1].split(separator: " ")
        let answer = parts[2].split(separator: "\"").last { $0.contains("s") }?.split(separator: " ") ?? []
        guard front.count >= 3, front[front.count - 2] == "-", query.count == 7, answer.count == 4,
            let colon = front[front.count - 3].lastIndex(of: ":"),
            let client = IPAddress(front[front.count - 3][..<colon].filter { $0 != "[" && $0 != "]" })
        else { return nil }
        self.init(client: client)
        guard let port = UInt16(front[front.count - 3][colon...].dropFirst()), let id = UInt16(front[front.count - 1]),
            let type = RecordType(String(query[0])), let recordClass = RecordClass(String(query[1])),
            let name = try? DomainName(String(query[2])), let querySize = Int(query[4]),
            let payloadSize = Int(query[6]), read(rcode: String(answer[0])), let size = Int(answer[2]),
            answer[3].last == "s", let seconds = Double(answer[3].dropLast()), (0..<1e6).contains(seconds)
        else { return nil }
        self.port = port
        self.id = id
        question = Question(name: name, type: type, recordClass: recordClass)
        isStream = query[3] == "tcp"
        self.querySize = querySize
        wantsDNSSEC = query[5] == "true"
        self.payloadSize = payloadSize
        self.size = size
        flags = QueryRecord.flags(answer[1])
        duration = Int64((seconds * 1_000_000_000).rounded())
        time = LogTime.nanoseconds(in: parts[0]) ?? 0
    }

    /// `qr,aa,rd`
    private static func flags(_ text: Substring) -> MessageFlags {
        let words = text.split(separator: ",")
        return [
            .response, .authoritative, .truncated, .recursionDesired, .recursionAvailable, .authenticData,
            .checkingDisabled,
        ].reduce([]) { (flags: MessageFlags, flag: MessageFlags) in
            words.contains { $0 == flag.mnemonics } ? flags.union(flag) : flags
        }
    }
}
