/// A word of an action, `{{ … }}`.
struct TemplateToken {
    enum Kind: Equatable {
        /// A name: of a function, a keyword, `true`, `false`, `nil`.
        case word(String)
        /// `.Name`, without the dot.
        case field(String)
        /// `$name`, with the `$`.
        case variable(String)
        case text(String)
        case number(Int)
        case dot, pipe, open, close, comma, declare, assign
    }

    var kind: Kind
    /// Octets from the start of the template.
    var offset: Int
    /// Whether a blank, or the action's start, stands in front.
    var isSpaced: Bool
}

/// A template taken apart into text and actions (Go's text/template, "Actions" and "Text and spaces").
struct TemplateLexer {
    enum Piece {
        case text(String)
        /// Where it begins, and its words.
        case action(Int, [TemplateToken])
    }

    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The whole template; comments are left out, texts trimmed where a marker says so.
    mutating func pieces() throws(TemplateSyntaxError) -> [Piece] {
        var pieces: [Piece] = []
        var trims = false
        while at < bytes.count {
            let start = at
            while at < bytes.count, !stands("{{") { at += 1 }
            var text = bytes[start..<at]
            if trims { text = text.drop(while: isBlank) }
            trims = false
            let open = at
            let isAction = at < bytes.count
            if isAction {
                at += 2
                if stands("-"), at + 1 < bytes.count, isBlank(bytes[at + 1]) {
                    at += 2
                    while let last = text.last, isBlank(last) { text.removeLast() }
                }
            }
            if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
            guard isAction else { break }
            if stands("/*") {
                trims = try skipComment(from: open)
            } else {
                let (tokens, trimsRight) = try action(from: open)
                pieces.append(.action(open, tokens))
                trims = trimsRight
            }
        }
        return pieces
    }

    private func fault(_ reason: String, at offset: Int) -> TemplateSyntaxError {
        TemplateSyntaxError(reason: reason, place: TemplatePlace(offset: offset, in: bytes))
    }

    private func stands(_ text: StaticString) -> Bool {
        guard at + text.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { bytes[at + $0] == text.utf8Start[$0] }
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D }

    /// The end of an action, if it is here: whether it trims what follows.
    private mutating func end() -> Bool? {
        if stands("}}") {
            at += 2
            return false
        }
        if at < bytes.count, isBlank(bytes[at]) {
            let start = at
            at += 1
            if stands("-}}") {
                at += 3
                return true
            }
            at = start
        }
        return nil
    }

    private mutating func skipComment(from open: Int) throws(TemplateSyntaxError) -> Bool {
        while at < bytes.count, !stands("*/") { at += 1 }
        at += 2
        guard at <= bytes.count, let trims = end() else {
            throw fault("a comment ends with \"*/}}\"", at: open)
        }
        return trims
    }

    private mutating func action(
        from open: Int
    ) throws(TemplateSyntaxError) -> (tokens: [TemplateToken], trims: Bool) {
        var tokens: [TemplateToken] = []
        var isSpaced = true
        while at < bytes.count {
            if let trims = end() { return (tokens, trims) }
            if isBlank(bytes[at]) {
                at += 1
                isSpaced = true
                continue
            }
            let offset = at
            tokens.append(TemplateToken(kind: try token(), offset: offset, isSpaced: isSpaced))
            isSpaced = false
        }
        throw fault("an action is not closed with \"}}\"", at: open)
    }

    private mutating func token() throws(TemplateSyntaxError) -> TemplateToken.Kind {
        let byte = bytes[at]
        let next = at + 1 < bytes.count ? bytes[at + 1] : 0
        switch byte {
        case UInt8(ascii: "|"): return single(.pipe)
        case UInt8(ascii: "("): return single(.open)
        case UInt8(ascii: ")"): return single(.close)
        case UInt8(ascii: ","): return single(.comma)
        case UInt8(ascii: "="): return single(.assign)
        case UInt8(ascii: ":") where next == UInt8(ascii: "="):
            at += 2
            return .declare
        case UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'"): return try quoted()
        case UInt8(ascii: "$"):
            at += 1
            return .variable("$" + name())
        case UInt8(ascii: "."):
            at += 1
            let name = name()
            return name.isEmpty ? .dot : .field(name)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"): return try number()
        default:
            let offset = at
            let name = name()
            guard !name.isEmpty else {
                let shown = String(decoding: [byte], as: UTF8.self)
                throw fault("\"\(shown)\" cannot stand in an action", at: offset)
            }
            return .word(name)
        }
    }

    private mutating func single(_ kind: TemplateToken.Kind) -> TemplateToken.Kind {
        at += 1
        return kind
    }

    /// Letters, digits and `_`; octets of UTF-8 count as letters.
    private mutating func name() -> String {
        let start = at
        while at < bytes.count, TemplateLexer.isWord(bytes[at]) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// A whole number in Go's notation: `10`, `-3`, `0x1f`, `0b1`, `0o17`, `1_000`.
    private mutating func number() throws(TemplateSyntaxError) -> TemplateToken.Kind {
        let start = at
        at += 1
        while at < bytes.count, TemplateLexer.isWord(bytes[at]) || bytes[at] == UInt8(ascii: ".") { at += 1 }
        let shown = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let value = GoInteger.literal(shown) else { throw fault("\"\(shown)\" is no whole number", at: start) }
        return .number(value)
    }

    /// `"…"` with escapes, `` `…` `` without, `'c'` for a character's number.
    private mutating func quoted() throws(TemplateSyntaxError) -> TemplateToken.Kind {
        let (start, mark) = (at, bytes[at])
        at += 1
        var content: [UInt8] = []
        while at < bytes.count, bytes[at] != mark {
            if mark != UInt8(ascii: "`") {
                guard bytes[at] != UInt8(ascii: "\n") else { break }
                if bytes[at] == UInt8(ascii: "\\") {
                    guard let (octets, length) = GoEscape.read(bytes[at...]) else {
                        throw fault("the escape is unknown", at: at)
                    }
                    content += octets
                    at += length
                    continue
                }
            }
            content.append(bytes[at])
            at += 1
        }
        guard at < bytes.count, bytes[at] == mark else { throw fault("a quotation mark is not closed", at: start) }
        at += 1
        let text = String(decoding: content, as: UTF8.self)
        guard mark == UInt8(ascii: "'") else { return .text(text) }
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw fault("one character stands between single quotation marks", at: start)
        }
        return .number(Int(scalar.value))
    }
}
