import Diagnosis
import Findings
import Glibc
import Manifests

/// `check --fix`: the manifests as they should be, one after the other, and what was changed in comments above each.
struct CheckFix {
    let language: Language
    /// In capitals.
    let ignored: Set<String>

    /// Prints the manifests to standard output, and to standard error what is wrong with them still.
    /// - Returns: the exit status: 1 where an error is left, with `strict` also for a warning.
    func run(_ paths: [String], strict: Bool) throws -> Int32 {
        let texts: [(file: String, octets: [UInt8])]
        do {
            texts = try ManifestTexts.read(paths)
        } catch {
            throw UsageError("\(error)")
        }
        var remaining: [Finding] = []
        for (index, text) in texts.enumerated() {
            let fixed = FixedManifest(text.octets, file: text.file)
            remaining += fixed.remaining.filter { $0.severity != .info && !ignored.contains($0.code) }
            if index > 0, !beginsWithSeparator(fixed.text) { show("---\n") }
            show(
                comments(fixed, text.file, named: texts.count > 1) + fixed.text
                    + (fixed.text.hasSuffix("\n") ? "" : "\n"))
        }
        let report = CheckReport(findings: remaining, files: texts.count, objects: 0)
        for finding in report.findings { complain(finding.line(in: language)) }
        return report.exitCode(strict: strict)
    }

    private func beginsWithSeparator(_ text: String) -> Bool { text.hasPrefix("---") }

    /// `# fixed: line 8: MAN001 "nodePort:31000" is not a key: ...`
    private func comments(_ fixed: FixedManifest, _ file: String, named: Bool) -> String {
        let head = named ? "# \(file)\n" : ""
        let lines = fixed.changes.map { change in
            let text = language == .chinese ? change.chinese ?? change.message : change.message
            let place = language == .chinese ? "第 \(change.line) 行：" : "line \(change.line): "
            return "# \(language == .chinese ? "已修正：" : "fixed: ")\(place)\(change.code) \(singleLine(text))\n"
        }
        return head + lines.joined()
    }
}
