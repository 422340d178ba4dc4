import Findings

/// DNS labels as Kubernetes checks them (apimachinery/pkg/util/validation).
enum Label {
    /// What is wrong with an RFC 1123 label, nil for nothing.
    static func fault(_ text: String) -> Phrase? {
        if text.isEmpty { return Phrase("it is empty", zh: "为空") }
        let length = text.utf8.count
        if length > 63 {
            return Phrase(
                "it has \(length) characters, a DNS label has at most 63", zh: "有 \(length) 个字符，DNS 标签最多 63 个")
        }
        return characterFault(text)
    }

    private static func characterFault(_ text: String) -> Phrase? {
        if text.isEmpty { return Phrase("a part of it is empty", zh: "其中一段为空") }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", "-": continue
            case "A"..."Z":
                return Phrase(
                    "\"\(scalar)\" is a capital letter; a DNS label here is in lower case",
                    zh: "\"\(scalar)\" 是大写字母；这里的 DNS 标签只能用小写")
            default:
                let code = scalar.isASCII ? "" : " (\(LookAlikes.code(scalar)))"
                return Phrase(
                    "\"\(scalar)\"\(code) is no letter, digit or \"-\"",
                    zh: "\"\(scalar)\"\(code) 不是字母、数字或 \"-\"")
            }
        }
        if text.hasPrefix("-") || text.hasSuffix("-") {
            return Phrase("it begins or ends with \"-\"", zh: "以 \"-\" 开头或结尾")
        }
        return nil
    }

    /// The same for names of several labels.
    static func subdomainFault(_ text: String) -> Phrase? {
        let length = text.utf8.count
        if length > 253 {
            return Phrase("it has \(length) characters, at most 253 are allowed", zh: "有 \(length) 个字符，最多 253 个")
        }
        return text.split(separator: ".", omittingEmptySubsequences: false).lazy
            .compactMap { characterFault(String($0)) }.first
    }

    /// A label that its writer may have meant, where lower case and dashes make one.
    static func corrected(_ text: String) -> Phrase? {
        let plain = LookAlikes.plain(text).lowercased()
        let label = String(plain.map { $0 == "_" || $0 == "." || $0 == " " ? "-" : $0 })
        return fault(label) == nil ? Phrase("write \(label)", zh: "改为 \(label)") : nil
    }
}
