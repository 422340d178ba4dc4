import Findings

/// Characters that look like ASCII and are not: they come from a web page, a chat or another keyboard.
package enum LookAlikes {
    /// What a character looks like; nil for one that looks like nothing in ASCII.
    static func ascii(for scalar: UnicodeScalar) -> String? {
        switch scalar.value {
        case 0x00A0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: " "
        case 0x00AD, 0x200B...0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: ""
        case 0x2010...0x2015, 0x2043, 0x2212, 0xFE63: "-"
        case 0x2018, 0x2019, 0x201B, 0x2032, 0x00B4: "'"
        case 0x201C...0x201F, 0x2033: "\""
        case 0x3002, 0x2024: "."
        case 0x3001: ","
        case 0x2026: "..."
        case 0xFF01...0xFF5E: String(UnicodeScalar(UInt8(scalar.value - 0xFEE0)))
        default: nil
        }
    }

    /// Cyrillic and Greek letters with the shape of a Latin one; words of those languages have them by right.
    private static let letters: [UnicodeScalar: UnicodeScalar] = Dictionary(
        uniqueKeysWithValues: zip(
            "асԁеһіјорԛѕԝхуАВСЕНІЈКМОРЅТХοαρνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ".unicodeScalars,
            "acdehijopqswxyABCEHIJKMOPSTXoapvABEZHIKMNOPTYX".unicodeScalars))

    /// The look-alikes of a text, by their places in its scalars, with what they look like. A foreign letter is one only
    /// beside a Latin letter or a digit.
    static func find(in text: String) -> [(index: Int, scalar: UnicodeScalar, ascii: String)] {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return [] }
        let scalars = Array(text.unicodeScalars)
        func isLatin(_ index: Int) -> Bool {
            scalars.indices.contains(index) && scalars[index].isASCII
                && scalars[index].properties.isAlphabetic
        }
        return scalars.indices.compactMap { index in
            if let ascii = ascii(for: scalars[index]) { return (index, scalars[index], ascii) }
            guard let letter = letters[scalars[index]], isLatin(index - 1) || isLatin(index + 1) else { return nil }
            return (index, scalars[index], String(letter))
        }
    }

    /// The text with ASCII in place of what looks like it.
    package static func plain(_ text: String) -> String {
        let found = Dictionary(uniqueKeysWithValues: find(in: text).map { ($0.index, $0.ascii) })
        guard !found.isEmpty else { return text }
        return text.unicodeScalars.enumerated().map { found[$0.offset] ?? String($0.element) }.joined()
    }

    /// The same without the quotes of a word processor around it.
    static func unquoted(_ text: String) -> String {
        let plain = plain(text)
        guard plain.count > 1, let quote = plain.first, quote == "\"" || quote == "'", plain.last == quote else {
            return plain
        }
        return String(plain.dropFirst().dropLast())
    }

    /// `U+2013`
    static func code(_ scalar: UnicodeScalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// `the character U+2013 "–" looks like "-" and is not`
    static func sentence(_ scalar: UnicodeScalar, _ ascii: String) -> Phrase {
        if ascii.isEmpty {
            return Phrase("the character \(code(scalar)) cannot be seen", zh: "字符 \(code(scalar)) 不可见")
        }
        let like =
            switch ascii {
            case " ": Phrase("a space", zh: "空格")
            default: Phrase("\"\(ascii)\"")
            }
        return Phrase(
            "the character \(code(scalar)) \"\(scalar)\" looks like \(like.english) and is not",
            zh: "字符 \(code(scalar)) \"\(scalar)\" 看似\(like.chinese)，其实不是")
    }
}
