import Findings

// What is written elsewhere and stands in a block: snippets, files, globs.

extension Parser {
    /// `name` of `(name)`.
    func snippetName(_ keys: [Token]) -> String? {
        guard keys.count == 1, keys[0].text.hasPrefix("("), keys[0].text.hasSuffix(")") else { return nil }
        return String(keys[0].text.dropFirst().dropLast())
    }

    mutating func defineSnippet(_ name: String) throws(CorefileError) {
        guard let opening = peek, opening.text == "{" else {
            throw CorefileError(
                .syntax, "the snippet \"\(name)\" needs a block in braces", at: peek?.place ?? lastPlace)
        }
        guard snippets[name] == nil else {
            throw CorefileError(.syntax, "the snippet \"\(name)\" is there already", at: opening.place)
        }
        _ = take()
        var tokens: [Token] = []
        var depth = 1
        while let token = peek {
            _ = take()
            if token.text == "{" { depth += 1 }
            if token.text == "}" { depth -= 1 }
            if depth == 0 { break }
            tokens.append(token)
        }
        guard depth == 0 else {
            throw CorefileError(.syntax, "the snippet's block that opens here is not closed", at: opening.place)
        }
        snippets[name] = tokens
    }

    /// Puts what `import NAME|FILE|GLOB [ARGUMENTS…]` brings in its place. Beyond CoreDNS, a snippet takes arguments: `{args[0]}`.
    mutating func expandImport() throws(CorefileError) {
        let statement = take()
        var arguments: [Token] = []
        while let token = peek, !token.startsLine, token.text != "{", token.text != "}" {
            arguments.append(replaced(take()))
        }
        guard let target = arguments.first, !target.text.isEmpty else {
            throw CorefileError(.syntax, "import needs a snippet, a file or a glob", at: statement.place)
        }
        imports += 1
        guard imports <= Self.maximumImports else {
            throw CorefileError(
                .syntax, "more than \(Self.maximumImports) imports: does one import itself?", at: statement.place)
        }
        var tokens: [Token]
        if let snippet = snippets[target.text] {
            tokens = filled(snippet, with: arguments.dropFirst().map(\.text))
        } else {
            guard arguments.count == 1 else {
                throw CorefileError(.syntax, "import takes one file or glob", at: arguments[1].place)
            }
            tokens = try fileTokens(target)
        }
        // What was one line stays one: what comes in begins a line where the statement did.
        if !tokens.isEmpty { tokens[0].startsLine = statement.startsLine || tokens[0].startsLine }
        tokenCount += tokens.count
        guard tokenCount <= Self.maximumTokens else {
            throw CorefileError(.syntax, "imports make more than \(Self.maximumTokens) words", at: statement.place)
        }
        pending += tokens.reversed()
    }

    private func filled(_ tokens: [Token], with arguments: [String]) -> [Token] {
        guard !arguments.isEmpty else { return tokens }
        return tokens.map { token in
            var token = token
            for (place, argument) in arguments.enumerated() {
                token.text = token.text.replacing("{args[\(place)]}", with: argument)
            }
            return token
        }
    }

    private mutating func fileTokens(_ target: Token) throws(CorefileError) -> [Token] {
        let path = CorefileFiles.path(target.text, besides: target.place.file)
        guard CorefileFiles.isGlob(path) else { return try tokens(of: path, importedAt: target) }
        // CoreDNS's bound on what a glob may cost (its issue 2096).
        guard path.count(where: { $0 == "*" }) <= 1, path.count(where: { $0 == "?" }) <= 1,
            !(path.contains("[") && path.contains("]"))
        else { throw CorefileError(.syntax, "a glob has one wildcard at most: \(path)", at: target.place) }
        let matches = files.matches(of: path)
        if matches.isEmpty {
            findings.append(Finding(.fileMissing, .info, "no file matches \(path)", at: target.place))
        }
        var all: [Token] = []
        for match in matches { all += try tokens(of: match, importedAt: target) }
        return all
    }

    private mutating func tokens(of path: String, importedAt target: Token) throws(CorefileError) -> [Token] {
        let text: String
        do throws(FileFault) {
            text = try files.text(of: path)
        } catch {
            let isWord = !target.text.contains { $0 == "/" || $0 == "." }
            throw CorefileError(
                .fileMissing,
                isWord
                    ? "\"\(target.text)\" is no snippet above, and no file: \(error.reason)"
                    : "cannot import \(path): \(error.reason)", at: target.place)
        }
        return try Lexer.tokens(of: text, file: path)
    }
}
