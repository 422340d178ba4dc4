import DNSWire
import StaticZones
import Testing

/// What the text of a master file may look like (RFC 1035 5.1) and what it means.
@Suite struct MasterFileTests {
    static let records: [(text: String, sets: [String])] = [
        ("a 30 IN A 192.0.2.1", ["a.example.com. 30 A 192.0.2.1"]),
        ("a IN 30 A 192.0.2.1", ["a.example.com. 30 A 192.0.2.1"]),
        ("a 1h30m A 192.0.2.1", ["a.example.com. 5400 A 192.0.2.1"]),
        ("a a 192.0.2.1", ["a.example.com. 60 A 192.0.2.1"]),
        ("A.Example.COM. 9 in aaaa 2001:DB8::1", ["A.Example.COM. 9 AAAA 2001:db8::1"]),
        ("a 0 A 192.0.2.1\n  A 192.0.2.2", ["a.example.com. 0 A 192.0.2.1", "a.example.com. 0 A 192.0.2.2"]),
        ("$TTL 1d\na A 192.0.2.1", ["a.example.com. 86400 A 192.0.2.1"]),
        ("$TTL 0\na A 192.0.2.1", ["a.example.com. 0 A 192.0.2.1"]),
        ("a 9 A 192.0.2.1\nb A 192.0.2.2", ["a.example.com. 9 A 192.0.2.1", "b.example.com. 9 A 192.0.2.2"]),
        ("$TTL 7\na 9 A 192.0.2.1\nb A 192.0.2.2", ["a.example.com. 9 A 192.0.2.1", "b.example.com. 7 A 192.0.2.2"]),
        ("a 9 A 192.0.2.1\na 5 A 192.0.2.2", ["a.example.com. 5 A 192.0.2.1", "a.example.com. 5 A 192.0.2.2"]),
        (
            "$ORIGIN sub.example.com.\n@ TXT x\na A 192.0.2.1",
            [
                "sub.example.com. 60 TXT \"x\"", "a.sub.example.com. 60 A 192.0.2.1",
            ]
        ),
        ("$ORIGIN sub\na A 192.0.2.1", ["a.sub.example.com. 60 A 192.0.2.1"]),
        ("a CNAME b\nc CNAME @", ["a.example.com. 60 CNAME b.example.com.", "c.example.com. 60 CNAME example.com."]),
        ("a MX 10 b ; comment (", ["a.example.com. 60 MX 10 b.example.com."]),
        ("a MX ( ; comment\n 10 ; \"\n b )\n", ["a.example.com. 60 MX 10 b.example.com."]),
        ("a TXT \"one; (two)\" three \"\"", ["a.example.com. 60 TXT \"one; (two)\" \"three\" \"\""]),
        ("a TXT \"q\\\" b\\\\ \\200\"", ["a.example.com. 60 TXT \"q\\\" b\\\\ \\200\""]),
        ("a TXT (\"first\"\r\n \"second\")\r\n", ["a.example.com. 60 TXT \"first\" \"second\""]),
        ("a\\.b\\032c A 192.0.2.1", ["a\\.b\\032c.example.com. 60 A 192.0.2.1"]),
        ("a\\. A 192.0.2.1", ["a\\..example.com. 60 A 192.0.2.1"]),
        ("_http._tcp SRV 1 2 80 web.example.net.", ["_http._tcp.example.com. 60 SRV 1 2 80 web.example.net."]),
        ("a CAA 0 issue \"ca\"", ["a.example.com. 60 CAA \\# 9 000569737375656361"]),
        ("a TYPE65280 \\# 4 0a 000001", ["a.example.com. 60 TYPE65280 \\# 4 0a000001"]),
        ("a TYPE65280 \\# 0", ["a.example.com. 60 TYPE65280 \\# 0"]),
        ("a A \\# 4 c0000201", ["a.example.com. 60 A 192.0.2.1"]),
        ("a TYPE1 192.0.2.1", ["a.example.com. 60 A 192.0.2.1"]),
        ("a HINFO \"x\" y", ["a.example.com. 60 HINFO \\# 4 01780179"]),
        ("a DNAME example.net.", ["a.example.com. 60 DNAME \\# 13 076578616d706c65036e657400"]),
        (
            "a SSHFP 1 1 aabbccddeeff00112233445566778899aabbccdd",
            [
                "a.example.com. 60 SSHFP \\# 22 0101aabbccddeeff00112233445566778899aabbccdd"
            ]
        ),
        ("a HTTPS 1 . alpn=h2", ["a.example.com. 60 HTTPS \\# 10 0001000001000302" + "6832"]),
        (
            "a RRSIG A 8 3 60 20300101000000 20200101000000 1 example.com. AAAA",
            [
                "a.example.com. 60 RRSIG \\# 34 000108030000003c70dbd8805e0be1000001076578616d706c6503636f6d00000000"
            ]
        ),
        ("a PTR b", ["a.example.com. 60 PTR b.example.com."]),
        ("*.w TXT any", ["*.w.example.com.{wildcard} 60 TXT \"any\""]),
        ("a*.w TXT x\nw.* TXT y", ["w.*.example.com. 60 TXT \"y\"", "a*.w.example.com. 60 TXT \"x\""]),
    ]

