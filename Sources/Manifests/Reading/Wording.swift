import Findings
import YAML

// Sentences that several findings share.

extension Phrase {
    static func notAllowed(_ path: String, _ text: String, _ all: [String]) -> Phrase {
        Phrase(
            "\(path) \"\(text)\" is not allowed: \(all.joined(separator: ", "))",
            zh: "\(path) \"\(text)\" 不是允许的值：\(all.joined(separator: "、"))")
    }

    static func wanted(_ path: String, _ node: YAMLNode, _ what: Phrase) -> Phrase {
        Phrase(
            "\(path) is \(node.kindPhrase.english): \(what.english) is wanted",
            zh: "\(path) 是\(node.kindPhrase.chinese)：应为\(what.chinese)")
    }

    static func noLabel(_ path: String, _ text: String, _ fault: Phrase) -> Phrase {
        Phrase(
            "\(path) \"\(text)\" is no DNS label: \(fault.english)",
            zh: "\(path) \"\(text)\" 不是 DNS 标签：\(fault.chinese)")
    }
}

extension YAMLNode {
    /// What the value is: `a list`, `the text "80"`.
    var kindPhrase: Phrase {
        switch content {
        case .sequence: Phrase(kindText, zh: "列表")
        case .mapping: Phrase(kindText, zh: "映射")
        case .scalar(_, .null): Phrase(kindText, zh: "空值")
        case .scalar(let text, .plain): Phrase(kindText, zh: " \(text)")
        case .scalar(let text, .quoted): Phrase(kindText, zh: "文本 \"\(text)\"")
        }
    }

    /// A plain scalar that a YAML reader takes for a number or a boolean: an API server refuses it where a text is wanted.
    var isNumberOrBoolean: Bool {
        guard isPlain, let text, let first = text.utf8.first else { return false }
        if boolean != nil || integer != nil { return true }
        // 1.10, 1e3, .5: a digit somewhere in front; "nan" and "infinity" are words.
        let mayBegin = "+-.0123456789".utf8.contains(first)
        return mayBegin && text.utf8.allSatisfy { "+-.0123456789eE".utf8.contains($0) } && Double(text) != nil
    }
}
