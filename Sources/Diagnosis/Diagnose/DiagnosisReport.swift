import Findings
import ServiceRegistry

/// What `diagnose` found: the primary finding first.
package struct DiagnosisReport: Sendable {
    package let stages: [StageReport]
    package let findings: [Finding]
    /// What was asked about; nil where it was no name.
    package let inquiry: Inquiry?

    package init(_ stages: [StageReport], about inquiry: Inquiry) {
        self.init(findings: stages.flatMap(\.findings), stages: stages, inquiry: inquiry)
    }

    /// - Parameter findings: in the order of the stages; errors come to the front, infos to the end.
    package init(findings: [Finding], stages: [StageReport] = [], inquiry: Inquiry? = nil) {
        self.stages = stages
        self.findings = findings.bySeverity
        self.inquiry = inquiry
    }

    /// 1 for an error, with `strict` also for a warning.
    package func exitCode(strict: Bool) -> Int32 { findings.exitCode(strict: strict) }
}

extension [Finding] {
    /// Errors first, then warnings, then infos; those alike in the order in which they are.
    package var bySeverity: [Finding] {
        [.error, .warning, .info].flatMap { severity in filter { $0.severity == severity } }
    }

    package func count(_ severity: Finding.Severity) -> Int { count { $0.severity == severity } }

    /// 1 for an error, with `strict` also for a warning.
    package func exitCode(strict: Bool) -> Int32 {
        contains { $0.severity == .error || strict && $0.severity == .warning } ? 1 : 0
    }

    /// `1 error, 0 warnings`
    func tally(in language: Language) -> String {
        language == .chinese
            ? "\(count(.error)) 个错误，\(count(.warning)) 个警告"
            : "\(counted(count(.error), "error")), \(counted(count(.warning), "warning"))"
    }

    var summaryJSON: JSONValue {
        .object([
            ("errors", .number(count(.error))), ("warnings", .number(count(.warning))),
            ("infos", .number(count(.info))),
        ])
    }
}
