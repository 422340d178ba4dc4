import DNSWire
import Findings
import Foundation
import NetworkAddress
import TestSupport
import Testing

@testable import Corefile

@Suite struct GrammarTests {
    private func words(_ text: String) throws -> [String] { try Lexer.tokens(of: text, file: "f").map(\.text) }

    private func text(_ corefile: String, environment: [String: String] = [:]) throws -> String {
        try Corefile.parse(corefile, environment: environment).text
    }

    // MARK: Words

    @Test func wordsAndPlaces() throws {
        let tokens = try Lexer.tokens(of: "\u{FEFF}a  \"b c\"\n\td#e f\r\n  \"g\"h", file: "f")
        #expect(tokens.map(\.text) == ["a", "b c", "d", "g", "h"])
        #expect(tokens.map { "\($0.place.line):\($0.place.column)" } == ["1:1", "1:4", "2:2", "3:3", "3:6"])
        #expect(tokens.map(\.startsLine) == [true, false, true, true, false])
    }

    @Test func quotes() throws {
        #expect(try words(#""a \"b\" \d\\" """#) == [#"a "b" \d\\"#, ""])
        #expect(try words("\"a\nb\" c") == ["a\nb", "c"])
        #expect(try words("a\"b c\"") == ["a\"b", "c\""])
    }

    @Test func continuedLines() throws {
        let tokens = try Lexer.tokens(of: "a \\\n b\\\r\nc \\d\ne", file: "f")
        #expect(tokens.map(\.text) == ["a", "b", "c", "\\d", "e"])
        #expect(tokens.map(\.startsLine) == [true, false, false, false, true])
        #expect(tokens.map(\.place.line) == [1, 2, 3, 3, 4])
    }

    // MARK: Blocks

    @Test func withoutBraces() throws {
        let corefile = try Corefile.parse("example.org:1053, example.com\n  whoami\n  errors\n")
        #expect(corefile.blocks.count == 1)
        #expect(corefile.blocks[0].keys.map { "\($0.zone)\($0.port)" } == ["example.org.1053", "example.com.53"])
        #expect(corefile.blocks[0].plugins == [.errors(ErrorsSettings()), .whoami])
    }

