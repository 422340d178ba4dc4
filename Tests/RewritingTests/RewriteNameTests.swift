import Corefile
import DNSWire
import Rewriting
import StaticZones
import Testing

/// Name rules on questions (CoreDNS plugin/rewrite: README and name_test.go).
@Suite struct RewriteNameTests {
    typealias Match = RewriteSettings.Match

    static let questions: [(Match, String, String, String?)] = [
        // README
        (
            .substring("service.us-west-1.example.org"), "service.us-west-1.consul",
            "ftp.service.us-west-1.example.org.", "ftp.service.us-west-1.consul."
        ),
        (
            .regex(#"(.*)-(us-west-1)\.example\.org"#), "{1}.service.{2}.consul", "ftp-us-west-1.example.org.",
            "ftp.service.us-west-1.consul."
        ),
        (.suffix(".schmoogle.com."), ".google.com.", "www.schmoogle.com.", "www.google.com."),
        (.suffix(".schmoogle.com."), ".google.com.", "schmoogle.com.", nil),
        // name_test.go
        (.prefix("foo"), "bar", "foo.example.com.", "bar.example.com."),
        (.prefix("foo."), "bar.", "foo.example.com.", "bar.example.com."),
        (.suffix("com"), "org", "foo.example.com.", "foo.example.org."),
        (.suffix(".com"), ".org", "foo.example.com.", "foo.example.org."),
        (
            .suffix(".ingress.coredns.rocks"), "nginx.coredns.rocks", "coredns.ingress.coredns.rocks.",
            "corednsnginx.coredns.rocks."
        ),
        (.prefix("foo"), "bar", "coredns.foo.", nil),
        (.suffix("com"), "org", "com.coredns.", nil),
        (.substring("service"), "svc", "com.coredns.", nil),
        (.substring("a."), "bc.", "a.a.example.", "bc.bc.example."),
        (.exact("coredns.rocks"), "service.consul", "coredns.rocks.", "service.consul."),
        (.exact("coredns.rocks"), "service.consul", "x.coredns.rocks.", nil),
        (.exact("Coredns.ROCKS."), "Service.Consul", "corEDns.rocks.", "service.consul."),
        (.regex("(.*).coredns.rocks"), "{1}.coredns.maps", "Foo.coredns.rocks.", "foo.coredns.maps."),
        (
            .regex(#"^(.*)\.svc\.foo\.com\.$"#), "{1}.svc.cluster.local", "Web.default.svc.foo.com.",
            "web.default.svc.cluster.local."
        ),
        (.regex("(q)(a)?\\.b"), "{0}.y{2}", "q.b.", "q.b.y."),
        // Escapes and octets, in CoreDNS's spelling of names.
        (.exact(#"a\046b.example"#), "c.example", #"A\.B.example."#, "c.example."),
        (.exact(#"a\.b.example"#), #"c\046d.example"#, #"a\046b.example."#, #"c\.d.example."#),
        (.exact("a.b.example"), "c.example", #"a\.b.example."#, nil),
        (.exact("bücher.example"), "c.example", #"b\195\188cher.example."#, "c.example."),
        (.exact("c.example"), "bücher.example", "c.example.", #"b\195\188cher.example."#),
        (.regex(#"^a\\\.b\."#), "c.", #"a\.b.example."#, "c."),
        (.regex(#"^\\255x\."#), "c.", #"\255x.example."#, "c."),
        (.regex(#"^a\\ b\."#), "c.", #"a\032b.example."#, "c."),
        (.suffix("."), ".x.", "a.", "a.x."),
    ]

    @Test(arguments: questions)
    func questionIsRewritten(match: Match, to: String, asked: String, expected: String?) throws {
        let query = try Asking.query(asked)
        let rule = RewriteSettings(change: .name(match, with: to, answers: []))
        let rewritten = try Asking.apply([rule], to: query)
        #expect(rewritten.map { "\($0.query.questions[0].name)" } == expected)
        #expect(try mayTouch([rule], query) == (expected != nil))
        #expect(rewritten.map { $0.restore($0.query, for: query).questions } ?? query.questions == query.questions)
    }

    private func mayTouch(_ rules: [RewriteSettings], _ query: Message) throws -> Bool {
        let question = query.questions[0]
        return try question.name.lowercased.wire.withUnsafeBytes { wire in
            try RewriteRules(rules).mayTouch(
                nameInWire: wire.baseAddress!, type: question.type, recordClass: question.recordClass,
                hasEDNS: query.edns != nil)
        }
    }

    /// Every match of the answers: `auto` undoes the rule for the query's name and what is below it.
    static let answers: [(RewriteSettings.Change, String, [String], [String])] = [
        (
            .name(.exact("red.example"), with: "blue.example", answers: []), "red.example.",
            [
                "blue.example. 5 IN CNAME x.blue.example.", "x.BLUE.example. 5 IN A 192.0.2.1",
                "notblue.example. 5 IN A 192.0.2.2",
            ],
            [
                "red.example. 5 IN CNAME x.red.example.", "x.red.example. 5 IN A 192.0.2.1",
                "notblue.example. 5 IN A 192.0.2.2",
            ]
        ),
        (
            .name(.suffix(".coredns.rocks"), with: ".service.consul", answers: [.auto]), "a.coredns.rocks.",
            ["a.service.consul. 5 IN CNAME other.service.consul.", "other.service.consul. 5 IN A 192.0.2.1"],
            ["a.coredns.rocks. 5 IN CNAME other.coredns.rocks.", "other.coredns.rocks. 5 IN A 192.0.2.1"]
        ),
        (
            .name(.suffix(".coredns.rocks"), with: ".service.consul", answers: []), "a.coredns.rocks.",
            ["a.service.consul. 5 IN A 192.0.2.1"], ["a.service.consul. 5 IN A 192.0.2.1"]
        ),
        (
            .name(.prefix("foo"), with: "bar", answers: [.auto]), "foo.example.com.",
            ["bar.example.com. 5 IN CNAME bar.example.net."], ["foo.example.com. 5 IN CNAME bar.example.net."]
        ),
        (
            .name(
                .regex(#"(.*)-(us-west-1)\.coredns\.rocks"#), with: "{1}.service.{2}.consul",
                answers: [.name(#"(.*)\.service\.(us-west-1)\.consul"#, "{1}-{2}.coredns.rocks")]),
            "ftp-us-west-1.coredns.rocks.",
            ["ftp.service.us-west-1.consul. 0 IN A 10.10.10.10", "ftp.service.us-west-1.consul. 0 IN A 10.20.20.20"],
            ["ftp-us-west-1.coredns.rocks. 0 IN A 10.10.10.10", "ftp-us-west-1.coredns.rocks. 0 IN A 10.20.20.20"]
        ),
        (
            .name(
                .suffix(".arpa"), with: ".arpa",
                answers: [.auto, .value(#"(.*)\.service\.consul\."#, "{1}.coredns.rocks.")]),
            "30.30.30.10.in-addr.arpa.", ["30.30.30.10.in-addr.arpa. 60 IN PTR ftp-us-west-1.service.consul."],
            ["30.30.30.10.in-addr.arpa. 60 IN PTR ftp-us-west-1.coredns.rocks."]
        ),
        (
            .name(.regex(#"^a\."#), with: "b", answers: [.value(#"(.*)\.in\."#, "{1}.out.")]), "a.",
            [
                "x. 1 IN CNAME t.in.", "x. 1 IN NS t.in.", "x. 1 IN MX 3 t.in.", "x. 1 IN SRV 1 2 3 t.in.",
                "x. 1 IN SOA t.in. m.in. 1 2 3 4 5", "x. 1 IN DNAME t.in.", "x. 1 IN NAPTR 1 2 \"a\" \"bc\" \"\" t.in.",
                "x. 1 IN TXT t.in.", "t.in. 1 IN A 192.0.2.1",
            ],
            [
                "x. 1 IN CNAME t.out.", "x. 1 IN NS t.out.", "x. 1 IN MX 3 t.out.", "x. 1 IN SRV 1 2 3 t.out.",
                "x. 1 IN SOA t.out. m.in. 1 2 3 4 5", "x. 1 IN DNAME \\# 7 0174036f757400",
                "x. 1 IN NAPTR \\# 17 000100020161026263000174036f757400", "x. 1 IN TXT \"t.in.\"",
                "t.in. 1 IN A 192.0.2.1",
            ]
        ),
        // An answer that would be no name stays.
        (
            .name(.regex(#"^a\."#), with: "b", answers: [.name("(.*)", "{1}")]), "a.", ["b. 1 IN A 192.0.2.1"],
            ["b. 1 IN A 192.0.2.1"]
        ),
    ]

    @Test(arguments: answers)
    func answerIsRewrittenBack(
        change: RewriteSettings.Change, asked: String, records: [String], expected: [String]
    ) throws {
        let query = try Asking.query(asked)
        let answer = try Asking.answer([RewriteSettings(change: change)], to: query, with: records)
        #expect(Asking.lines(answer.answers) == expected)
        #expect(answer.questions == query.questions)
    }

    @Test func rulesBehindAStopAreNotTried() throws {
        let a = Asking.name("a.example", Match.exact, "b.example")
        var first = a
        let second = Asking.name("b.example", Match.exact, "c.example")
        let query = try Asking.query("A.example.")
        #expect(try Asking.apply([first, second], to: query)?.query.questions[0].name == DomainName("b.example."))
        first.mode = .continue
        #expect(try Asking.apply([first, second], to: query)?.query.questions[0].name == DomainName("c.example."))
        #expect(try Asking.apply([second, a], to: query)?.query.questions[0].name == DomainName("b.example."))
        // Undone from the last to the first, in the client's spelling by compression.
        let answer = try Asking.answer([first, second], to: query, with: ["c.example. 1 IN A 192.0.2.1"])
        #expect(Asking.lines(answer.answers) == ["A.example. 1 IN A 192.0.2.1"])
    }

    @Test func whatBecomesNoNameIsAnError() throws {
        for (to, shown) in [("example..org", "example..org."), ("{1}", "a.example..")] {
            let rule = RewriteSettings(change: .name(.regex("(.*)"), with: to, answers: []))
            #expect { try Asking.apply([rule], to: Asking.query("a.example.")) } throws: {
                "\($0)" == "invalid name after rewrite: \(shown)"
            }
        }
        let long = Asking.name("a", Match.prefix, String(repeating: "b", count: 64))
        #expect(throws: InvalidRewrittenName.self) { try Asking.apply([long], to: Asking.query("a.example.")) }
    }

    static let faults: [(RewriteSettings.Change, String)] = [
        (.name(.regex("("), with: "x", answers: []), #"rewrite rule 2: "(" is no regular expression: missing ): ("#),
        (
            .name(.regex("(.*).coredns.rocks"), with: "{1}.{2}.coredns.rocks", answers: []),
            #"rewrite rule 2: "{1}.{2}.coredns.rocks" uses 2 groups and "(.*).coredns.rocks" has 1"#
        ),
        (
            .name(.exact("a"), with: "b", answers: [.name("x", "{1}")]),
            #"rewrite rule 2: "{1}" uses 1 groups and "x" has 0"#
        ),
        (
            .name(.suffix("a"), with: "b", answers: [.auto, .name("x", "y")]),
            #"rewrite rule 2: "answer auto" cannot stand with "answer name""#
        ),
        (.ttl(.exact("a"), .range(30, 10)), "rewrite rule 2: the TTL range 30-10 is empty"),
        (
            .edns0(.local(code: 0xFFEE, .set, "0xabc", revert: false)),
            #"rewrite rule 2: "0xabc" is no hexadecimal octets"#
        ),
        (
            .edns0(.local(code: 0xFFEE, .set, "{dummy}", revert: false)),
            #"rewrite rule 2: "{dummy}" is no variable of edns0 rules"#
        ),
        (.edns0(.subnet(.set, 33, 56, revert: false)), "rewrite rule 2: 33 is no prefix length of IPv4"),
        (.edns0(.subnet(.set, 24, 129, revert: false)), "rewrite rule 2: 129 is no prefix length of IPv6"),
    ]

    @Test(arguments: faults)
    func aRuleThatCannotBeIsSaid(change: RewriteSettings.Change, message: String) {
        let good = Asking.name("a", Match.exact, "b")
        #expect { try RewriteRules([good, RewriteSettings(change: change)]) } throws: { "\($0)" == message }
    }
}
