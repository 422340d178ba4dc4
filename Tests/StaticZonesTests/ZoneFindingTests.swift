import DNSWire
import Findings
import Glibc
import StaticZones
import Testing
import TestSupport

/// Every code, with its line; a zone with an error is no zone.
@Suite struct ZoneFindingTests {
    /// Behind the two lines of `ZoneText.head`: text, and the findings.
    static let table: [(text: String, findings: [String])] = [
        (
            "ok A 192.0.2.1\n\n; comment\n\nwww A 192.0.2.300 ; too much",
            [
                "db:7: error ZON001: Syntax error, could not parse the RR's rdata: \"www A 192.0.2.300 ; too much\""
            ]
        ),
        ("a MX ( 10\n b\n c )", ["db:3: error ZON001: Syntax error, superfluous text present: \"a MX ( 10\""]),
        ("a MX 10", ["db:3: error ZON001: Syntax error, value expected: \"a MX 10\""]),
        ("a A", ["db:3: error ZON001: Syntax error, value expected: \"a A\""]),
        ("a AA 192.0.2.1", ["db:3: error ZON001: \"AA\" is no record type: \"a AA 192.0.2.1\""]),
        ("a", ["db:3: error ZON001: the record has no type: \"a\""]),
        ("a AXFR x", ["db:3: error ZON001: AXFR is a type of queries and messages, not of records: \"a AXFR x\""]),
        ("a CH TXT x", ["db:3: error ZON001: only the class IN is served, not CH: \"a CH TXT x\""]),
        ("a 1x A 192.0.2.1", ["db:3: error ZON001: \"1x\" is no time: \"a 1x A 192.0.2.1\""]),
        (
            "a 2147483648 A 192.0.2.1",
            [
                "db:3: error ZON001: the TTL 2147483648 is over 2^31 - 1: \"a 2147483648 A 192.0.2.1\""
            ]
        ),
        (
            "a 99999999999999999999w A 192.0.2.1",
            [
                "db:3: error ZON001: \"99999999999999999999w\" is no time: \"a 99999999999999999999w A 192.0.2.1\""
            ]
        ),
        (
            "a..b A 192.0.2.1",
            [
                "db:3: error ZON001: \"a..b\" is no domain name (emptyLabel at octet 2): \"a..b A 192.0.2.1\""
            ]
        ),
        ("a SRV 0 70000 80 b", ["db:3: error ZON001: \"70000\" is no number from 0 to 65535: \"a SRV 0 70000 80 b\""]),
        (
            "a TXT \"open\nb A 192.0.2.1",
            [
                "db:3: error ZON001: a quotation mark is not closed on its line: \"a TXT \"open\""
            ]
        ),
        ("a TXT \"open", ["db:3: error ZON001: a quotation mark is not closed: \"a TXT \"open\""]),
        ("a MX ( 10 b\nc A 192.0.2.1\n", ["db:3: error ZON001: a parenthesis is not closed: \"a MX ( 10 b\""]),
        (
            "a MX 10 b )\nc A x",
            [
                "db:3: error ZON001: a closing parenthesis without an opening one: \"a MX 10 b )\"",
                "db:4: error ZON001: Syntax error, could not parse the RR's rdata: \"c A x\"",
            ]
        ),
        ("a A 192.0.2.1\0", ["db:3: error ZON001: an octet 0 is in the line: \"a A 192.0.2.1\0\""]),
        (
            "$INCLUDE other.db",
            [
                "db:3: error ZON001: $INCLUDE is not supported: write the records out in this file: \"$INCLUDE other.db\""
            ]
        ),
        (
            "$GENERATE 1-9 a$ A 192.0.2.$",
            [
                "db:3: error ZON001: $GENERATE is not supported: write the records out in this file: "
                    + "\"$GENERATE 1-9 a$ A 192.0.2.$\""
            ]
        ),
        ("$FOO", ["db:3: error ZON001: $FOO is no directive: \"$FOO\""]),
        ("$TTL", ["db:3: error ZON001: $TTL without a time: \"$TTL\""]),
        ("$TTL 5 6", ["db:3: error ZON001: too much stands behind $TTL: \"$TTL 5 6\""]),
        ("$ORIGIN", ["db:3: error ZON001: $ORIGIN without a name: \"$ORIGIN\""]),
        (
            "a TYPE65280 \\# 3 0a00",
            ["db:3: error ZON001: \\# 3 wants 6 hexadecimal digits: \"a TYPE65280 \\# 3 0a00\""]
        ),
        ("a TYPE65280 \\# x", ["db:3: error ZON001: \\# without the number of octets: \"a TYPE65280 \\# x\""]),
        (
            "a A \\# 3 0a0000",
            [
                "db:3: error ZON001: the octets are no data of type A (badRecordData at octet 0): \"a A \\# 3 0a0000\""
            ]
        ),
        ("@ SOA ns hostmaster 8 7200 1800 86400 5", ["db:3: error ZON002: a second SOA record, of example.com."]),
        (
            "a CNAME b\na A 192.0.2.1",
            [
                "db:4: error ZON003: a.example.com. has CNAME since line 3 and here A: a CNAME cannot stand with other data"
            ]
        ),
        (
            "a A 192.0.2.1\na TXT x\nb A 192.0.2.1\nA CNAME b",
            [
                "db:6: error ZON003: a.example.com. has A since line 3 and here CNAME: a CNAME cannot stand with other data"
            ]
        ),
        ("a CNAME b\na CNAME c", ["db:4: error ZON003: a.example.com. has a CNAME since line 3 and here a second one"]),
        (
            "a.example.org. A 192.0.2.1",
            ["db:3: warning ZON004: a.example.org. is outside of the zone example.com.: not served"]
        ),
        (
            "a A 192.0.2.1\nb A 192.0.2.1\nA 9 A 192.0.2.1",
            ["db:5: warning ZON005: A.example.com. A 192.0.2.1 is there since line 3"]
        ),
        ("a CNAME b\na CNAME B", ["db:4: warning ZON005: a.example.com. CNAME B.example.com. is there since line 3"]),
        ("a CNAME b\na RRSIG CNAME 8 3 60 20300101000000 20200101000000 1 example.com. AAAA", []),
    ]

