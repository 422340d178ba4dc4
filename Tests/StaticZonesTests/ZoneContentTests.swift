import DNSWire
import Findings
import StaticZones
import Testing

/// What the records of a zone are to each other: order, glue, delegations.
@Suite struct ZoneContentTests {
    @Test func namesAreInCanonicalOrder() throws {
        let sets = try ZoneText.sets("b TXT x\nz.a TXT x\nA TXT x\n*.b TXT x\naa TXT x")
        #expect(
            sets.map { $0.prefix { $0 != " " } } == [
                "A.example.com.", "z.a.example.com.", "aa.example.com.", "b.example.com.", "*.b.example.com.{wildcard}",
            ])
    }

    @Test func targetsBringTheirAddresses() throws {
        let sets = try ZoneText.sets(
            """
            _x._tcp SRV 0 1 80 two
            _x._tcp SRV 0 1 80 one
            _x._tcp SRV 0 1 80 example.net.
            mx MX 10 TWO
            alias CNAME one
            one A 192.0.2.1
            two AAAA 2001:db8::2
            two A 192.0.2.2
            two A 192.0.2.3
            """)
        #expect(
            sets.filter { $0.contains(" SRV ") || $0.contains(" MX ") || $0.contains("CNAME") } == [
                "_x._tcp.example.com. 60 SRV 0 1 80 two.example.com. [192.0.2.2] [192.0.2.3] [2001:db8::2]",
                "_x._tcp.example.com. 60 SRV 0 1 80 one.example.com. [192.0.2.1]",
                "_x._tcp.example.com. 60 SRV 0 1 80 example.net.",
                "alias.example.com. 60 CNAME one.example.com.",
                "mx.example.com. 60 MX 10 TWO.example.com. [192.0.2.2] [192.0.2.3] [2001:db8::2]",
            ])
    }

    @Test func delegationHasItsGlueAndNothingBelow() throws {
        let text = """
            sub NS ns.sub
            sub NS ns.other
            sub NS sub
            sub NS outside.example.net.
            sub DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
            sub A 192.0.2.9
            ns.sub A 192.0.2.1
            ns.sub AAAA 2001:db8::1
            other NS ns.other
            ns.other A 192.0.2.2
            mail MX 1 ns.sub
            """
        let (_, findings) = try ZoneText.read(ZoneText.head + text)
        #expect(findings.isEmpty)
        #expect(
            try ZoneText.sets(text) == [
                "mail.example.com. 60 MX 1 ns.sub.example.com.",
                "other.example.com.{delegation} 60 NS ns.other.example.com. [192.0.2.2]",
                "sub.example.com.{delegation} 60 NS ns.sub.example.com. [192.0.2.1] [2001:db8::1]",
                "sub.example.com.{delegation} 60 NS ns.other.example.com. [192.0.2.2]",
                "sub.example.com.{delegation} 60 NS sub.example.com. [192.0.2.9]",
                "sub.example.com.{delegation} 60 NS outside.example.net.",
                "sub.example.com.{delegation} 60 DS \\# 36 00010802" + String(repeating: "0", count: 64),
            ])
    }

    @Test func whatADelegationHidesIsSaid() throws {
        let (zone, findings) = try ZoneText.read(
            ZoneText.head + "sub NS ns.example.net.\nsub TXT x\nwww.sub TXT x\ndeep.sub NS x\nsubway TXT x")
        #expect(
            findings.map(\.description) == [
                "db:4: warning ZON004: sub.example.com. TXT belongs to the delegated zone sub.example.com.: not served",
                "db:5: warning ZON004: www.sub.example.com. TXT belongs to the delegated zone sub.example.com.: not served",
                "db:6: warning ZON004: deep.sub.example.com. NS belongs to the delegated zone sub.example.com.: not served",
            ])
        #expect(
            zone?.changes.dropFirst().flatMap(ZoneText.lines) == [
                "sub.example.com.{delegation} 60 NS ns.example.net.", "subway.example.com. 60 TXT \"x\"",
            ])
    }

    @Test func manyRecordsOfOneName() throws {
        let count = 20_000
        let text = (0..<count).map { "many A 10.0.\($0 / 256).\($0 % 256)" }.joined(separator: "\n")
        #expect(try ZoneText.sets(text).count == count)
    }
}
