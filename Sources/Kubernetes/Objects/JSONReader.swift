import NetworkAddress

/// Reads a JSON value that lies whole in memory, from its beginning on (RFC 8259).
///
///     var reader = JSONReader(octets)
///     try reader.forEachMember { key, reader throws(DecodeFault) in try reader.skip() }
///
/// Invariant: `at` lies between the beginning of the octets and `end`; nothing is read at or behind `end`.
struct JSONReader {
    private(set) var at: UnsafeRawPointer
    private let end: UnsafeRawPointer

    init(_ octets: UnsafeRawBufferPointer) {
        at = octets.baseAddress ?? UnsafeRawPointer(bitPattern: 8)!
        end = at + octets.count
    }

    /// A text between its quotes, escapes as they are written.
    struct Text {
        let octets: UnsafeRawBufferPointer
        let hasEscapes: Bool
    }

    /// The next octet that is no space; 0 at the end.
    mutating func peek() -> UInt8 {
        while at < end {
            let octet = at.load(as: UInt8.self)
            guard octet <= Octet.space else { return octet }
            guard octet == Octet.space || octet == 0x0A || octet == 0x0D || octet == 0x09 else { return octet }
            at += 1
        }
        return 0
    }

    mutating func take(_ octet: UInt8) throws(DecodeFault) {
        guard peek() == octet else { throw unexpected("\"\(Character(UnicodeScalar(octet)))\"") }
        at += 1
    }

    @inline(never) func unexpected(_ wanted: String) -> DecodeFault {
        guard at < end else { return DecodeFault("the JSON ends where \(wanted) is wanted") }
        let near = UnsafeRawBufferPointer(start: at, count: min(end - at, 20)).text
        return DecodeFault("the JSON has \(near.debugDescription) where \(wanted) is wanted")
    }

    mutating func text() throws(DecodeFault) -> Text {
        try take(Octet.quote)
        let begin = at
        var hasEscapes = false
        while true {
            at = JSONBounds.textStop(at, end)
            guard at < end else { throw unexpected("the end of a text") }
            guard at.load(as: UInt8.self) == Octet.backslash else { break }
            hasEscapes = true
            guard end - at >= 2 else { throw unexpected("the end of a text") }
            at += 2
        }
        defer { at += 1 }
        return Text(octets: UnsafeRawBufferPointer(start: begin, count: at - begin), hasEscapes: hasEscapes)
    }

    /// Reads `null` if it stands here.
    mutating func null() throws(DecodeFault) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        let word = self.word()
        guard word.equals("null") else {
            throw DecodeFault("the JSON has \(word.text.debugDescription), which is no value")
        }
        return true
    }

    /// A number or a word, as far as it goes.
    mutating func word() -> UnsafeRawBufferPointer {
        _ = peek()
        let begin = at
        while at < end {
            let octet = at.load(as: UInt8.self)
            guard octet > Octet.space, octet != Octet.comma, octet | 0x20 != Octet.closingBrace else { break }
            at += 1
        }
        return UnsafeRawBufferPointer(start: begin, count: at - begin)
    }

    /// Passes over a value.
    /// - Returns: its octets.
    @discardableResult
    mutating func skip() throws(DecodeFault) -> UnsafeRawBufferPointer {
        guard peek() != 0 else { throw unexpected("a value") }
        var bounds = JSONBounds()
        let rest = UnsafeRawBufferPointer(start: at, count: end - at)
        guard let length = try bounds.length(rest), length > 0 else { throw unexpected("a value") }
        at += length
        return UnsafeRawBufferPointer(rebasing: rest[..<length])
    }

    /// Reads an object.
    /// - Parameter body: has to read or pass over the value of the key.
    mutating func forEachMember(
        _ body: (Text, inout JSONReader) throws(DecodeFault) -> Void
    ) throws(DecodeFault) {
        try take(Octet.brace)
        if peek() == Octet.closingBrace {
            at += 1
            return
        }
        while true {
            let key = try text()
            try take(Octet.colon)
            try body(key, &self)
            guard peek() == Octet.comma else { break }
            at += 1
        }
        try take(Octet.closingBrace)
    }

    /// Reads an array.
    /// - Parameter body: has to read or pass over one item.
    mutating func forEachItem(_ body: (inout JSONReader) throws(DecodeFault) -> Void) throws(DecodeFault) {
        try take(Octet.bracket)
        if peek() == Octet.closingBracket {
            at += 1
            return
        }
        while true {
            try body(&self)
            guard peek() == Octet.comma else { break }
            at += 1
        }
        try take(Octet.closingBracket)
    }
}

extension JSONReader.Text {
    /// Appends the text in UTF-8, without escapes; half of a surrogate pair becomes U+FFFD, as in Go's encoding/json.
    func write(to out: inout [UInt8]) throws(DecodeFault) {
        guard hasEscapes else {
            out.append(contentsOf: octets)
            return
        }
        var at = 0
        while at < octets.count {
            let octet = octets[at]
            guard octet == Octet.backslash else {
                out.append(octet)
                at += 1
                continue
            }
            // The reader has seen that something follows.
            at += 2
            switch octets[at - 1] {
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "u"): try writeUnit(&at, to: &out)
            case let other where other == Octet.quote || other == Octet.backslash || other == UInt8(ascii: "/"):
                out.append(other)
            default: throw DecodeFault("a text of the JSON has an unknown escape")
            }
        }
    }

    /// - Parameter at: behind `\u`.
    private func writeUnit(_ at: inout Int, to out: inout [UInt8]) throws(DecodeFault) {
        guard let unit = unit(at) else { throw DecodeFault("a text of the JSON has \\u without four digits behind it") }
        at += 4
        var scalar = UInt32(unit)
        if unit & 0xFC00 == 0xD800, at + 6 <= octets.count, octets[at] == Octet.backslash,
            octets[at + 1] == UInt8(ascii: "u"), let low = self.unit(at + 2), low & 0xFC00 == 0xDC00
        {
            scalar = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF))
            at += 6
        }
        out.append(contentsOf: Unicode.UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}")!)
    }

    private func unit(_ at: Int) -> UInt16? {
        guard at + 4 <= octets.count else { return nil }
        var unit: UInt16 = 0
        for octet in octets[at..<(at + 4)] {
            guard let digit = hexValue(octet) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
