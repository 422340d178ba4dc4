import DNSWire
import Findings

// plugin/rewrite: rewrite.go, name.go, ttl.go, cname_target.go, rcode.go, type.go, class.go

extension RewriteSettings {
    /// `rewrite [continue|stop] RULE`, on one line or with the rule in braces.
    ///
    /// Names are kept as CoreDNS compares them: in lower case with a final dot, prefixes and substrings too (which so are
    /// whole labels). A regular expression is kept as it is written.
    init(_ directive: Directive) throws(CorefileError) {
        var words = directive.arguments[...]
        if words.count < 2 {
            words += directive.options.flatMap(\.words)
        } else {
            try directive.requireNoBlock()
        }
        var mode = Mode.stop
        if let first = words.first?.text.lowercased(), first == "continue" || first == "stop" {
            mode = first == "stop" ? .stop : .continue
            words.removeFirst()
        }
        guard let kind = words.popFirst() else { throw directive.fault("rewrite names no rule") }
        let rule = RewriteRule(directive: directive, kind: kind, words: Array(words))
        self.init(mode: mode, change: try rule.change())
    }
}

extension Directive {
    /// The line's words, its block's behind.
    fileprivate var words: [Token] { [name] + arguments + options.flatMap(\.words) }
}

/// A rule's words, behind the mode.
struct RewriteRule {
    var directive: Directive
    /// `name`, `ttl`, …
    var kind: Token
    var words: [Token]

    func fault(_ message: String, at token: Token? = nil) -> CorefileError {
        directive.fault(message, at: token ?? kind)
    }

    func change() throws(CorefileError) -> RewriteSettings.Change {
        switch kind.text.lowercased() {
        case "name": return try name()
        case "type":
            try require(2...2, "two types")
            return .type(try directive.type(words[0]), try directive.type(words[1]))
        case "class":
            try require(2...2, "two classes")
            return .recordClass(try directive.recordClass(words[0]), try directive.recordClass(words[1]))
        case "ttl":
            try require(2...3, "a name and a TTL")
            return .ttl(try match(words.dropLast()), try ttl(words[words.count - 1]))
        case "cname":
            try require(2...3, "two names")
            return try cname()
        case "rcode":
            try require(3...4, "a name and two rcodes")
            let codes = words.suffix(2)
            return .rcode(
                try match(words.dropLast(2)), from: try rcode(codes[codes.startIndex]),
                to: try rcode(words[words.count - 1]))
        case "edns0": return .edns0(try EDNS0Rule(rule: self).change())
        case "answer": throw fault("an answer is rewritten by what stands behind a name rule")
        default: throw fault("\"\(kind.text)\" is no rule: name, type, class, ttl, cname, rcode and edns0 are")
        }
    }

    func require(_ count: ClosedRange<Int>, _ what: String) throws(CorefileError) {
        guard !count.contains(words.count) else { return }
        throw fault(
            "rewrite \(kind.text) takes \(what)", at: words.count > count.upperBound ? words[count.upperBound] : nil)
    }

    // MARK: Names

    /// `NAME` or `exact|prefix|suffix|substring|regex NAME`.
    private func match(_ words: ArraySlice<Token>) throws(CorefileError) -> RewriteSettings.Match {
        let words = Array(words)
        return words.count == 1 ? .exact(normalized(words[0].text)) : try match(words[0], words[1])
    }

    private func match(_ how: Token, _ what: Token) throws(CorefileError) -> RewriteSettings.Match {
        let name = normalized(what.text)
        switch how.text.lowercased() {
        case "exact": return .exact(name)
        case "prefix": return .prefix(name)
        case "suffix": return .suffix(name)
        case "substring": return .substring(name)
        case "regex": return .regex(try directive.pattern(what))
        default:
            throw fault("\"\(how.text)\" is none of exact, prefix, suffix, substring and regex", at: how)
        }
    }