    @Test(arguments: table) func findingsWithTheirLines(_ text: String, _ expected: [String]) throws {
        let (zone, findings) = try ZoneText.read(ZoneText.head + text)
        #expect(findings.map(\.description) == expected)
        #expect((zone == nil) == findings.contains { $0.severity == .error })
    }

    /// Whole files, with the origin that the caller gives.
    static let files: [(text: String, origin: String?, findings: [String])] = [
        ("", nil, ["db: error ZON002: there is no SOA record"]),
        ("a.example.com. 60 A 192.0.2.1", nil, ["db: error ZON002: there is no SOA record"]),
        (
            "\n@ 60 SOA a b 1 2 3 4 5", "example.com",
            ["db:2: error ZON002: example.com. has a SOA record and no NS record"]
        ),
        (
            "@ 60 SOA a b 1 2 3 4 5", nil,
            [
                "db:1: error ZON001: \"@\" is relative, and nothing says to what: \"@ 60 SOA a b 1 2 3 4 5\""
            ]
        ),
        (
            " 60 SOA a b 1 2 3 4 5", nil,
            ["db:1: error ZON001: the first record has no owner name: \"60 SOA a b 1 2 3 4 5\""]
        ),
        (
            "a.example.com. A 192.0.2.1", nil,
            [
                "db:1: error ZON001: the record has no TTL, and none was said before: \"a.example.com. A 192.0.2.1\""
            ]
        ),
        (
            "example.com. 60 SOA a b 1 2 3 4\na A 192.0.2.1", nil,
            [
                "db:1: error ZON001: Syntax error, value expected: \"example.com. 60 SOA a b 1 2 3 4\""
            ]
        ),
        (
            ZoneText.head, "example.org",
            [
                "db:1: error ZON004: the SOA record is that of example.com., and the file is said to be that of example.org."
            ]
        ),
    ]

    @Test(arguments: files) func findingsOfWholeFiles(_ text: String, _ origin: String?, _ expected: [String]) throws {
        let (zone, findings) = try ZoneText.read(text, origin: origin)
        #expect(findings.map(\.description) == expected)
        #expect(zone == nil)
    }

    @Test func fileThatCannotBeRead() {
        let missing = ZoneFile.read(path: "/nowhere/db.example.com")
        #expect(missing.zone == nil)
        #expect(
            missing.findings.map(\.description) == [
                "/nowhere/db.example.com: error ZON001: the file cannot be read: No such file or directory"
            ])
        #expect(
            ZoneFile.read(path: "/").findings.map(\.description) == [
                "/: error ZON001: the file cannot be read: Is a directory"
            ])
    }

    @Test func findingsHaveALimit() throws {
        let (zone, findings) = try ZoneText.read(
            ZoneText.head + String(repeating: "a.example.org. A 192.0.2.1\n", count: 150) + "a A x")
        #expect(zone == nil && findings.count == 100)
        #expect(findings.first?.code == "ZON001")
        #expect(findings.last?.evidence == ["51 more findings are not shown"])
        let garbage = try ZoneText.read(String(repeating: "}{ \"\n", count: 1_000_000))
        #expect(garbage.findings.count == 100)
    }

    @Test func randomChangesOfAZoneDoNotTrap() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let whole = Array(
            (ZoneText.head + "a TXT \"x\\\"y\" ( z\n )\n$ORIGIN b\n* SRV 0 1 80 a\n@ TYPE999 \\# 2 0a0b\n c 1h MX 5 @\n")
                .utf8)
        let bytes = Array("\"();\\\n\t @$.0x9{\0\u{80}".utf8)
        var read = 0
        for _ in 0..<5_000 {
            var text = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = text.indices.randomElement(using: &random)!
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[index] = bytes.randomElement(using: &random)!
                case 1: text.insert(bytes.randomElement(using: &random)!, at: index)
                default: text.remove(at: index)
                }
            }
            let (zone, findings) = ZoneFile.read(text: String(decoding: text, as: UTF8.self), file: "db")
            #expect((zone == nil) == findings.contains { $0.severity == .error }, "seed \(seed)")
            if zone != nil { read += 1 }
        }
        #expect(read > 0, "seed \(seed)")
    }
}
