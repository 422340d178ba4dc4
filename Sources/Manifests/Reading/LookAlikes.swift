import Findings

/// Characters that look like ASCII and are not: a manifest copied from a web page or a chat.
struct LookAlikes {
    private(set) var findings: [Finding] = []

    private static func ascii(for scalar: UInt32) -> String? {
        switch scalar {
        case 0x00A0, 0x2000...0x200A, 0x202F, 0x3000: "a space"
        case 0x200B...0x200D, 0x2060, 0xFEFF: "nothing"
        case 0x2010...0x2015, 0x2212, 0xFF0D: "-"
        case 0x2018, 0x2019, 0xFF07: "'"
        case 0x201C, 0x201D, 0xFF02: "\""
        case 0xFF01...0xFF5E: String(UnicodeScalar(scalar - 0xFEE0)!)
        default: nil
        }
    }

    /// Looks at keys and values, not at comments, where any character is welcome.
    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard line.utf8.contains(where: { $0 >= 0x80 }) else { continue }
            var column = 0
            for scalar in line.unicodeScalars {
                column += 1
                if scalar == "#" { break }
                // A byte-order mark at the very beginning is only a mark.
                if index == 0 && column == 1 && scalar.value == 0xFEFF { continue }
                guard let plain = LookAlikes.ascii(for: scalar.value) else { continue }
                let code =
                    "U+" + String(repeating: "0", count: max(0, 4 - String(scalar.value, radix: 16).count))
                    + String(scalar.value, radix: 16, uppercase: true)
                findings.append(
                    Finding(
                        "MAN010", .warning, "the character \(code) \"\(scalar)\" looks like \(plain) and is not",
                        at: SourcePlace(file: file, line: index + 1, column: column), fix: "write \(plain)"))
                break
            }
        }
    }
}