    /// `[MATCH] FROM TO [answer auto|name FROM TO|value FROM TO]…`
    private func name() throws(CorefileError) -> RewriteSettings.Change {
        try require(2...Int.max, "two names")
        guard words.count > 2 else {
            return .name(.exact(normalized(words[0].text)), with: normalized(words[1].text), answers: [])
        }
        let match = try match(words[0], words[1])
        let replacement = normalized(words[2].text)
        if case .regex(let pattern) = match { try checkGroups(of: words[2], pattern) }
        return .name(match, with: replacement, answers: try answers(words.dropFirst(3)))
    }

    private func answers(_ words: ArraySlice<Token>) throws(CorefileError) -> [RewriteSettings.Answers] {
        var answers: [RewriteSettings.Answers] = []
        var rest = words
        var isFirst = true
        while let word = rest.popFirst() {
            var kind = word
            if word.text == "answer" {
                guard let next = rest.popFirst() else { throw fault("answer takes auto, name or value", at: word) }
                kind = next
            } else if isFirst {
                throw fault("\"\(word.text)\" stands where answer could", at: word)
            }
            isFirst = false
            switch kind.text {
            case "auto": answers.append(.auto)
            case "name", "value":
                guard let from = rest.popFirst(), let to = rest.popFirst() else {
                    throw fault("answer \(kind.text) takes a regular expression and a name", at: kind)
                }
                let pattern = try directive.pattern(from)
                try checkGroups(of: to, pattern)
                let replacement = normalized(to.text)
                answers.append(kind.text == "name" ? .name(pattern, replacement) : .value(pattern, replacement))
            default: throw fault("answer takes auto, name or value, not \"\(kind.text)\"", at: kind)
            }
        }
        let hasNames = answers.contains { if case .name = $0 { true } else { false } }
        if answers.contains(.auto), hasNames { throw fault("answer auto and answer name exclude each other") }
        return answers
    }

    /// That the replacement asks for no more groups than the expression can have; RE2 counts them when it compiles.
    private func checkGroups(of replacement: Token, _ pattern: String) throws(CorefileError) {
        let asked = (0...100).count { replacement.text.contains("{\($0)}") }
        guard asked > pattern.count(where: { $0 == "(" }) else { return }
        throw fault("\"\(replacement.text)\" asks for more groups than \"\(pattern)\" has", at: replacement)
    }

    private func cname() throws(CorefileError) -> RewriteSettings.Change {
        let replacement = words[words.count - 1].text.lowercased()
        guard words.count == 3 else { return .cname(try match(words.dropLast()), with: normalized(replacement)) }
        // But for exact, the parts are taken as they are written: they may end inside of a label.
        let from = words[1].text.lowercased()
        switch try match(words[0], words[1]) {
        case .exact(let name): return .cname(.exact(name), with: normalized(replacement))
        case .prefix: return .cname(.prefix(from), with: replacement)
        case .suffix: return .cname(.suffix(from), with: replacement)
        case .substring: return .cname(.substring(from), with: replacement)
        case .regex(let pattern): return .cname(.regex(pattern), with: replacement)
        }
    }

    /// In lower case, with a final dot.
    private func normalized(_ text: String) -> String {
        let lower = text.lowercased()
        return lower.hasSuffix(".") ? lower : lower + "."
    }

    // MARK: Numbers

    /// `30`, `30-60`, `30-`, `-60`.
    private func ttl(_ token: Token) throws(CorefileError) -> RewriteSettings.TTL {
        let parts = token.text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.map { UInt32($0) }
        if parts.count == 1, let seconds = numbers[0] { return .fixed(seconds) }
        guard parts.count == 2, token.text != "-",
            zip(parts, numbers).allSatisfy({ $0.isEmpty || $1 != nil }),
            numbers[0] ?? 0 <= numbers[1] ?? .max
        else { throw fault("\"\(token.text)\" is no TTL, as 30, 30-60, 30- or -60", at: token) }
        return .range(numbers[0], numbers[1])
    }

    private func rcode(_ token: Token) throws(CorefileError) -> ResponseCode {
        if let number = UInt16(token.text), number <= 23 { return ResponseCode(rawValue: number) }
        return try directive.rcode(token)
    }
}
