extension DomainName: CustomStringConvertible {
    /// A name from its text. With or without the final dot it is absolute; `\.` and `\065` are read as RFC 1035 5.1 says;
    /// `.` is the root.
    /// - Throws: `WireError` for an empty text, an empty label, a label or a name too long, or a broken escape; its
    ///   offset counts UTF-8 bytes of the text.
    package init(_ text: String) throws(WireError) {
        let utf8 = Array(text.utf8)
        guard !utf8.isEmpty else { throw WireError(.emptyLabel, at: 0) }
        if utf8 == [UInt8(ascii: ".")] {
            self = .root
            return
        }
        var wire: [UInt8] = [0]
        var start = 0
        var at = 0
        while at < utf8.count {
            var byte = utf8[at]
            if byte == UInt8(ascii: ".") {
                guard wire.count > start + 1 else { throw WireError(.emptyLabel, at: at) }
                wire[start] = UInt8(wire.count - start - 1)
                start = wire.count
                wire.append(0)
                at += 1
                continue
            }
            if byte == UInt8(ascii: "\\") {
                (byte, at) = try DomainName.escape(in: utf8, at: at)
            }
            wire.append(byte)
            guard wire.count - start - 1 <= DomainName.maximumLabelLength else { throw WireError(.badLabel, at: at) }
            at += 1
        }
        if wire.count > start + 1 {
            wire[start] = UInt8(wire.count - start - 1)
            wire.append(0)
        }
        guard wire.count <= DomainName.maximumLength else { throw WireError(.nameTooLong, at: utf8.count) }
        self.init(unchecked: wire)
    }

    /// The octet of the escape that begins at `at`, and where it ends.
    private static func escape(in text: [UInt8], at: Int) throws(WireError) -> (UInt8, Int) {
        guard at + 1 < text.count else { throw WireError(.badEscape, at: at) }
        guard digit(text[at + 1]) != nil else { return (text[at + 1], at + 1) }
        guard at + 3 < text.count, let hundreds = digit(text[at + 1]), let tens = digit(text[at + 2]),
            let ones = digit(text[at + 3]), hundreds * 100 + tens * 10 + ones <= 255
        else { throw WireError(.badEscape, at: at) }
        return (UInt8(hundreds * 100 + tens * 10 + ones), at + 3)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    /// The text with its final dot, escapes where RFC 1035 5.1 wants them.
    package var description: String {
        isRoot ? "." : labels.map { DomainName.text(of: $0) + "." }.joined()
    }

    /// One label as text, escaped.
    package static func text(of label: some Sequence<UInt8>) -> String {
        var out = ""
        for byte in label {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "$"):
                out += "\\" + String(UnicodeScalar(byte))
            case 0x21...0x7E:
                out.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte)
                out += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return out
    }
}
