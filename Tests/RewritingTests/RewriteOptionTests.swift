import Corefile
import DNSWire
import NetworkAddress
import Rewriting
import Testing

/// `edns0` rules (CoreDNS plugin/rewrite: README and rewrite_test.go).
@Suite struct RewriteOptionTests {
    typealias Option = EDNS.Option

    static func local(
        _ action: RewriteSettings.EDNS0Action, _ text: String, revert: Bool = false, mode: RewriteSettings.Mode = .stop
    ) -> RewriteSettings {
        RewriteSettings(mode: mode, change: .edns0(.local(code: 0xFFEE, action, text, revert: revert)))
    }

    static func nsid(_ action: RewriteSettings.EDNS0Action, revert: Bool = false) -> RewriteSettings {
        RewriteSettings(change: .edns0(.nsid(action, revert: revert)))
    }

    static func subnet(
        _ action: RewriteSettings.EDNS0Action, _ v4: Int, _ v6: Int, revert: Bool = false
    ) -> RewriteSettings {
        RewriteSettings(change: .edns0(.subnet(action, v4, v6, revert: revert)))
    }

    static func bytes(_ text: String) -> Option { Option(code: 0xFFEE, data: Array(text.utf8)) }

    /// Rules, the client's options (nil is no EDNS), those of the rewritten query, and those of the answer.
    static let tables: [([RewriteSettings], [Option]?, [Option]?, [Option])] = [
        ([local(.set, "0xabcdef")], nil, [Option(code: 0xFFEE, data: [0xAB, 0xCD, 0xEF])], []),
        ([local(.append, "abcd")], [], [bytes("abcd")], [bytes("abcd")]),
        ([local(.append, "abcd")], [bytes("old")], [bytes("old")], [bytes("old")]),
        ([local(.replace, "abcd")], [], [], []),
        ([local(.set, "0x61626364")], [], [bytes("abcd")], [bytes("abcd")]),
        ([local(.set, "abcd", revert: true)], [], [bytes("abcd")], []),
        (
            [local(.set, "abcd", mode: .continue), local(.replace, "bcde", revert: true)], [], [bytes("bcde")],
            [bytes("abcd")]
        ),
        ([local(.replace, "abcdef"), local(.set, "fedcba")], [], [bytes("fedcba")], [bytes("fedcba")]),
        ([local(.replace, "abcdef"), local(.set, "fedcba")], [bytes("foobar")], [bytes("abcdef")], [bytes("abcdef")]),
        (
            [local(.replace, "abcdef", revert: true), local(.set, "fedcba", revert: true)], [bytes("foobar")],
            [bytes("abcdef")], [bytes("foobar")]
        ),
        ([local(.unset, "")], [bytes("x"), Option(code: 10, data: [1])], [Option(code: 10, data: [1])], []),
        ([local(.unset, ""), local(.set, "x")], [], [], []),
        ([nsid(.set)], [], [Option(code: 3, data: [])], [Option(code: 3, data: [])]),
        ([nsid(.replace), nsid(.set)], [], [Option(code: 3, data: [])], [Option(code: 3, data: [])]),
        (
            [nsid(.set, revert: true)], [Option(code: 3, data: [9])], [Option(code: 3, data: [])],
            [Option(code: 3, data: [9])]
        ),
        ([nsid(.unset)], [Option(code: 3, data: [])], [], []),
        ([subnet(.set, 24, 56)], [], [Option(code: 8, data: [0, 1, 24, 0, 10, 240, 0])], []),
        ([subnet(.set, 0, 56)], [], [Option(code: 8, data: [0, 1, 0, 0])], []),
        ([subnet(.set, 9, 56)], [], [Option(code: 8, data: [0, 1, 9, 0, 10, 128])], []),
        (
            [subnet(.replace, 32, 56), subnet(.set, 0, 56)], [Option(code: 8, data: [0, 1, 0, 0])],
            [Option(code: 8, data: [0, 1, 32, 0, 10, 240, 0, 1])], []
        ),
        ([subnet(.unset, 0, 0)], [Option(code: 8, data: [0, 1, 0, 0])], [], []),
        ([local(.set, "{qname}")], [], [bytes("Example.com.")], [bytes("Example.com.")]),
        ([local(.set, "{qtype}")], [], [Option(code: 0xFFEE, data: [0, 1])], [Option(code: 0xFFEE, data: [0, 1])]),
        ([local(.set, "{client_ip}", revert: true)], [], [Option(code: 0xFFEE, data: [10, 240, 0, 1])], []),
        ([local(.set, "{client_port}", revert: true)], [], [Option(code: 0xFFEE, data: [0x9D, 0x14])], []),
        ([local(.set, "{server_ip}", revert: true)], [], [Option(code: 0xFFEE, data: [127, 0, 0, 1])], []),
        ([local(.set, "{server_port}", revert: true)], [], [Option(code: 0xFFEE, data: [0, 53])], []),
        ([local(.set, "{protocol}", revert: true)], [], [bytes("udp")], []),
        ([local(.set, "{test/label}", revert: true)], [], [bytes("my-value")], []),
        // A label without a value leaves the query to the next rule.
        ([local(.set, "{test/empty}"), local(.set, "next", revert: true)], [], [bytes("next")], []),
        ([local(.set, "{test/other}")], [], [], []),
    ]

    @Test(arguments: tables)
    func optionsAreWrittenAndPutBack(
        rules: [RewriteSettings], sent: [Option]?, expected: [Option]?, answered: [Option]
    ) throws {
        let query = try Asking.query("Example.com.", edns: sent.map { EDNS(payloadSize: 1400, options: $0) })
        let rewritten = try Asking.apply(rules, to: query)
        #expect((rewritten?.query ?? query).edns?.options == expected)
        if sent == nil { #expect(rewritten?.query.edns?.payloadSize == 4096) }
        // A rule that does nothing leaves nil behind; its answer is not looked at.
        guard rewritten != nil else { return }
        let answer = try Asking.answer(rules, to: query, with: [])
        #expect((answer.edns?.options ?? []) == answered)
    }

    @Test func addressesOfIPv6HaveSixteenOctets() throws {
        let query = try Asking.query("a.", edns: EDNS())
        func option(_ rule: RewriteSettings) throws -> [UInt8]? {
            try Asking.apply([rule], to: query, from: Asking.origin6)?.query.edns?.options.first?.data
        }
        #expect(try option(Self.subnet(.set, 24, 56)) == [0, 2, 56, 0, 0xFE, 0x80, 0, 0, 0, 0, 0])
        #expect(try option(Self.subnet(.set, 24, 128))?.suffix(6) == [0x00, 0xFF, 0xFE, 0xCA, 0x4C, 0x65])
        #expect(try option(Self.local(.set, "{server_ip}"))?.count == 16)
        #expect(try option(Self.local(.set, "{protocol}")) == Array("tcp".utf8))
    }

    @Test func aClientWithoutEDNSGetsNone() throws {
        let query = try Asking.query("a.")
        let rewritten = try #require(try Asking.apply([Self.local(.set, "x")], to: query))
        var response = rewritten.query
        response.rcode = .badVers
        let answer = rewritten.restore(response, for: query)
        #expect(answer.edns == nil)
        #expect(answer.rcode == .servFail)
    }
}