    @Test func keysOverLines() throws {
        let corefile = try Corefile.parse("a.test,\nb.test c.test\n{\nwhoami\n}\nd.test {\n}\n", defaultPort: 1053)
        #expect(
            corefile.blocks.map { $0.keys.map { "\($0.zone)" } } == [["a.test.", "b.test.", "c.test."], ["d.test."]])
        #expect(corefile.blocks[0].keys.allSatisfy { $0.port == 1053 })
        #expect(corefile.blocks[1].plugins == [])
    }

    @Test func schemes() throws {
        let keys = try Corefile.parse(
            "tls://. https://a:444 https3://b quic://c grpc://d dns://e:99 .:100 :101 { whoami }"
        ).blocks[0].keys
        #expect(
            keys.map { "\($0.scheme) \($0.zone) \($0.port)" } == [
                "tls . 853", "https a. 444", "https3 b. 443", "quic c. 853", "grpc d. 443", "dns e. 99", "dns . 100",
                "dns . 101",
            ])
    }

    @Test(arguments: [
        ("10.0.0.0/8", 1, "10.in-addr.arpa.", "10.in-addr.arpa."),
        ("10.1.2.3/24", 1, "2.1.10.in-addr.arpa.", "2.1.10.in-addr.arpa."),
        ("10.16.0.0/12", 16, "16.10.in-addr.arpa.", "31.10.in-addr.arpa."),
        ("10.1.2.0/27", 32, "0.2.1.10.in-addr.arpa.", "31.2.1.10.in-addr.arpa."),
        ("10.1.2.128/25", 128, "128.2.1.10.in-addr.arpa.", "255.2.1.10.in-addr.arpa."),
        ("0.0.0.0/0", 1, "in-addr.arpa.", "in-addr.arpa."),
        ("2001:db8::/32", 1, "8.b.d.0.1.0.0.2.ip6.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."),
        ("fd00::/13", 8, "0.0.d.f.ip6.arpa.", "7.0.d.f.ip6.arpa."),
        ("fd00::8/125", 8, "", ""),
    ]) func blocksOfAddresses(_ text: String, _ count: Int, _ first: String, _ last: String) throws {
        let keys = try Corefile.parse("\(text):99 {\n}").blocks[0].keys
        #expect(keys.count == count)
        #expect(keys.allSatisfy { $0.port == 99 })
        if !first.isEmpty {
            #expect(keys.first.map { "\($0.zone)" } == first)
            #expect(keys.last.map { "\($0.zone)" } == last)
        } else {
            #expect(keys.allSatisfy { $0.zone.labelCount == 34 })
            #expect(Set(keys.map(\.zone)).count == count)
        }
    }

    @Test func environment() throws {
        let corefile = try Corefile.parse(
            "{$ZONE}:{%PORT%} {\n forward . {$A} {%B%}{$NONE} \"{$A}\"\n}",
            environment: ["ZONE": "a.test", "PORT": "5353", "A": "10.0.0.1", "B": "10.0.0.2"])
        #expect(corefile.text == "a.test:5353 {\n    forward . 10.0.0.1 10.0.0.2 10.0.0.1\n}\n")
        #expect(replacingVariables(in: "{$A", with: ["A": "x"]) == "{$A")
        #expect(replacingVariables(in: "{$}{$A}", with: ["A": "x"]) == "{$}{$A}")
        // A variable that names itself ends.
        #expect(replacingVariables(in: "{$A}", with: ["A": "{$A}"]) == "{$A}")
    }

    @Test func commentsAndBlanksChangeNothing() throws {
        let a = try text(". {\n errors\n cache 30 {\n  success 100\n }\n}")
        let b = try text("# one\n.   {   \n\n\terrors # two\n cache \\\n 30 { success 100\n}\n}\n#")
        #expect(a == b)
    }

    // MARK: Snippets and imports

    @Test func snippets() throws {
        let corefile = """
            (common) {
                errors
                cache {args[0]} {
                    import sizes
                }
            }
            (sizes) {
                success 100
                denial 50
            }
            (line) {
                log {args[0]} "{combined} {args[1]}"
            }
            a.test {
                import common 30
                import line a.test one
                import line b.a.test two
            }
            """
        #expect(
            try text(corefile) == """
                a.test {
                    errors
                    cache 30 {
                        success 100
                        denial 50
                    }
                    log a.test "{combined} one"
                    log b.a.test "{combined} two"
                }

                """)
    }

    @Test func relativeImports() throws {
        let folder = try TestFolder()
        try folder.write("conf/one.conf", "(shared) {\n errors\n}\nimport deeper/*.server\n")
        try folder.write("conf/deeper/b.server", "b.test {\n import shared\n import ../options/cache\n}")
        try folder.write("conf/deeper/a.server", "a.test {\n import shared\n}")
        try folder.write("conf/options/cache", "cache 5")
        let path = try folder.write("Corefile", "import conf/one.conf\nimport none/*.server\n. {\n import shared\n}\n")
        let corefile = try Corefile.load(path: path, environment: [:])
        #expect(corefile.blocks.map { "\($0.keys[0].zone)" } == ["a.test.", "b.test.", "."])
        #expect(corefile.blocks[1].plugins.count == 2)
        #expect(
            corefile.files.map { $0.replacingOccurrences(of: folder.path + "/", with: "") } == [
                "Corefile", "conf/one.conf", "conf/deeper/*.server", "conf/deeper/a.server", "conf/deeper/b.server",
                "conf/deeper/../options/cache", "none/*.server",
            ])
    }

    @Test func endlessImportsEnd() throws {
        let folder = try TestFolder()
        let path = try folder.write("Corefile", "import Corefile\n")
        let fault = #expect(throws: CorefileError.self) { try Corefile.load(path: path, environment: [:]) }
        #expect(fault?.description.contains("more than 10000 imports") == true)
        // Each one brings twice what the one below brings.
        let doubling = (1...30).map { "(s\($0)) {\n import s\($0 - 1)\n import s\($0 - 1)\n}\n" }.joined()
        let exponential = #expect(throws: CorefileError.self) {
            try Corefile.parse("(s0) {\n errors\n}\n" + doubling + ". {\n import s30\n}")
        }
        #expect(exponential?.errors.first?.code == "CFG009")
    }

    // MARK: Faults

    @Test(arguments: [
        ("a.test,", "Corefile:1:1: error CFG009: a zone is missing behind the comma"),
        ("a.test, {\n}", "Corefile:1:9: error CFG009: a zone is missing behind the comma in front of \"{\""),
        ("{\n errors\n}", "Corefile:1:1: error CFG009: a server block needs a zone in front of it"),
        (". {\n errors", "Corefile:1:3: error CFG009: the block that opens here is not closed"),
        (". {\n cache {\n}", "Corefile:1:3: error CFG009: the block that opens here is not closed"),
        (
            ". {\n cache\n {\n}\n}",
            "Corefile:3:2: error CFG009: a block's \"{\" stands at the end of the line that it belongs to"
        ),
        (". {\n cache {\n } 30\n}", "Corefile:3:4: error CFG009: \"30\" stands behind the \"}\" of a block"),
        (". {\n}\n}", "Corefile:3:1: error CFG009: \"}\" closes nothing here"),
        (
            ".:53{\n errors\n}",
            "Corefile:1:1: error CFG009: \".:53{\" is read as a zone: a brace needs a blank in front of it"
        ),
        (". {\n log \"x\n}", "Corefile:2:6: error CFG009: the quote that begins here does not end"),
        ("(a) {\n errors\n}\n(a) {\n}", "Corefile:4:5: error CFG009: the snippet \"a\" is there already"),
        ("(a)\nerrors", "Corefile:2:1: error CFG009: the snippet \"a\" needs a block in braces"),
        ("(a) {\n errors", "Corefile:1:5: error CFG009: the snippet's block that opens here is not closed"),
        (". {\n import\n}", "Corefile:2:2: error CFG009: import needs a snippet, a file or a glob"),
        (
            ". {\n import nothere\n}",
            "Corefile:2:9: error CFG003: \"nothere\" is no snippet above, and no file: no such file or directory"
        ),
        ("import /no/file.conf", "Corefile:1:8: error CFG003: cannot import /no/file.conf: no such file or directory"),
        ("import /no/*/*.conf", "Corefile:1:8: error CFG009: a glob has one wildcard at most: /no/*/*.conf"),
        ("import /tmp", "Corefile:1:8: error CFG003: cannot import /tmp: is a directory"),
        ("a.test: {\n}", "Corefile:1:1: error CFG009: \"a.test:\" has no port behind its last colon"),
        ("a.test:70000 {\n}", "Corefile:1:1: error CFG009: 70000 is no port: 0 to 65535 are"),
        (
            "ftp://a.test {\n}",
            "Corefile:1:1: error CFG009: \"ftp://\" is no scheme: dns, tls, https, https3, quic and grpc are"
        ),
    ]) func faults(_ text: String, _ expected: String) {
        let fault = #expect(throws: CorefileError.self) { try Corefile.parse(text) }
        #expect(fault?.description == expected)
    }

    @Test func badZone() throws {
        let fault = #expect(throws: CorefileError.self) { try Corefile.parse(". {\n}\na..test {\n}") }
        #expect(fault?.errors.first?.place == SourcePlace(file: "Corefile", line: 3, column: 1))
    }

    @Test func deepBlocksAreRefused() throws {
        let deep = String(repeating: "a {\n", count: 100_000)
        let fault = #expect(throws: CorefileError.self) { try Corefile.parse(deep) }
        #expect(fault?.description.contains("more than 64 blocks") == true)
    }
}
