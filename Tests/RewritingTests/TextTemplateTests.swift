import Corefile
import DNSWire
import NetworkAddress
import Rewriting
import StaticZones
import TestSupport
import Testing

/// Go's template language: what a text becomes, and what is said of one that is none.
@Suite struct TextTemplateTests {
    /// A template's text, as the content of a TXT record for `ip-10-7b.example.` of type A from 192.0.2.7.
    static func text(_ template: String) throws -> String {
        var settings = TemplateSettings()
        settings.match = [#"^(ip)-(?P<a>[0-9]+)-(?P<b>[0-9a-f]+)(x)?[.]example[.]$"#]
        settings.answer = ["t. 1 IN TXT \"" + template + "\""]
        let answers = try TemplateAnswers(settings)
        let query = Message(query: try DomainName("IP-10-7b.example."), type: .a, id: 4660)
        let result = answers.answer(
            query.questions[0], message: query, client: IPAddress("192.0.2.7")!,
            metadata: { $0 == "k/ns" ? "default" : nil })
        guard case .answer(let answer) = result else { return "\(result)" }
        if let failure = answer.failure { return "\(failure)" }
        guard case .txt(let strings) = answer.answers.first?.data else { return "no TXT" }
        return strings.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
    }

    static let texts: [(String, String)] = [
        ("plain", "plain"),
        ("{{ .Name }} {{.Zone}} {{ .Class }} {{ .Type }}", "ip-10-7b.example. . IN A"),
        ("{{ .Match }}", "[ip-10-7b.example. ip 10 7b ]"),
        ("{{ index .Match 1 }}/{{ index .Match 2 }}", "ip/10"),
        ("{{ .Group.a }}.{{ .Group.b }}", "10.7b"),
        ("{{ .Group }}", "map[0:ip-10-7b.example. 1:ip 2:10 3:7b 4: a:10 b:7b]"),
        ("{{ .Group.none }}{{ index .Group `none` }}.", "<no value>."),
        ("{{ .Remote }}", "192.0.2.7"),
        (
            "{{ .Message.Id }} {{ .Message.RecursionDesired }} {{ .Message.Opcode }} {{ .Message.Rcode }}",
            "4660 true 0 0"
        ),
        ("{{ .Question.Name }} {{ .Question.Qtype }} {{ .Question.Qclass }}", "IP-10-7b.example. 1 1"),
        ("{{ (index .Message.Question 0).Name }}", "IP-10-7b.example."),
        ("{{ .Meta `k/ns` }}{{ .Meta `other` }}{{ `k/ns` | .Meta }}{{ $.Meta `k/ns` }}", "defaultdefaultdefault"),
        ("{{ .Regex | len }}", "54"),
        // Actions and spaces.
        ("a {{- `b` -}} c", "abc"), ("a {{- /* note */ -}} c", "ac"), ("a{{/* note */}}c", "ac"), ("{{3 -}} <", "3<"),
        ("{{- 3}}", "3"), ("{{ -3 }}", "-3"), ("{{`}}`}}", "}}"), ("{ { }}", "{ { }}"),
        // Structures.
        ("{{ if .Group.a }}y{{ else }}n{{ end }}{{ if .Group.none }}y{{ else }}n{{ end }}", "yn"),
        ("{{ if eq .Type `MX` }}1{{ else if eq .Type `A` `B` }}2{{ else }}3{{ end }}", "2"),
        ("{{ if not (eq .Type `A`) }}1{{ else if false }}2{{ else }}3{{ end }}", "3"),
        ("{{ range .Match }}<{{ . }}>{{ end }}", "<ip-10-7b.example.><ip><10><7b><>"),
        ("{{ range $i, $m := .Match }}{{ if $i }}{{ $i }}={{ $m }},{{ end }}{{ end }}", "1=ip,2=10,3=7b,4=,"),
        ("{{ range $k, $v := .Group }}{{ $k }}{{ end }}", "01234ab"),
        (
            "{{ range .Match }}{{ if eq . `10` }}{{ break }}{{ end }}{{ if eq . `ip` }}{{ continue }}{{ end }}{{ len . }};{{ end }}",
            "17;"
        ),
        ("{{ range slice .Match 9 }}x{{ else }}none{{ end }}", "E"),
        ("{{ range slice .Match 5 }}x{{ else }}none{{ end }}", "none"),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("{{ with .Group.a }}{{ . }}{{ $.Type }}{{ end }}{{ with .Group.none }}x{{ else }}n{{ end }}", "10An"),
        ("{{ with $x := .Group.a }}{{ $x }}{{ end }}", "10"),
        ("{{ with .Group.none }}x{{ else with .Group.b }}{{ . }}{{ end }}", "7b"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}", "2"),
        ("{{ with .Message }}{{ .Id }}{{ end }}", "4660"),
        // Functions.
        ("{{ and 1 0 2 }}{{ or 0 `` `x` }}{{ not 0 }}{{ and true `t` }}{{ or false 0 }}", "0xtruet0"),
        ("{{ or true (index .Match 9) }}", "true"),
        (
            "{{ eq 1 1 }} {{ ne `a` `b` }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt `b` `a` }} {{ ge 1 2 }}",
            "true true true true true false"
        ),
        ("{{ len .Match }}{{ len .Group.b }}{{ len .Group }}", "527"),
        ("{{ index `abc` 1 }}{{ slice `abcdef` 1 3 }}{{ slice `abc` 1 }}", "98bcbc"),
        (
            "{{ parseInt .Group.b 16 8 }} {{ parseInt `0x1f` 0 16 }} {{ parseInt `18446744073709551615` 10 64 }}",
            "123 31 18446744073709551615"
        ),
        ("{{ .Group.b | printf `%s-%s` .Group.a }}", "10-7b"),
        ("{{ print 1 2 `a` 3 4 }} {{ println 1 `a` | len }}", "1 2a3 4 4"),
        (
            "{{ printf `%d %x %02x %X %05d %+d %o %b %c %t %%` 10 255 7 255 -42 1 8 5 65 true }}",
            "10 ff 07 FF -0042 +1 10 101 A true %"
        ),
        ("{{ printf `%5s|%-5s|%.2s|%x|%v` `ab` `ab` `abc` `hi` `v` }}", "   ab|ab   |ab|6869|v"),
        ("{{ printf `%q` `a\"b` | len }}", "6"),
        (
            "{{ printf `%d` `hi` }}{{ printf `%s` 3 }}{{ printf `%d` }}{{ printf `` 1 `b` }}{{ printf `%` }}",
            "%!d(string=hi)%!s(int=3)%!d(MISSING)%!(EXTRA int=1, string=b)%!(NOVERB)"
        ),
        ("{{ printf `%v %d %s` .Match 1 .Match }}", "[ip-10-7b.example. ip 10 7b ] 1 [ip-10-7b.example. ip 10 7b ]"),
        ("{{ 'a' }}{{ 0x10 }}{{ 1_000 }}", "97161000"),
        ("{{ if and (gt (parseInt .Group.a 10 8) 9) (lt (len .Group.b) 3) }}ok{{ end }}", "ok"),
        // Failures.
        ("{{ index .Match 9 }}", "E"), ("{{ parseInt `gg` 16 8 }}", "E"), ("{{ parseInt `256` 10 8 }}", "E"),
        ("{{ lt 1 `a` }}", "E"), ("{{ slice `abc` 2 1 }}", "E"), ("{{ index `abc` `x` }}", "E"),
        ("{{ range 1000000000 }}x{{ end }}", "E"), ("{{ printf `%2000d` 1 }}", "E"), ("{{ eq 1 `1` }}", "E"),
    ]

    @Test(arguments: texts)
    func aTextBecomes(template: String, expected: String) throws {
        let text = try Self.text(template)
        if expected == "E" {
            #expect(text.hasPrefix("answer \"t. 1 IN TXT"), "\(text)")
        } else {
            #expect(text == expected, "\(template)")
        }
    }

    @Test func aFailureHasItsPlace() throws {
        let head = #"answer "t. 1 IN TXT "{{ index .Match 9 }}"": "#
        #expect(try Self.text("{{ index .Match 9 }}") == head + "1:17: index: index out of range: 9")
    }

    static let faults: [(String, String)] = [
        (
            "{{ .Nam }}",
            #"1:4: the query's data has no field "Nam", only Class, Group, Match, Message, Name, Question, Regex, Remote, Type, Zone"#
        ),
        (
            "a\n b{{ .Message.ID }}",
            #"2:6: the message has no field "ID", only AuthenticatedData, Authoritative, CheckingDisabled, Id, Opcode, Question, Rcode, RecursionAvailable, RecursionDesired, Response, Truncated"#
        ),
        ("{{ .Question.Type }}", #"1:4: the question has no field "Type", only Name, Qclass, Qtype"#),
        ("{{ .Name.Length }}", #"1:4: a text has no field "Length""#),
        ("{{ range .Match }}{{ .Name }}{{ end }}", #"1:22: a text has no field "Name""#),
        ("{{ upper .Name }}", #"1:4: "upper" is no function"#),
        ("{{ html .Name }}", #"1:4: the function "html" is not supported"#),
        ("{{ define `x` }}{{ end }}", #"1:4: "define" is not supported: a record is one template"#),
        ("{{ $x }}", "1:4: the variable $x was not declared"),
        ("{{ $x = 1 }}", "1:9: the variable $x was not declared"),
        ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "1:39: the variable $x was not declared"),
        ("{{ .Name", #"1:1: an action is not closed with "}}""#),
        ("{{ `a }}", "1:4: a quotation mark is not closed"),
        ("{{ \"a\\q\" }}", "1:6: the escape is unknown"),
        ("{{}}", "1:1: the action is empty"),
        ("{{ if }}x{{ end }}", "1:1: a value is missing"),
        ("{{ if true }}x", #"1:1: "if" has no "end""#),
        ("x{{ end }}", #"1:2: "end" ends nothing"#),
        ("{{ else }}", #"1:1: "else" belongs to nothing"#),
        ("{{ if true }}{{ else }}{{ else }}{{ end }}", #"1:1: "if" has no "end""#),
        ("{{ range .Match }}{{ else if true }}{{ end }}", #"1:27: "else" stands alone, or with the word that opened"#),
        ("{{ break }}", #"1:1: "break" is outside of "range""#),
        ("{{ (len .Match }}", "1:4: a parenthesis is not closed"),
        ("{{ len .Match) }}", "1:14: a closing parenthesis without an opening one"),
        ("{{ len }}", #"1:4: "len" cannot have 0 arguments"#),
        ("{{ parseInt .Name 16 }}", #"1:4: "parseInt" cannot have 2 arguments"#),
        ("{{ .Name 1 }}", "1:4: what is no function has no arguments"),
        ("{{ 1 | .Name }}", "1:8: what is no function has no arguments"),
        ("{{ 1 2 }}", "1:6: what is no function has no arguments"),
        ("{{ .Meta }}", #"1:4: ".Meta" has one argument, a text"#),
        ("{{ .Meta 1 }}", #"1:4: ".Meta" has one argument, a text"#),
        ("{{ print len }}", #"1:10: "len" with its arguments stands in parentheses here"#),
        ("{{ range .Name }}{{ end }}", #"1:10: "range" cannot go over a text"#),
        ("{{ index 1 2 }}", "1:4: a number has no index"),
        ("{{ .Message }}", "1:4: the message cannot be printed: say which field"),
        ("{{ . }}", "1:4: the query's data cannot be printed: say which field"),
        ("{{ print .Match.x }}", #"1:10: a list has no field "x""#),
        ("{{ 1x }}", #"1:4: "1x" is no whole number"#),
        ("{{ 1.5 }}", #"1:4: "1.5" is no whole number"#),
        ("{{ ; }}", #"1:4: ";" cannot stand in an action"#),
        ("{{ `a``b` }}", "1:7: a blank stands between operands"),
        ("{{ `a`.b }}", #"1:7: ".b" is taken from what has no fields"#),
        ("{{ /* a }}", #"1:4: "/" cannot stand in an action"#),
        ("{{/* a }}", #"1:1: a comment ends with "*/}}""#),
        ("{{ | len }}", "1:4: a value is missing"),
        ("{{ 1 | }}", "1:1: a value is missing"),
        ("{{ end 1 }}", "1:8: the action is longer than it may be"),
        ("{{ $a, $b := .Match }}", "1:4: too many variables are declared here"),
        ("{{ $ := 1 }}", #"1:4: "$" cannot be set"#),
    ]

    @Test(arguments: faults)
    func whatIsNoTemplateIsSaidWithItsPlace(template: String, message: String) throws {
        var settings = TemplateSettings()
        settings.authority = ["ok", template]
        #expect { try TemplateAnswers(settings) } throws: {
            "\($0)" == "authority \"\(template)\", " + message.prefix { $0 != " " } + message.drop { $0 != " " }
        }
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
        let structures = String(repeating: "{{ if true }}", count: 5000) + String(repeating: "{{ end }}", count: 5000)
        let chain = "{{ if 1 }}" + String(repeating: "{{ else if 1 }}", count: 5000) + "{{ end }}"
        for template in ["{{ \(deep) }}", structures, chain] {
            var settings = TemplateSettings()
            settings.answer = [template]
            #expect { try TemplateAnswers(settings) } throws: { "\($0)".hasSuffix("this is nested too deeply") }
        }
    }

    /// Whatever the text, it is a template or an error; a template is filled in or fails.
    @Test func anyTextIsATemplateOrAnError() throws {
        let parts = [
            "{{", "}}", "{{ ", " }}", "{{- ", " -}}", "/*", "*/", "if ", "else", "end", "range ", "with ", "$x", " := ",
            " = ",
            ".Name", ".Match", ".Group", ".Group.a", ".Message", " | ", "(", ")", "1", "-", "`", "\"", "'", "\\", ",",
            "index ",
            "len ", "printf ", "\"%d%s%x\" ", "slice ", "eq ", "and ", "or ", "not ", ".", "$", "true", "nil", "break",
            "é", "\n",
            "parseInt ", " 16 8", ".Meta ", "{{ end }}", "{{ range .Match }}", "{{ if ", "{{ else }}", "print ",
        ]
        var random = SplitMix64(seed: 2026)
        var (good, bad) = (0, 0)
        for _ in 0..<6000 {
            let body = (0..<Int.random(in: 1...9, using: &random)).map { _ in parts.randomElement(using: &random)! }
                .joined()
            let template = Bool.random(using: &random) ? body : "{{ " + body + " }}"
            do {
                _ = try Self.text(template)
                good += 1
            } catch is TemplateSettingsError {
                bad += 1
            }
        }
        #expect(good > 100 && bad > 1000, "\(good) \(bad)")
    }
}
