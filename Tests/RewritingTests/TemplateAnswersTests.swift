import Corefile
import DNSWire
import NetworkAddress
import Rewriting
import StaticZones
import TestSupport
import Testing

/// The template plugin (CoreDNS plugin/template: README and template_test.go).
@Suite struct TemplateAnswersTests {
    static func settings(
        _ recordClass: RecordClass? = .in, _ type: RecordType? = .a, _ zones: [String] = [], match: [String] = [],
        answer: [String] = [], additional: [String] = [], authority: [String] = [], rcode: ResponseCode = .noError,
        through: Fallthrough = .none
    ) throws -> TemplateSettings {
        var settings = TemplateSettings()
        settings.recordClass = recordClass
        settings.type = type
        settings.zones = try zones.map { try DomainName($0) }
        (settings.match, settings.answer, settings.additional) = (match, answer, additional)
        (settings.authority, settings.rcode, settings.fallsThrough) = (authority, rcode, through)
        return settings
    }

    static func result(_ settings: TemplateSettings, _ query: Message) throws -> TemplateResult {
        let answers = try TemplateAnswers(settings)
        let question = query.questions[0]
        let result = answers.answer(
            question, message: query, client: IPAddress("10.240.0.1")!,
            metadata: { ["foo": "myfoo", "bar": "mybar"][$0] })
        // The worker's test is exact.
        let said = question.name.lowercased.wire.withUnsafeBytes {
            answers.mayAnswer(
                nameInWire: $0.baseAddress!, length: $0.count, type: question.type, recordClass: question.recordClass)
        }
        let isAnswer = if case .answer = result { true } else { false }
        #expect(said == isAnswer)
        return result
    }

    /// A result in one line: response code, then answers / authority / additional.
    static func line(_ result: TemplateResult) -> String {
        switch result {
        case .noMatch: return "no match"
        case .fallthrough: return "fallthrough"
        case .answer(let answer):
            let sections = [answer.answers, answer.authorities, answer.additionals].map { records in
                Asking.lines(records).joined(separator: "; ")
            }
            return ([answer.rcode.description] + sections).joined(separator: " / ")
        }
    }

    static let a10 = #"^ip-10-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$"#
    static let any4 = #"(^|[.])ip-(?P<a>[0-9]*)-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$"#
    static let reverse = #"^(?P<d>[0-9]*)[.](?P<c>[0-9]*)[.](?P<b>[0-9]*)[.](?P<a>[0-9]*)[.]in-addr[.]arpa[.]$"#
    static let dc = #"^ip-(?P<a>10)-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]dc[.]example[.]$"#
    static let ext = #"^(?P<a>[0-9]*)[.](?P<b>[0-9]*)[.](?P<c>[0-9]*)[.](?P<d>[0-9]*)[.]ext[.]example[.]$"#
    static let hex = "^ip0a(?P<b>[a-f0-9]{2})(?P<c>[a-f0-9]{2})(?P<d>[a-f0-9]{2})[.]example[.]$"
    static let address = "{{ .Name }} 60 IN A {{ .Group.a }}.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
    static let address10 = "{{ .Name }} 60 IN A 10.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
    static let soa = "SOA ns.invalid. hostmaster.invalid. (1 60 60 60 60)"

