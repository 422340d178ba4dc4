import DNSWire
import Findings
import NetworkAddress

/// What keeps a text from being the name of a host: lower-case letters, digits and `-` in labels of at most 63 octets that
/// begin and end with a letter or digit, 253 octets in all (RFC 1123 2.1 and apimachinery's IsDNS1123Subdomain). One final
/// dot is fine.
enum HostNameFault {
    /// - Returns: what is wrong, and the name that was probably meant.
    static func of(_ text: String) -> (fault: Phrase, right: String?)? {
        let right = mended(text)
        if let scheme = text.firstRange(of: "://") {
            let found = text[..<scheme.upperBound]
            return (Phrase("\"\(found)\" is a URL's scheme", zh: "\"\(found)\" 是 URL 的协议"), right)
        }
        if let character = text.unicodeScalars.first(where: { $0.properties.isWhitespace || $0.value < 0x20 }) {
            let code = "U+" + hex(character.value)
            return (Phrase("it has a blank (\(code))", zh: "含有空白字符（\(code)）"), right)
        }
        if let slash = text.firstIndex(of: "/") {
            return (Phrase("\"\(text[slash...])\" is a path", zh: "\"\(text[slash...])\" 是路径"), right)
        }
        if let colon = text.firstIndex(of: ":") {
            return (Phrase("\"\(text[colon...])\" is a port", zh: "\"\(text[colon...])\" 是端口"), right)
        }
        if let character = text.unicodeScalars.first(where: { !isAllowed($0) }) {
            let shown = character.isASCII ? "\"\(character)\"" : "\"\(character)\" (U+\(hex(character.value)))"
            return (
                Phrase("\(shown) is allowed in no host name", zh: "主机名中不允许 \(shown)"), right == text ? nil : right
            )
        }
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if labels.contains(where: \.isEmpty) {
            return (Phrase("a label is empty", zh: "有一个标签为空"), nil)
        }
        if let label = labels.first(where: { $0.hasPrefix("-") || $0.hasSuffix("-") }) {
            return (
                Phrase("label \"\(label)\" begins or ends with \"-\"", zh: "标签 \"\(label)\" 以 \"-\" 开头或结尾"), nil
            )
        }
        if let label = labels.first(where: { $0.utf8.count > DomainName.maximumLabelLength }) {
            return (
                Phrase(
                    "label \"\(label)\" has \(label.utf8.count) octets, more than 63",
                    zh: "标签 \"\(label)\" 有 \(label.utf8.count) 个字节，超过 63"), nil
            )
        }
        if name.utf8.count > 253 {
            return (
                Phrase("it has \(name.utf8.count) octets, more than 253", zh: "共 \(name.utf8.count) 个字节，超过 253"), nil
            )
        }
        return nil
    }

    private static func isAllowed(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "0"..."9", "-", ".": true
        default: false
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The name without scheme, port, path and blanks, in lower case; nil where something else is wrong.
    private static func mended(_ text: String) -> String? {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        let host = rest.filter { !$0.isWhitespace }.prefix { $0 != "/" && $0 != ":" && $0 != "?" }.lowercased()
        return host.isEmpty || !host.unicodeScalars.allSatisfy(isAllowed) ? nil : host
    }
}
