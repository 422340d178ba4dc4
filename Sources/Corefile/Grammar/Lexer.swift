import Findings

/// Splits a Corefile into tokens (caddyfile/lexer.go).
///
/// Blanks separate tokens; `"` at a token's begin quotes up to the next `"`, over lines too, where only `\"` is an escape;
/// `#` begins a comment, in the middle of a word as well. Beyond CoreDNS, a backslash right in front of a line's end
/// continues the line.
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private let file: String
    private var at = 0
    private var line = 1
    private var column = 1
    private var startsLine = true

    init(_ text: String, file: String) {
        scalars = Array(text.unicodeScalars)
        self.file = file
        // A byte order mark is no part of the text.
        if scalars.first == "\u{FEFF}" { at = 1 }
    }

    /// - Throws: CFG009 for a quote that does not end.
    static func tokens(of text: String, file: String) throws(CorefileError) -> [Token] {
        var lexer = Lexer(text, file: file)
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private mutating func next() throws(CorefileError) -> Token? {
        while let scalar = peek {
            switch scalar {
            case "\n":
                startsLine = true
                advance()
            case "#": skipComment()
            case "\\" where lineBreakLength(behind: at + 1) > 0: skipContinuation()
            case _ where scalar.properties.isWhitespace: advance()
            case "\"": return try quoted()
            default: return word()
            }
        }
        return nil
    }

    private mutating func word() -> Token {
        let place = SourcePlace(file: file, line: line, column: column)
        var text = String.UnicodeScalarView()
        while let scalar = peek, scalar != "#" {
            // A carriage return is passed over wherever it stands.
            if scalar != "\r" {
                if scalar.properties.isWhitespace { break }
                if scalar == "\\", lineBreakLength(behind: at + 1) > 0 { break }
                text.append(scalar)
            }
            advance()
        }
        return token(String(text), at: place)
    }

    private mutating func quoted() throws(CorefileError) -> Token {
        let place = SourcePlace(file: file, line: line, column: column)
        advance()
        var text = String.UnicodeScalarView()
        while let scalar = peek {
            advance()
            if scalar == "\"" { return token(String(text), at: place) }
            if scalar == "\\", peek == "\"" {
                advance()
                text.append("\"")
            } else {
                text.append(scalar)
                // The octet behind a backslash is never an end: `\\"` is two backslashes and a quote that closes.
                if scalar == "\\", let next = peek {
                    advance()
                    text.append(next)
                }
            }
        }
        throw CorefileError(.syntax, "the quote that begins here does not end", at: place)
    }

    private mutating func token(_ text: String, at place: SourcePlace) -> Token {
        defer { startsLine = false }
        return Token(text, at: place, startsLine: startsLine)
    }

    private mutating func skipComment() {
        while let scalar = peek, scalar != "\n" {
            _ = scalar
            advance()
        }
    }

    private mutating func skipContinuation() {
        let count = 1 + lineBreakLength(behind: at + 1)
        for _ in 0..<count { advance() }
    }

    /// How many scalars the line break at a place has; 0 where there is none.
    private func lineBreakLength(behind place: Int) -> Int {
        guard place < scalars.count else { return 0 }
        if scalars[place] == "\n" { return 1 }
        return scalars[place] == "\r" && place + 1 < scalars.count && scalars[place + 1] == "\n" ? 2 : 0
    }

    private var peek: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    private mutating func advance() {
        if scalars[at] == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        at += 1
    }
}