    static func examples() throws -> [(TemplateSettings, [(String, RecordType, RecordClass, String)])] {
        [
            (
                try settings(nil, nil, rcode: .nxDomain),
                [("a.b.", .mx, .chaos, "NXDOMAIN /  /  / "), (".", .a, .in, "NXDOMAIN /  /  / ")]
            ),
            (
                try settings(nil, nil, ["invalid"], authority: ["invalid. 60 {{ .Class }} \(soa)"], rcode: .nxDomain),
                [
                    (
                        "x.invalid.", .a, .in,
                        "NXDOMAIN /  / invalid. 60 IN SOA ns.invalid. hostmaster.invalid. 1 60 60 60 60 / "
                    ),
                    (
                        "Invalid.", .a, .chaos,
                        "NXDOMAIN /  / invalid. 60 CH SOA ns.invalid. hostmaster.invalid. 1 60 60 60 60 / "
                    ),
                    ("notinvalid.", .a, .in, "no match"),
                ]
            ),
            (
                try settings(
                    .in, nil, ["example.com"], match: [#"example\.com\.(dc1\.example\.com\.)$"#],
                    authority: [
                        "{{ index .Match 1 }} 60 IN SOA ns.{{ index .Match 1 }} hostmaster.{{ index .Match 1 }} (1 60 60 60 60)"
                    ],
                    rcode: .nxDomain, through: .all),
                [
                    (
                        "x.example.com.dc1.example.com.", .aaaa, .in,
                        "NXDOMAIN /  / dc1.example.com. 60 IN SOA ns.dc1.example.com. hostmaster.dc1.example.com. 1 60 60 60 60 / "
                    ),
                    ("x.dc1.example.com.", .aaaa, .in, "fallthrough"),
                ]
            ),
            (
                try settings(.in, .a, ["example"], match: [any4], answer: [address], through: .all),
                [
                    ("ip-192-0-2-1.example.", .a, .in, "NOERROR / ip-192-0-2-1.example. 60 IN A 192.0.2.1 /  / "),
                    (
                        "X.IP-192-0-2-1.example.", .any, .any,
                        "NOERROR / x.ip-192-0-2-1.example. 60 IN A 192.0.2.1 /  / "
                    ),
                    ("ip-192-0-2-1.example.", .aaaa, .in, "no match"),
                    ("ip-192-0-2-1.example.", .a, .chaos, "no match"),
                    ("web.example.", .a, .in, "fallthrough"), ("ip-192-0-2-999.example.", .a, .in, "SERVFAIL /  /  / "),
                ]
            ),
            (
                try settings(
                    .in, .ptr, ["in-addr.arpa"], match: [reverse],
                    answer: [
                        "{{ .Name }} 60 IN PTR ip-{{ .Group.a }}-{{ .Group.b }}-{{ .Group.c }}-{{ .Group.d }}.example."
                    ]),
                [
                    (
                        "1.2.0.192.in-addr.arpa.", .ptr, .in,
                        "NOERROR / 1.2.0.192.in-addr.arpa. 60 IN PTR ip-192-0-2-1.example. /  / "
                    ),
                    ("2.0.192.in-addr.arpa.", .ptr, .in, "SERVFAIL /  /  / "),
                ]
            ),
            (
                try settings(
                    .in, .a, ["example"], match: [hex],
                    answer: [
                        "{{ .Name }} 60 IN A 10.{{ parseInt .Group.b 16 8 }}.{{ parseInt .Group.c 16 8 }}.{{ parseInt .Group.d 16 8 }}"
                    ],
                    through: .all),
                [("ip0a5f0c09.example.", .a, .in, "NOERROR / ip0a5f0c09.example. 60 IN A 10.95.12.9 /  / ")]
            ),
            (
                try settings(.in, .a, ["example"], match: [dc, ext], answer: [address], through: .all),
                [
                    ("ip-10-1-2-3.dc.example.", .a, .in, "NOERROR / ip-10-1-2-3.dc.example. 60 IN A 10.1.2.3 /  / "),
                    ("192.0.2.1.ext.example.", .a, .in, "NOERROR / 192.0.2.1.ext.example. 60 IN A 192.0.2.1 /  / "),
                ]
            ),
            (
                try settings(
                    .in, .mx, ["example"], match: [a10], answer: ["{{ .Name }} 60 IN MX 10 {{ .Name }}"],
                    additional: [address10, "ns0.example. IN A 203.0.113.8"],
                    authority: ["example. 60 IN NS ns0.example."]),
                [
                    (
                        "ip-10-1-2-3.example.", .mx, .in,
                        "NOERROR / ip-10-1-2-3.example. 60 IN MX 10 ip-10-1-2-3.example. / example. 60 IN NS ns0.example. / "
                            + "ip-10-1-2-3.example. 60 IN A 10.1.2.3; ns0.example. 3600 IN A 203.0.113.8"
                    )
                ]
            ),
            (
                try settings(
                    .in, nil, ["foogle.com"], match: [#"^foogle\.com\.$"#],
                    answer: ["foogle.com 60 IN CNAME google.com"]),
                [("foogle.com.", .a, .in, "NOERROR / foogle.com. 60 IN CNAME google.com. /  / ")]
            ),
            (
                try settings(
                    nil, nil, match: [a10],
                    answer: [#"{{ .Meta "foo" }}-{{ .Name }} 60 IN A 10.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"#],
                    authority: [#"example. IN NS {{ .Meta "bar" }}.example.com."#]),
                [
                    (
                        "ip-10-1-2-3.example.", .a, .in,
                        "NOERROR / myfoo-ip-10-1-2-3.example. 60 IN A 10.1.2.3 / example. 3600 IN NS mybar.example.com. / "
                    )
                ]
            ),
            (
                try settings(nil, nil, answer: ["{{ .Name }} 60 IN A {{ .Remote }}"]),
                [
                    ("T.example.", .a, .in, "NOERROR / t.example. 60 IN A 10.240.0.1 /  / "),
                    (
                        #"a\.b\255\032c.example."#, .a, .in,
                        #"NOERROR / a\.b\255\032c.example. 60 IN A 10.240.0.1 /  / "#
                    ),
                ]
            ),
            // AKS and OpenShift: an empty answer for a type.
            (try settings(nil, .aaaa), [("a.", .aaaa, .in, "NOERROR /  /  / "), ("a.", .a, .in, "no match")]),
            (try settings(nil, nil, rcode: .servFail), [("a.", .a, .in, "SERVFAIL /  /  / ")]),
            (
                try settings(
                    nil, nil, ["a", "b.a"], match: ["^x"], answer: ["{{ .Zone }} TXT x"],
                    through: .zones([try DomainName("b.a.")])),
                [
                    ("x.B.a.", .a, .in, #"NOERROR / b.a. 3600 IN TXT "x" /  / "#),
                    ("x.a.", .a, .in, #"NOERROR / a. 3600 IN TXT "x" /  / "#),
                    ("y.b.a.", .a, .in, "fallthrough"), ("y.a.", .a, .in, "SERVFAIL /  /  / "),
                    ("c.", .a, .in, "no match"),
                ]
            ),
            // A template that comes to nothing is no record.
            (
                try settings(nil, nil, answer: ["{{ if eq .Type `A` }}{{ .Name }} 1 A 192.0.2.1{{ end }}"]),
                [("a.", .a, .in, "NOERROR / a. 1 IN A 192.0.2.1 /  / "), ("a.", .mx, .in, "NOERROR /  /  / ")]
            ),
        ]
    }

    @Test func questionsAreAnsweredAsCoreDNSDoes() throws {
        for (settings, table) in try Self.examples() {
            for (name, type, recordClass, expected) in table {
                let result = try Self.result(settings, try Asking.query(name, type, recordClass))
                #expect(Self.line(result) == expected, "\(name) \(type) \(settings)")
            }
        }
    }

    @Test func aRecordThatIsNoneFailsWithItsReason() throws {
        let tables = [
            ("{{ .Name }}", #"answer "{{ .Name }}": "a.example." is no record: the record has no type"#),
            ("{{ .Name }} 60 IN A x", #"answer "{{ .Name }} 60 IN A x": "a.example. 60 IN A x" is no record: "#),
            (
                "{{ .Name }} 60 IN MX 70000 x.",
                #"answer "{{ .Name }} 60 IN MX 70000 x.": "a.example. 60 IN MX 70000 x." is no record: "70000" is no number from 0 to 65535"#
            ),
        ]
        for (template, message) in tables {
            guard
                case .answer(let answer) = try Self.result(
                    try Self.settings(answer: [template]), try Asking.query("a.example."))
            else {
                Issue.record("no answer")
                continue
            }
            #expect(answer.rcode == .servFail)
            #expect(answer.failure?.kind == .record)
            #expect(answer.failure.map { "\($0)".hasPrefix(message) } == true, "\(String(describing: answer.failure))")
            #expect([answer.labels?.zone, answer.labels?.recordClass, answer.labels?.type] == [".", "IN", "A"])
        }
        let settings = try Self.settings(authority: ["{{ index .Match 2 }}"])
        guard case .answer(let answer) = try Self.result(settings, try Asking.query("a.")) else { return }
        #expect(answer.failure?.kind == .template)
        #expect(answer.failure?.section == "authority")
    }

    @Test func theMessageIsCompleteAndEncodes() throws {
        var settings = try Self.settings(
            .in, nil, answer: ["{{ .Name }} 60 IN CNAME t.example.", "{{ .Name }} 60 IN TXT x"], rcode: .nxDomain)
        settings.extendedError = (21, "Blocked according to RFC2606")
        let query = try Asking.query("A.example.", .aaaa, edns: EDNS(dnssecOK: true))
        guard case .answer(let answer) = try Self.result(settings, query) else { return }
        #expect(answer.follows.map(\.place) == [0])
        #expect(answer.follows.first?.question == Question(name: try DomainName("t.example."), type: .aaaa))
        var found = query
        found.answers = [try ResourceRecord.first(inMasterText: "t.example. 5 AAAA 2001:db8::1")!]
        let message = try Message(decoding: try answer.message(answering: query, found: [found]).encoded())
        #expect(Asking.lines(message.answers).map { $0.split(separator: " ")[3] } == ["CNAME", "AAAA", "TXT"])
        #expect(message.flags == [.response, .authoritative, .recursionDesired])
        #expect(message.rcode == .nxDomain)
        #expect(
            message.edns?.options == [
                EDNS.Option(code: 15, data: [0, 21] + Array("Blocked according to RFC2606".utf8))
            ])
        #expect(message.edns?.dnssecOK == true)
        let plain = try Asking.query("A.example.", .mx)
        guard case .answer(let other) = try Self.result(settings, plain) else { return }
        #expect(other.follows.isEmpty)
        #expect(other.message(answering: plain).edns == nil)
        #expect(other.message(answering: plain).answers.count == 2)
    }

    @Test func whatIsNoExpressionIsSaid() throws {
        let settings = try Self.settings(match: ["ok", "(x"])
        #expect { try TemplateAnswers(settings) } throws: {
            "\($0)" == #"match: "(x" is no regular expression: missing ): (x"#
        }
    }
}