    @Test(arguments: records) func meaningOfText(_ text: String, _ sets: [String]) throws {
        let (zone, findings) = try ZoneText.read(ZoneText.head + text)
        #expect(findings.isEmpty)
        #expect(zone != nil)
        #expect(try ZoneText.sets(text) == sets)
    }

    @Test func startOfAuthorityOverSeveralLines() throws {
        let (zone, findings) = try ZoneText.read(
            """
            $ORIGIN example.com.
            $TTL 1h
            @  IN  SOA ns hostmaster (
                    2026010101 ; serial
                    2h         ; refresh
                    30m 2w     ; retry, expire
                    5 )        ; minimum
               IN  NS  ns
            ns     A   192.0.2.53
            """)
        #expect(findings.isEmpty)
        let soa = try #require(zone?.soa)
        #expect(
            RecordData.soa(soa).description
                == "ns.example.com. hostmaster.example.com. 2026010101 7200 1800 1209600 5")
        #expect(zone?.serial == 2_026_010_101)
        #expect(zone?.origin.description == "example.com.")
        #expect(
            zone?.changes.flatMap(ZoneText.lines) == [
                "example.com. 3600 NS ns.example.com. [192.0.2.53]",
                "example.com. 3600 SOA ns.example.com. hostmaster.example.com. 2026010101 7200 1800 1209600 5",
                "ns.example.com. 3600 A 192.0.2.53",
            ])
    }

    @Test func originComesFromTheCallerOrTheSOARecord() throws {
        let relative = "@ 60 SOA ns hostmaster 1 2 3 4 5\n NS ns\nns A 192.0.2.1"
        #expect(try ZoneText.read(relative, origin: "example.org").zone?.origin.description == "example.org.")
        let absolute = "example.net. 60 SOA ns hostmaster 1 2 3 4 5\n NS ns\nns A 192.0.2.1"
        let zone = try ZoneText.read(absolute).zone
        #expect(zone?.soa.primary.description == "ns.example.net.")
        #expect(zone?.changes.last.map(ZoneText.lines) == ["ns.example.net. 60 A 192.0.2.1"])
    }

    @Test func minimumIsTheTTLWhereNoneIsSaid() throws {
        let zone = try ZoneText.read("example.com. SOA ns hostmaster 1 2 3 4 5\n NS ns\n").zone
        #expect(zone?.changes.flatMap(ZoneText.lines).allSatisfy { $0.hasPrefix("example.com. 5 ") } == true)
    }

    @Test func byteOrderMarkIsNoName() throws {
        #expect(try ZoneText.read("\u{FEFF}" + ZoneText.head).zone != nil)
    }
}
