import Patterns
import TestSupport
import Testing

/// RE2 through the shim: what matches, where, and what is said of a text that is no expression.
@Suite struct PatternTests {
    @Test(arguments: [
        (#"^a+$"#, "aaa", true), (#"^a+$"#, "baaa", false), (#"b"#, "abc", true), ("", "", true), ("", "x", true),
        (#"x"#, "", false), (#"\.example\.$"#, "www.example.", true), (#"\.example\.$"#, "wwwxexample.", false),
        (#"(?i)WEB"#, "web.", true), (#"[[:digit:]]+"#, "a1", true), (#"\d\w\s?"#, "1a", true),
        (#"^(?s).$"#, "\n", true),
        (#"(^|[.])ip-10-(?P<b>[0-9]*)[.]example[.]$"#, "a.ip-10-7.example.", true), (#"\pN"#, "٣", true),
    ])
    func matchesAsGoDoes(pattern: String, text: String, expected: Bool) throws {
        let pattern = try Pattern(pattern)
        #expect(pattern.matches(text) == expected)
        #expect((pattern.firstMatch(in: Array(text.utf8)) != nil) == expected)
    }

    @Test func groupsAreOctetsOfTheText() throws {
        let pattern = try Pattern(#"(é|e)-(x)?(?P<last>[a-z]*)"#)
        #expect(pattern.firstMatch(in: Array("..é-abc".utf8)) == [2..<8, 2..<4, nil, 5..<8])
        #expect(pattern.firstMatch(in: Array("e-".utf8)) == [0..<2, 0..<1, nil, 2..<2])
        #expect(pattern.groupNames == [nil, nil, nil, "last"])
        #expect(pattern.groupCount == 3)
    }

    @Test(arguments: [
        ("(?<a>x)(?P<b>y)", ["a", "b"], "xy"), (#"[(?<]\(?<(?<a>.)"#, ["a"], "(<x"),
        (#"\Q(?<\E(?<a>.)"#, ["a"], "(?<x"),
        ("[](?<]+(?<a>x)", ["a"], "](x"), ("[^](?<]+(?<a>x)", ["a"], "yx"), (#"[\](?<](?<a>x)"#, ["a"], "]x"),
    ])
    func groupsHaveNamesInBothSpellings(pattern: String, names: [String], text: String) throws {
        let pattern = try Pattern(pattern)
        #expect(pattern.groupNames.compactMap(\.self) == names)
        #expect(pattern.matches(text))
    }

    @Test func caseIsIgnoredWhereAsked() throws {
        #expect(try Pattern("ABC", ignoringCase: true).matches("abc"))
        #expect(try !Pattern("ABC").matches("abc"))
    }

    @Test(arguments: [
        ("a(b", #""a(b" is no regular expression: missing ): a(b"#),
        ("[a", #""[a" is no regular expression: missing ]: [a"#),
        ("*", #""*" is no regular expression: no argument for repetition operator: *"#),
        (#"(?=x)"#, #""(?=x)" is no regular expression: invalid perl operator: (?="#),
        (#"\8"#, #""\8" is no regular expression: invalid escape sequence: \8"#),
        ("(?<=a)b", #""(?<=a)b" is no regular expression: invalid named capture group: (?P<=a)b"#),
    ])
    func whatIsNoneIsSaidInRE2sWords(pattern: String, message: String) {
        #expect { try Pattern(pattern) } throws: { "\($0)" == message }
    }

    @Test func lengthIsBounded() throws {
        _ = try Pattern(String(repeating: "a", count: Pattern.maximumLength))
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "a", count: Pattern.maximumLength + 1)) }
        // Within the length, beyond RE2's memory.
        #expect(throws: PatternError.self) { try Pattern("((a{100}){100}){100}") }
    }

    @Test func anyOctetsAreAPatternOrAnError() {
        var random = SplitMix64(seed: 5)
        let alphabet = Array(#"ab()[]{}\Q\E?<P>^$*+|.,-:1é"#)
        for _ in 0..<5000 {
            let text = String(
                (0..<Int.random(in: 0...14, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            if let pattern = try? Pattern(text) {
                #expect(pattern.matches("ab") == (pattern.firstMatch(in: Array("ab".utf8)) != nil), "\(text)")
            }
        }
    }
}
