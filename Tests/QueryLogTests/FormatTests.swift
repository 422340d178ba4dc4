import DNSWire
import NetworkAddress
import QueryLog
import Testing

struct FormatTests {
    private func text(_ record: QueryRecord) -> String {
        var line: [UInt8] = []
        record.writeText(to: &line)
        return line.text
    }

    private func json(_ record: QueryRecord) -> String {
        var line: [UInt8] = []
        record.writeJSON(to: &line)
        return line.text
    }

    @Test func aLineOfText() {
        var one = record("google.com.shop.svc.cluster.local.", .a, .nxDomain, pod: "shop/web-0")
        one.search = SearchTry(number: 1, total: 4)
        #expect(
            text(one)
                == "03:00:05.004310  shop/web-0 10.244.8.11:40113  A     google.com.shop.svc.cluster.local.  NXDOMAIN  aa  141 B  38 us  [search 1/4]\n"
        )
        one.search = nil
        one.pod = nil
        one.isStream = true
        one.flags = [.response]
        one.duration = 5_012_500
        one.client = IPAddress("fd00::7")!
        #expect(
            text(one)
                == "03:00:05.004310  [fd00::7]:40113  A     google.com.shop.svc.cluster.local.  NXDOMAIN  -  141 B  5013 us  tcp\n"
        )
        one.question = Question(name: .root, type: RecordType(rawValue: 65280))
        one.flags = [.response, .authoritative, .truncated]
        #expect(text(one).contains("  TYPE65280  .  NXDOMAIN  aa tc  141 B  "))
        one.question = nil
        one.size = 0
        #expect(text(one).contains("  -     -  -  aa tc  0 B  "))
    }

    @Test func aLineOfJSON() {
        #expect(
            json(record("Web.shop.svc.cluster.local."))
                == #"{"ts":"2026-11-21T03:00:05.004310Z","client":"10.244.8.11","port":40113,"id":4711,"proto":"udp","qname":"web.shop.svc.cluster.local.","qtype":"A","rcode":"NOERROR","size":141,"us":38}"#
                + "\n")
        #expect(json(record(#"a\"b\\c\032d."#)).contains(#""qname":"a\\\"b\\\\c\\032d.","#))
    }

    @Test func whatWasWrittenIsRead() throws {
        var one = record(#"a\"b\\c\032d."#, .https, .servFail, from: "fd00::7")
        one.isStream = true
        let read = try #require(QueryRecord(line: json(one).dropLast()))
        #expect(read.question == one.question && read.client == one.client && read.port == one.port)
        #expect(read.time == one.time && read.duration == one.duration && read.id == one.id && read.isStream)
        #expect(read.rcode == .servFail && read.size == 141)
        #expect(json(read) == json(one))
    }

    @Test(arguments: [
        "",
        "2026-11-21T03:00:05.00431Z ",
        "[pod/coredns-7d4b9c6f5-x2x9z/coredns] ",
    ])
    func linesOfCoreDNS(prefix: String) throws {
        let line =
            prefix
            + #"[INFO] 10.244.8.11:40113 - 4711 "AAAA IN google.com. udp 54 true 1232" NXDOMAIN qr,aa,rd 141 0.000038123s"#
        let read = try #require(QueryRecord(line: line))
        #expect(read.client == IPAddress("10.244.8.11") && read.port == 40113 && read.id == 4711)
        #expect(read.question == Question(name: try DomainName("google.com."), type: .aaaa))
        #expect(!read.isStream && read.querySize == 54 && read.wantsDNSSEC && read.payloadSize == 1232)
        #expect(read.rcode == .nxDomain && read.flags == [.response, .authoritative, .recursionDesired])
        #expect(read.size == 141 && read.duration == 38_123)
        #expect(read.time == (prefix.hasPrefix("2026") ? start : 0))
        let combined = try #require(QueryRecord(line: line.replacing("1232\" ", with: "1232\" \"0\" ")))
        #expect(combined.rcode == .nxDomain && combined.duration == 38_123)
    }

    @Test func otherLinesOfCoreDNS() throws {
        let late = try #require(
            QueryRecord(line: #"[INFO] [fd00::7]:53 - 0 "TYPE65280 CH . tcp 17 false 65535" - - 0 2.5s"#))
        #expect(late.client == IPAddress("fd00::7") && late.isStream && late.size == 0 && late.flags.isEmpty)
        #expect(late.duration == 2_500_000_000)
        #expect(late.question?.recordClass == .chaos)
    }

    @Test(arguments: [
        "", "{", "{}", "[INFO] plugin/reload: Running configuration SHA512 = 12", ".:53", "CoreDNS-1.11.1",
        #"[INFO] 10.244.8.11:x - 4711 "A IN google.com. udp 54 true 1232" NXDOMAIN qr 141 0.1s"#,
        #"[INFO] 10.244.8.11:1 - 4711 "A IN google.com. udp 54 true 1232" NXDOMAIN qr 141 -1s"#,
        #"[INFO] 10.244.8.11:1 - 4711 "A IN google.com. udp 54 true 1232" NXDOMAIN qr 141 1e300s"#,
        #"[ERROR] plugin/errors: 2 google.com. A: read udp 10.244.0.1:1->1.1.1.1:53: i/o timeout"#,
        #"{"ts":"x","client":"y","port":1,"id":2,"proto":"udp","qname":".","qtype":"A","rcode":"NOERROR","size":1,"us":1}"#,
    ])
    func whatIsNoQuery(line: String) { #expect(QueryRecord(line: line) == nil) }

    @Test func framesComeBackPieceByPiece() throws {
        var one = record("web.shop.", pod: "shop/web-0")
        one.search = SearchTry(number: 2, total: 5)
        one.payloadSize = 1232
        one.message = try Message(
            id: one.id, flags: one.flags, questions: [try #require(one.question)],
            answers: []
        ).encoded()
        var six = record("web.shop.", .aaaa, .nxDomain, from: "fd00::7")
        six.isStream = true
        six.wantsDNSSEC = true
        six.size = 0
        var octets: [UInt8] = []
        TapFrames.write(one, to: &octets)
        TapFrames.write(loss: 1 << 40, to: &octets)
        TapFrames.write(six, to: &octets)
        var reader = TapFrames.Reader()
        var items: [TapFrames.Item] = []
        for octet in octets { items += try #require([octet].withUnsafeBytes { reader.read($0) }) }
        #expect(items == [.record(one), .loss(1 << 40), .record(six)])
    }

    /// Whatever comes, nothing is read where nothing is.
    @Test func framesThatAreNone() throws {
        for length in 0..<80 {
            var reader = TapFrames.Reader()
            let octets = [UInt8(0), UInt8(length), 1] + [UInt8](repeating: 255, count: length)
            let items = octets.withUnsafeBytes { reader.read($0) }
            #expect(items == nil || items?.count ?? 0 <= 1)
        }
        var reader = TapFrames.Reader()
        #expect([0, 3, 9, 9, 9].withUnsafeBytes { reader.read($0) } == nil)
    }
}
