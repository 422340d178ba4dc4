import Findings

extension Finding {
    /// The sentence in a language. Where its maker has it in English only, Chinese is the code's title and the facts as
    /// they are.
    package func message(in language: Language) -> String {
        guard language == .chinese else { return message }
        if let chinese { return chinese.message }
        return Catalogue.entry(code).map { "\($0.title.chinese)：\(message)" } ?? message
    }

    package func evidence(in language: Language) -> [String] {
        language == .chinese ? chinese?.evidence ?? evidence : evidence
    }

    /// Where nothing can be pasted, what mends faults of this kind.
    package func fix(in language: Language) -> String? {
        if let fix { return language == .chinese ? chinese?.fix ?? fix : fix }
        return severity == .info ? nil : Catalogue.entry(code)?.fix.text(in: language)
    }

    /// The finding as every subcommand's JSON has it.
    package var json: JSONValue { json(in: .english) }

    package func json(in language: Language) -> JSONValue {
        let place = place.map { place in
            JSONValue.object([
                ("file", .string(place.file)), ("line", .number(place.line)), ("column", .number(place.column)),
            ])
        }
        return .object([
            ("code", .string(code)), ("severity", .string(severity.rawValue)),
            ("title", JSONValue(Catalogue.entry(code)?.title.text(in: language))),
            ("message", .string(message(in: language))), ("object", JSONValue(object)), ("place", place ?? .null),
            ("evidence", .array(evidence(in: language).map(JSONValue.string))),
            ("fix", JSONValue(fix(in: language))), ("doc", .string(CodesPage.link(to: code))),
        ])
    }

    /// `file:line:col: severity CODE: text`, the form that editors and CI annotate.
    package func line(in language: Language) -> String {
        let place = place.map { "\($0): " } ?? ""
        return singleLine("\(place)\(severity.rawValue) \(code): \(message(in: language))")
    }

    /// The finding for people: code and severity, the sentence, what proves it and what mends it below.
    ///
    ///     EPS001 error  Service default/hostnames selects no Pod
    ///       selector app=hostname (manifests.yaml:9) matches 0 of 3 Pods in namespace default
    ///       fix: kubectl -n default patch svc hostnames ...
    package func paragraph(in language: Language, _ paint: Paint) -> String {
        var out = "\(paint(code, severity)) \(severity.rawValue)  \(singleLine(message(in: language)))\n"
        let evidence = evidence(in: language)
        for line in evidence { out += "  \(singleLine(line))\n" }
        if let place, !([message] + evidence).contains(where: { $0.contains("\(place.file):\(place.line)") }) {
            out += "  \(language == .chinese ? "位置" : "at") \(place)\n"
        }
        if let fix = fix(in: language) {
            let lines = fix.split(separator: "\n", omittingEmptySubsequences: false)
            let head = language == .chinese ? "修复" : "fix"
            if lines.count == 1 {
                out += "  \(head): \(singleLine(fix))\n"
            } else {
                out += "  \(head):\n" + lines.map { "    \(singleLine(String($0)))\n" }.joined()
            }
        }
        return out
    }
}

/// Colour for a terminal, or none.
package struct Paint: Sendable {
    private let isColoured: Bool

    package init(isColoured: Bool) { self.isColoured = isColoured }

    package static let none = Paint(isColoured: false)

    /// SGR codes of ECMA-48: red, yellow and cyan, or green for what is well.
    package func callAsFunction(_ text: String, _ severity: Finding.Severity?) -> String {
        guard isColoured else { return text }
        let colour =
            switch severity {
            case .error: 31
            case .warning: 33
            case .info: 36
            case nil: 32
            }
        return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
    }
}
