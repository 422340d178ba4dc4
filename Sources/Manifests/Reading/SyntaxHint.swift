import Findings
import YAML

/// A YAML fault said so that its writer sees what to change: libyaml's words come last.
enum SyntaxHint {
    /// What the lines are to be that bring a fault, by their numbers from 1; empty where nobody can tell.
    /// - Parameter lines: of the whole file.
    static func corrections(_ fault: YAMLFault, in lines: [String]) -> [Int: String] {
        func line(_ number: Int) -> String { lines.indices.contains(number - 1) ? lines[number - 1] : "" }
        for number in [fault.line, fault.line - 1] where number > 0 {
            guard let hint = hint(line(number), fault: fault, isFaultLine: number == fault.line) else { continue }
            guard let corrected = hint.corrected else { return [:] }
            var out = [number: corrected]
            // Markdown's bold: its other end is at the end of the text.
            if let mark = hint.also, let last = lines.lastIndex(where: { $0.last == mark }), last + 1 != number {
                out[last + 1] = String(lines[last].dropLast())
            }
            return out
        }
        return [:]
    }

    /// Whether a tab in an indentation brings the fault.
    static func isTab(_ fault: YAMLFault, in lines: [String]) -> Bool {
        [fault.line, fault.line - 1].contains { number in
            lines.indices.contains(number - 1)
                && lines[number - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
        }
    }

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
                let others = number == 1 ? alsoAt(hint.also, lines.count, line) : nil
                return Finding(
                    "MAN001", .error,
                    Phrase(
                        hint.message.english + (others?.english ?? ""),
                        zh: hint.message.chinese + (others?.chinese ?? "")),
                    at: SourcePlace(file: file, line: number, column: hint.column ?? indent(line(number)) + 1),
                    evidence: [quote(number, line(number)), Phrase(fault.message)], fix: hint.fix)
            }
        }
        return Finding(
            "MAN001", .error, Phrase(fault.message, zh: "YAML 语法错误：\(fault.message)"),
            at: SourcePlace(file: file, line: fault.line, column: fault.column),
            evidence: [quote(fault.line, line(fault.line))])
    }

    private static func quote(_ number: Int, _ text: String) -> Phrase {
        Phrase("line \(number): \(text)", zh: "第 \(number) 行：\(text)")
    }

    private struct Hint {
        var message: Phrase
        var fix: Phrase?
        /// nil: where the line's text begins.
        var column: Int?
        /// The whole line as it was meant.
        var corrected: String?
        /// A mark that may stand at other lines' ends too.
        var also: Character?
    }

    private static func hint(_ line: String, fault: YAMLFault, isFaultLine: Bool) -> Hint? {
        let trimmed = line.drop { $0 == " " }
        let margin = String(line.prefix { $0 == " " })
        let lookAlikes = LookAlikes.find(in: String(line.prefix { $0 != "#" }))
        // Only those of YAML's own marks can be the fault's cause: on a line before, a colon that makes no key.
        let isIndented = lookAlikes.first.map { $0.ascii == " " && $0.index <= margin.count } ?? false
        let marks = isFaultLine || isIndented ? ["", " ", ":", "-", "'", "\""] : line.contains(": ") ? [] : [":"]
        if let first = lookAlikes.first(where: { marks.contains($0.ascii) }) {
            return Hint(
                message: LookAlikes.sentence(first.scalar, first.ascii), fix: Phrase(LookAlikes.plain(String(trimmed))),
                column: first.index + 1,
                corrected: LookAlikes.plain(String(line.prefix { $0 != "#" })) + line.drop { $0 != "#" })
        }
        if line.contains("\t"), line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            return Hint(
                message: Phrase("a tab stands in the indentation; YAML wants spaces", zh: "缩进中有制表符；YAML 只能用空格"),
                fix: Phrase("write spaces for the tab", zh: "用空格代替制表符"))
        }
        if let hint = foreign(trimmed) { return hint }
        let undecorated = trimmed.drop { $0 == "*" }
        if trimmed.hasPrefix("*"), undecorated.hasPrefix("---") {
            return Hint(
                message: Phrase(
                    "\"\(trimmed)\" is an alias, not a separator; remove the \"*\"",
                    zh: "\"\(trimmed)\" 是别名，不是分隔符；请删去 \"*\""), fix: Phrase(String(undecorated)),
                corrected: String(undecorated), also: "*")
        }
        if trimmed.hasPrefix("-"), !trimmed.hasPrefix("--"), let second = trimmed.dropFirst().first, second != " " {
            return Hint(
                message: Phrase(
                    "\"\(trimmed)\" is no list item: a space is missing behind the dash",
                    zh: "\"\(trimmed)\" 不是列表项：短横线后缺少空格"),
                fix: Phrase("- " + trimmed.dropFirst()), corrected: margin + "- " + trimmed.dropFirst())
        }
        // The first field of a list item stands behind its dash.
        let item = trimmed.prefix { $0 == "-" || $0 == " " }
        let field = trimmed.dropFirst(item.count)
        if let colon = field.firstIndex(of: ":"), field.index(after: colon) < field.endIndex {
            let key = field[..<colon]
            let value = field[field.index(after: colon)...]
            let isWord =
                !key.isEmpty && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || $0 == "/" || $0 == "-" }
            if isWord, let first = value.first, first != " ", !value.contains(": ") {
                let fix = "\(key): \(value)"
                var message = Phrase(
                    "\"\(field)\" is not a key: write \"\(fix)\"", zh: "\"\(field)\" 不是键：应写 \"\(fix)\"")
                if ServiceFields.port.contains(String(key)) && !ServiceFields.spec.contains(String(key)) {
                    message.english += "; and it belongs in spec.ports[]"
                    message.chinese += "；而且它应写在 spec.ports[] 里"
                }
                return Hint(message: message, fix: Phrase(fix), corrected: margin + item + fix)
            }
        }
        return nil
    }

    /// Lines that are no YAML at all, and plain texts with a first character that YAML keeps for itself.
    private static func foreign(_ line: Substring) -> Hint? {
        if line.hasPrefix("{{") || line.contains(": {{") {
            return Hint(
                message: Phrase(
                    "\"\(line)\" is a template: {{ }} is to be rendered first", zh: "\"\(line)\" 是模板：{{ }} 须先渲染"),
                fix: Phrase("helm template . > rendered.yaml"))
        }
        if ["<<<<<<< ", ">>>>>>> "].contains(where: line.hasPrefix) || line == "=======" {
            return Hint(
                message: Phrase(
                    "\"\(line)\" is the mark of a merge conflict that nobody resolved",
                    zh: "\"\(line)\" 是未解决的合并冲突标记"),
                fix: Phrase("git diff --check"))
        }
        if line.hasPrefix("```") {
            return Hint(
                message: Phrase(
                    "\"\(line)\" is a mark of Markdown, not of YAML; remove the line",
                    zh: "\"\(line)\" 是 Markdown 标记，不是 YAML；请删去这一行"), corrected: "")
        }
        guard let colon = line.firstRange(of: ": "), let first = line[colon.upperBound...].first, "@`%".contains(first)
        else { return nil }
        let text = String(line[colon.upperBound...])
        guard !text.contains("\""), !text.contains(" #") else { return nil }
        let fix = "\(line[..<colon.lowerBound]): \"\(text)\""
        return Hint(
            message: Phrase(
                "a text that begins with \"\(first)\" is to be in quotes: write \"\(text)\"",
                zh: "以 \"\(first)\" 开头的文本须加引号：应写 \"\(text)\""), fix: Phrase(fix))
    }

    private static func alsoAt(_ mark: Character?, _ count: Int, _ line: (Int) -> String) -> Phrase? {
        guard let mark else { return nil }
        for number in stride(from: count, to: 1, by: -1) {
            let text = line(number)
            if text.last == mark {
                let word = text.split(separator: " ").last.map(String.init) ?? text
                return Phrase(" (also line \(number) \"\(word)\")", zh: "（还有第 \(number) 行 \"\(word)\"）")
            }
        }
        return nil
    }

    private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }
}
