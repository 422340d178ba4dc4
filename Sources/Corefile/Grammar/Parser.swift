import Findings

/// Groups tokens into server blocks, with snippets, imports and variables put in (caddyfile/parse.go).
///
/// Errors end it at once: behind a lost brace nothing that follows means what its author meant.
struct Parser {
    /// Imports at most, CoreDNS's bound for snippets.
    static let maximumImports = 10_000
    /// Tokens at most, imports included: ten thousand imports of a long snippet are no configuration.
    static let maximumTokens = 1_000_000
    /// Blocks in blocks at most.
    static let maximumDepth = 64

    let environment: [String: String]
    var files: CorefileFiles
    var findings: [Finding] = []
    /// What is still to be read, the next token last.
    var pending: [Token]
    var snippets: [String: [Token]] = [:]
    var imports = 0
    var tokenCount: Int
    var lastPlace: SourcePlace

    /// - Throws: CFG009 for a quote that does not end.
    init(
        _ text: String, file: String, files: CorefileFiles, environment: [String: String]
    ) throws(CorefileError) {
        self.environment = environment
        self.files = files
        pending = try Lexer.tokens(of: text, file: file).reversed()
        tokenCount = pending.count
        lastPlace = SourcePlace(file: file, line: 1, column: 1)
    }

    mutating func blocks() throws(CorefileError) -> [BlockText] {
        var blocks: [BlockText] = []
        while !pending.isEmpty {
            if let block = try block() { blocks.append(block) }
        }
        return blocks
    }

    /// The next server block; nil for a snippet, and where imports gave nothing.
    private mutating func block() throws(CorefileError) -> BlockText? {
        let begin = pending.last?.place ?? lastPlace
        let keys = try keys()
        if let name = snippetName(keys) {
            try defineSnippet(name)
            return nil
        }
        guard !keys.isEmpty || peek != nil else { return nil }
        var block = BlockText(keys: keys)
        let opening = peek?.text == "{" ? take() : nil
        guard !keys.isEmpty else {
            throw CorefileError(.syntax, "a server block needs a zone in front of it", at: begin)
        }
        block.directives = try lines(closing: opening, depth: 0)
        return block
    }

    /// The keys up to the brace or the line's end; one line more behind a comma.
    private mutating func keys() throws(CorefileError) -> [Token] {
        var keys: [Token] = []
        var isFirst = true
        var expectsAnother = false
        while let token = peek {
            if !isFirst, !expectsAnother, token.startsLine { break }
            if token.text == "import", token.startsLine || isFirst {
                try expandImport()
                continue
            }
            if token.text == "{" {
                if expectsAnother {
                    throw CorefileError(
                        .syntax, "a zone is missing behind the comma in front of \"{\"", at: token.place)
                }
                break
            }
            isFirst = false
            var key = take()
            key.text = replacingVariables(in: key.text, with: environment)
            expectsAnother = key.text.hasSuffix(",")
            if expectsAnother { key.text.removeLast() }
            if key.text.hasSuffix("{"), key.text.count > 1, peek?.startsLine ?? true {
                throw CorefileError(
                    .syntax, "\"\(key.text)\" is read as a zone: a brace needs a blank in front of it", at: key.place,
                    fix: "\(key.text.dropLast()) {")
            }
            if key.text == "}" { throw CorefileError(.syntax, "\"}\" closes nothing here", at: key.place) }
            if !key.text.isEmpty { keys.append(key) }
        }
        if expectsAnother { throw CorefileError(.syntax, "a zone is missing behind the comma", at: lastPlace) }
        return keys
    }

    /// The lines up to the closing brace, or to the end where there is no opening one.
    private mutating func lines(closing opening: Token?, depth: Int) throws(CorefileError) -> [Directive] {
        guard depth < Self.maximumDepth else {
            throw CorefileError(.syntax, "more than \(Self.maximumDepth) blocks in one another", at: lastPlace)
        }
        var lines: [Directive] = []
        while let token = peek {
            switch token.text {
            case "}":
                _ = take()
                if opening == nil {
                    findings.append(
                        Finding(.syntax, .warning, "\"}\" closes a block that no brace opened", at: token.place))
                }
                return lines
            case "import": try expandImport()
            case "{":
                throw CorefileError(
                    .syntax, "a block's \"{\" stands at the end of the line that it belongs to", at: token.place)
            default: lines.append(try line(depth: depth))
            }
        }
        if let opening { throw CorefileError(.syntax, "the block that opens here is not closed", at: opening.place) }
        return lines
    }

    /// A name, its arguments, its block.
    private mutating func line(depth: Int) throws(CorefileError) -> Directive {
        var line = Directive(name: replaced(take()))
        while let token = peek, !token.startsLine, token.text != "}" {
            guard token.text == "{" else {
                line.arguments.append(replaced(take()))
                continue
            }
            line.options = try lines(closing: take(), depth: depth + 1)
            if let next = peek, !next.startsLine, next.text != "}" {
                throw CorefileError(.syntax, "\"\(next.text)\" stands behind the \"}\" of a block", at: next.place)
            }
            break
        }
        return line
    }

    // MARK: Tokens

    var peek: Token? { pending.last }

    /// The next token; there is one.
    mutating func take() -> Token {
        let token = pending.removeLast()
        lastPlace = token.place
        return token
    }

    func replaced(_ token: Token) -> Token {
        var token = token
        token.text = replacingVariables(in: token.text, with: environment)
        return token
    }
}
