import Findings

/// What `diagnose` found: the primary finding first.
package struct DiagnosisReport: Sendable {
    package let findings: [Finding]

    /// - Parameter findings: in the order of the stages; errors come to the front.
    package init(_ findings: [Finding]) {
        self.findings = findings.filter { $0.severity == .error } + findings.filter { $0.severity != .error }
    }

    /// 1 for an error, with `strict` also for a warning.
    package func exitCode(strict: Bool) -> Int32 {
        findings.contains { $0.severity == .error || strict && $0.severity == .warning } ? 1 : 0
    }

    /// Each finding in a line, and below it what proves and what mends it.
    package var text: String {
        if findings.isEmpty { return "no finding: the registry is synced and watched\n" }
        return findings.map { finding in
            let evidence = finding.evidence.map { "    \(singleLine($0))\n" }.joined()
            let fix = finding.fix.map { "    fix: \($0)\n" } ?? ""
            return singleLine(finding.description) + "\n" + evidence + fix
        }.joined()
    }

    /// `{"version":1,"findings":[…]}` on one line.
    package var jsonText: String {
        JSONValue.object([("version", 1), ("findings", .array(findings.map(\.json)))]).text + "\n"
    }
}
