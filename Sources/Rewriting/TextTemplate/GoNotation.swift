import NetworkAddress

/// Whole numbers as Go writes and reads them.
enum GoInteger {
    /// An integer literal with its sign; nil where it is none or does not fit 64 bits.
    static func literal(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard let value = unsigned(String(digits), base: 0) else { return nil }
        return isNegative ? (value == 1 << 63 ? Int.min : Int(exactly: value).map { -$0 }) : Int(exactly: value)
    }

    /// Go's strconv.ParseUint: base 0 goes by the prefix, and only then `_` may stand between digits.
    static func unsigned(_ text: String, base: Int) -> UInt64? {
        var digits = text[...]
        var radix = base
        if base == 0 {
            let prefixes = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)]
            let found = prefixes.first { digits.count > $0.0.count && digits.lowercased().hasPrefix($0.0) }
            radix = found?.1 ?? 10
            digits = digits.dropFirst(found?.0.count ?? 0)
            guard digits.last != "_", !digits.contains("__") else { return nil }
            digits = digits.filter { $0 != "_" }[...]
        }
        guard (2...36).contains(radix), let first = digits.utf8.first, TemplateLexer.isWord(first) else { return nil }
        return UInt64(digits, radix: radix)
    }
}

/// Escapes of Go's string literals.
enum GoEscape {
    private static let single: [UInt8: UInt8] = [
        0x61: 7, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9, 0x76: 11, 0x5C: 0x5C, 0x27: 0x27, 0x22: 0x22,
    ]

    /// The octets of the escape that the slice begins with, and its length; nil where it is none.
    static func read(_ text: ArraySlice<UInt8>) -> ([UInt8], Int)? {
        guard let kind = text.dropFirst().first else { return nil }
        if let octet = single[kind] { return ([octet], 2) }
        let digits = text.dropFirst(2)
        switch kind {
        case UInt8(ascii: "x"): return number(digits, count: 2, radix: 16).flatMap { ([UInt8($0)], 4) }
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = kind == UInt8(ascii: "u") ? 4 : 8
            guard let value = number(digits, count: count, radix: 16), let scalar = Unicode.Scalar(value) else {
                return nil
            }
            return (Array(String(Character(scalar)).utf8), 2 + count)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            guard let value = number(text.dropFirst(), count: 3, radix: 8), value < 256 else { return nil }
            return ([UInt8(value)], 4)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>, count: Int, radix: UInt32) -> UInt32? {
        guard digits.count >= count else { return nil }
        var value: UInt32 = 0
        for byte in digits.prefix(count) {
            guard let digit = hexValue(byte), digit < radix, value < 1 << 28 else { return nil }
            value = value * radix + UInt32(digit)
        }
        return value
    }

    /// A text between quotation marks as Go's `%q` writes it.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                out += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
