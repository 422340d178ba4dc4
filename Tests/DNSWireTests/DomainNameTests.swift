import DNSWire
import NetworkAddress
import Testing

@Suite struct DomainNameTests {
    static let label63 = String(repeating: "a", count: 63)
    /// 255 octets in wire form: three labels of 63 and one of 61.
    static let longest = [label63, label63, label63, String(repeating: "b", count: 61)].joined(separator: ".")

    static let texts: [(String, [UInt8], String)] = [
        (".", [0], "."),
        ("a", [1, 97, 0], "a."),
        ("a.", [1, 97, 0], "a."),
        ("Web.Example", [3] + "Web".utf8 + [7] + "Example".utf8 + [0], "Web.Example."),
        ("a\\.b.c", [3, 97, 46, 98, 1, 99, 0], "a\\.b.c."),
        ("\\065\\000", [2, 65, 0, 0], "A\\000."),
        ("\\\\", [1, 92, 0], "\\\\."),
        ("a\\ b", [3, 97, 32, 98, 0], "a\\032b."),
        ("*._tcp", [1, 42, 4] + "_tcp".utf8 + [0], "*._tcp."),
        ("é", [2, 0xC3, 0xA9, 0], "\\195\\169."),
    ]

    @Test(arguments: texts) func textAndWireForm(_ text: String, _ wire: [UInt8], _ printed: String) throws {
        let name = try DomainName(text)
        #expect(name.wire == wire)
        #expect("\(name)" == printed)
        #expect(try DomainName(printed) == name)
        #expect(try DomainName(wire: wire) == name)
    }

    static let refused: [(String, WireError)] = [
        ("", WireError(.emptyLabel, at: 0)), ("..", WireError(.emptyLabel, at: 0)),
        (".a", WireError(.emptyLabel, at: 0)), ("a..b", WireError(.emptyLabel, at: 2)),
        ("a\\", WireError(.badEscape, at: 1)), ("\\25", WireError(.badEscape, at: 0)),
        ("\\256", WireError(.badEscape, at: 0)), (label63 + "a", WireError(.badLabel, at: 63)),
        (longest + "b", WireError(.nameTooLong, at: 254)), (longest + ".c", WireError(.nameTooLong, at: 255)),
    ]

    @Test(arguments: refused) func refusedText(_ text: String, _ error: WireError) {
        #expect(throws: error) { try DomainName(text) }
    }

    @Test func limits() throws {
        let name = try DomainName(Self.longest)
        #expect(name.wire.count == 255 && name.labelCount == 4)
        #expect(throws: WireError(.nameTooLong, at: 255)) { try name.prepending("x") }
        #expect(throws: WireError(.nameTooLong, at: 255)) { try name.appending(try DomainName("x")) }
        #expect(try name.appending(.root) == name)
        #expect(throws: WireError(.badLabel, at: 0)) { try DomainName.root.prepending(Self.label63 + "a") }
        #expect(throws: WireError(.emptyLabel, at: 0)) { try DomainName.root.prepending("") }
        #expect(throws: WireError(.nameTooLong, at: 256)) {
            try DomainName(wire: (0..<4).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) } + [0])
        }
        #expect(throws: WireError(.trailingBytes, at: 1)) { try DomainName(wire: [0, 0]) }
        #expect(throws: WireError(.truncated, at: 2)) { try DomainName(wire: [1, 97]) }
        #expect(throws: WireError(.truncated, at: 4)) { try DomainName(wire: [3, 97]) }
        #expect(throws: WireError(.badLabel, at: 0)) { try DomainName(wire: [0xC0, 0]) }
        #expect(throws: WireError(.truncated, at: 0)) { try DomainName(wire: []) }
    }

    @Test func caseIsKeptAndNotCompared() throws {
        let (a, b) = (try DomainName("Web.Example"), try DomainName("wEB.eXAMPLE"))
        #expect(a == b && a.hashValue == b.hashValue && a.lowercased.wire == b.lowercased.wire)
        #expect(a.wire != b.wire)
        // RFC 4343: ASCII letters only; [ is not { and À is not à.
        for (x, y) in [("[", "{"), ("@", "`"), ("\\192", "\\224")] {
            #expect(try DomainName(x) != DomainName(y))
        }
    }

    @Test func canonicalOrder() throws {
        // RFC 4034 6.1.
        let texts = [
            "example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example",
            "\\001.z.example",
            "*.z.example", "\\200.z.example",
        ]
        let names = try texts.map { try DomainName($0) }
        #expect(names.shuffled().sorted().map(\.wire) == names.map(\.wire))
        #expect(names.allSatisfy { DomainName.root < $0 && !($0 < $0) })
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomMessage(seed: seed, oddLabels: true)
        for _ in 0..<2_000 {
            let (a, b) = (random.name(), random.name())
            #expect((a < b) == a.canonicalKey.lexicographicallyPrecedes(b.canonicalKey), "seed \(seed): \(a) \(b)")
        }
    }

    @Test func ancestors() throws {
        let name = try DomainName("a.Web.example.com")
        for (text, above) in [
            (".", 4), ("com", 3), ("EXAMPLE.com", 2), ("web.example.com", 1), ("a.web.example.com", 0),
        ] {
            let ancestor = try DomainName(text)
            #expect(name.isAtOrBelow(ancestor))
            #expect(name.labels(above: ancestor)?.count == above)
        }
        for text in ["eb.example.com", "org", "b.a.web.example.com", "example"] {
            #expect(!name.isAtOrBelow(try DomainName(text)))
            #expect(name.labels(above: try DomainName(text)) == nil)
        }
        #expect(name.parent == (try DomainName("web.example.com")))
        #expect(DomainName.root.parent == nil)
    }

    static let reverse: [(String, String)] = [
        ("192.0.2.10", "10.2.0.192.in-addr.arpa."),
        ("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."),
    ]

    @Test(arguments: reverse) func reverseOfAnAddress(_ address: String, _ name: String) {
        #expect(DomainName(reverseOf: IPAddress(address)!).description == name)
    }

    static let reverseBlocks: [(String, String)] = [
        ("10.0.0.0/8", "10.in-addr.arpa."), ("10.96.0.0/12", "10.in-addr.arpa."),
        ("10.1.2.0/24", "2.1.10.in-addr.arpa."),
        ("0.0.0.0/0", "in-addr.arpa."), ("fd00:96::/32", "6.9.0.0.0.0.d.f.ip6.arpa."),
        ("fd00::/10", "d.f.ip6.arpa."), ("10.1.2.3/32", "3.2.1.10.in-addr.arpa."),
    ]

    @Test(arguments: reverseBlocks) func reverseOfABlock(_ block: String, _ name: String) {
        #expect(DomainName(reverseOf: CIDR(block)!).description == name)
    }

    @Test func randomNamesComeBackFromTheirText() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomMessage(seed: seed, oddLabels: true)
        for _ in 0..<2_000 {
            let name = random.name()
            #expect(try DomainName("\(name)").wire == name.wire, "seed \(seed)")
            #expect(try DomainName(labels: name.labels.map(Array.init)).wire == name.wire, "seed \(seed)")
        }
    }
}
