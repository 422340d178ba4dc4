import Findings
import YAML

/// A YAML fault said so that its writer sees what to change: libyaml's words come last.
enum SyntaxHint {
    /// - Parameter bytes: the whole file, for the lines around the fault.
    static func finding(_ fault: YAMLFault, in bytes: UnsafeBufferPointer<UInt8>, file: String) -> Finding {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        func line(_ number: Int) -> String {
            guard (1...lines.count).contains(number) else { return "" }
            let text = String(decoding: UnsafeBufferPointer(rebasing: lines[number - 1]), as: UTF8.self)
            return text.hasSuffix("\r") ? String(text.dropLast()) : text
        }
        // libyaml notices a line too late when a scalar ran on into the next one.
        for number in [fault.line, fault.line - 1] where number > 0 {
            if let hint = hint(line(number), fault: fault, isFaultLine: number == fault.line) {
                let others = number == 1 ? alsoAt(hint.also, lines.count, line) : ""
                return Finding(
                    "MAN001", .error, hint.message + others,
                    at: SourcePlace(file: file, line: number, column: indent(line(number)) + 1),
                    evidence: ["line \(number): \(line(number))", fault.message], fix: hint.fix)
            }
        }
        return Finding(
            "MAN001", .error, fault.message, at: SourcePlace(file: file, line: fault.line, column: fault.column),
            evidence: ["line \(fault.line): \(line(fault.line))"])
    }

    private struct Hint {
        var message: String
        var fix: String?
        /// A mark that may stand at other lines' ends too.
        var also: Character?
    }

    private static func hint(_ line: String, fault: YAMLFault, isFaultLine: Bool) -> Hint? {
        let trimmed = line.drop { $0 == " " }
        if line.contains("\t"), line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            return Hint(message: "a tab stands in the indentation; YAML wants spaces", fix: "write spaces for the tab")
        }
        let undecorated = trimmed.drop { $0 == "*" }
        if trimmed.hasPrefix("*"), undecorated.hasPrefix("---") {
            return Hint(
                message: "\"\(trimmed)\" is an alias, not a separator; remove the \"*\"", fix: String(undecorated),
                also: "*")
        }
        if trimmed.hasPrefix("-"), !trimmed.hasPrefix("--"), let second = trimmed.dropFirst().first, second != " " {
            return Hint(
                message: "\"\(trimmed)\" is no list item: a space is missing behind the dash",
                fix: "- " + trimmed.dropFirst())
        }
        if let colon = trimmed.firstIndex(of: ":"), trimmed.index(after: colon) < trimmed.endIndex {
            let key = trimmed[..<colon]
            let value = trimmed[trimmed.index(after: colon)...]
            let isWord =
                !key.isEmpty && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || $0 == "/" || $0 == "-" }
            if isWord, let first = value.first, first != " ", !value.contains(": ") {
                let fix = "\(key): \(value)"
                var message = "\"\(trimmed)\" is not a key: write \"\(fix)\""
                if ServiceFields.port.contains(String(key)) && !ServiceFields.spec.contains(String(key)) {
                    message += "; and it belongs in spec.ports[]"
                }
                return Hint(message: message, fix: fix)
            }
        }
        return nil
    }

    private static func alsoAt(_ mark: Character?, _ count: Int, _ line: (Int) -> String) -> String {
        guard let mark else { return "" }
        for number in stride(from: count, to: 1, by: -1) {
            let text = line(number)
            if text.last == mark {
                let word = text.split(separator: " ").last.map(String.init) ?? text
                return " (also line \(number) \"\(word)\")"
            }
        }
        return ""
    }

    private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }
}
