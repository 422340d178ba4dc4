/// Finds where a JSON value ends (RFC 8259), in octets that may come piece by piece. Looks at quotes and brackets only:
/// what stands between them is checked where it is read.
struct JSONBounds {
    private enum Form { case bracketed, text, other }

    private var form: Form?
    private var depth = 0
    private var isInText = false
    /// Octets of the value that have been looked at.
    private var seen = 0

    /// - Parameter octets: from the value's first on; in the next call the same ones and more.
    /// - Returns: the value's length; nil where its end has not come. A number or a word ends where another octet follows.
    mutating func length(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> Int? {
        guard let first = octets.first, let base = octets.baseAddress else { return nil }
        if form == nil { form = first == Octet.quote ? .text : first | 0x20 == Octet.brace ? .bracketed : .other }
        guard form != .other else { return lengthOfOther(octets) }
        var at = base + seen
        let end = base + octets.count
        defer { seen = at - base }
        while at < end {
            if isInText {
                at = JSONBounds.textStop(at, end)
                guard at < end else { return nil }
                if at.load(as: UInt8.self) == Octet.backslash {
                    // With what it escapes, or not yet.
                    guard end - at >= 2 else { return nil }
                    at += 2
                    continue
                }
                isInText = false
                at += 1
                if depth == 0 { return at - base }
                continue
            }
            let octet = at.load(as: UInt8.self)
            at += 1
            if octet == Octet.quote {
                isInText = true
            } else if octet | 0x20 == Octet.brace {
                depth += 1
            } else if octet | 0x20 == Octet.closingBrace {
                depth -= 1
                if depth == 0 { return at - base }
                guard depth > 0 else { throw DecodeFault("a bracket of the JSON is closed that was not opened") }
            }
        }
        return nil
    }

    private func lengthOfOther(_ octets: UnsafeRawBufferPointer) -> Int? {
        octets.firstIndex { $0 == Octet.comma || $0 | 0x20 == Octet.closingBrace || $0 <= Octet.space }
    }

    /// The first quote or backslash; `end` where there is none. Eight octets at a time: a zero octet of `x` borrows in
    /// `x - 0x01…01` (Warren, Hacker's Delight, 6-1).
    static func textStop(_ from: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var at = from
        while end - at >= 8 {
            let word = UInt64(littleEndian: at.loadUnaligned(as: UInt64.self))
            let quotes = word ^ (ones &* UInt64(Octet.quote))
            let backslashes = word ^ (ones &* UInt64(Octet.backslash))
            let stops = ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & (ones << 7)
            // The lowest mark is a true one: a borrow only goes upwards.
            if stops != 0 { return at + stops.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < end {
            let octet = at.load(as: UInt8.self)
            if octet == Octet.quote || octet == Octet.backslash { return at }
            at += 1
        }
        return end
    }
}

/// The octets that JSON is made of.
enum Octet {
    static let quote = UInt8(ascii: "\""), backslash = UInt8(ascii: "\\"), comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":"), space = UInt8(ascii: " "), minus = UInt8(ascii: "-")
    /// `{` and, without bit 5, `[`.
    static let brace = UInt8(ascii: "{"), bracket = UInt8(ascii: "[")
    static let closingBrace = UInt8(ascii: "}"), closingBracket = UInt8(ascii: "]")
}
