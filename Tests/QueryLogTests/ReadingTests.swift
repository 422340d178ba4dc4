import DNSWire
import NetworkAddress
import Testing

@testable import QueryLog

/// Lines as CoreDNS, tap, container runtimes and collectors write them.
@Suite struct ReadingTests {
    private static func line(_ type: String = "A") -> String {
        "[INFO] 10.244.0.4:40113 - 4711 \"\(type) IN web.shop.svc.cluster.local. udp 54 false 512\" NOERROR qr,aa,rd 141 0.000038s"
    }

    static let forms: [(line: String, time: Double?)] = [
        (line(), nil),
        ("2026-11-21T03:00:05.004310Z " + line(), 1_795_230_005.00431),
        ("2026-11-21T03:00:05.5+08:00 stdout F " + line(), 1_795_230_005.5),
        ("2026/11/21 03:00:05 " + line(), 1_795_230_005),
        ("[pod/coredns-1/coredns] 2026-11-21 03:00:05,250 " + line(), 1_795_230_005.25),
        ("03:00:05.5 " + line(), 10_805.5),
        (
            #"{"log":"[INFO] 10.244.0.4:40113 - 4711 \"A IN web.shop.svc.cluster.local. udp 54 false 512\" NOERROR qr,aa,rd 141 0.000038s\n","stream":"stdout","time":"2026-11-21T03:00:05Z"}"#,
            1_795_230_005
        ),
        (
            #"{"ts":"2026-11-21T03:00:05.004310Z","client":"10.244.0.4","port":40113,"id":4711,"proto":"udp","qname":"Web.shop.svc.cluster.local.","qtype":"A","rcode":"NOERROR","size":141,"us":38}"#,
            1_795_230_005.00431
        ),
    ]

    @Test(arguments: forms) func linesAreRead(line: String, time: Double?) throws {
        let record = try #require(QueryRecord(line: line))
        #expect(record.client == IPAddress("10.244.0.4") && record.port == 40113 && record.id == 4711)
        #expect(record.question == Question(name: try DomainName("web.shop.svc.cluster.local."), type: .a))
        #expect(abs(Double(record.time) * 1e-9 - (time ?? 0)) < 0.001)
    }

    @Test(arguments: [
        "", ".:53", "[INFO] plugin/reload: Running configuration SHA512 = 1e",
        "[ERROR] plugin/errors: 2 web. A: read udp 10.0.0.1:1->8.8.8.8:53: i/o timeout", "{", "{}", "[INFO] a:b - c \"",
        "[INFO] 10.244.0.4:40113 - x \"A IN web. udp 54 false 512\" NOERROR qr 1 0.1s", "{\"log\":\"hello\"}",
        "\u{1F600}[INFO] 1.2.3:4 - 5 \"A",
    ])
    func otherLinesAreNone(line: String) { #expect(QueryRecord(line: line) == nil) }
}
