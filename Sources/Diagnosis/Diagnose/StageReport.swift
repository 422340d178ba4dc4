import Findings

/// The stages of `diagnose` in the order in which a fault in one explains those behind it.
package enum Stage: Int, CaseIterable, Sendable, Comparable {
    case input, server, name, client, service, endpoints, answers, proxy, outside

    package static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }

    /// As the text and the JSON have it.
    package var label: String { "\(self)" }
}

/// What one stage found.
package struct StageReport: Sendable {
    package enum Status: String, Sendable {
        case ok, warn, fail, skip
    }

    package var stage: Stage
    /// What it looked at and found in order, or why it was not looked at: a line each.
    package var facts: [Phrase]
    package var findings: [Finding]
    /// Nothing was looked at: what it needs was not given, or an earlier stage's fault makes it pointless.
    package var isSkipped = false
    /// What the stages behind it would find follows from what it found.
    package var explainsTheRest = false

    package init(_ stage: Stage, facts: [Phrase] = [], findings: [Finding] = []) {
        self.stage = stage
        self.facts = facts
        self.findings = findings
    }

    package static func skipped(_ stage: Stage, _ why: Phrase) -> StageReport {
        var report = StageReport(stage, facts: [why])
        report.isSkipped = true
        return report
    }

    package var status: Status {
        if isSkipped { return .skip }
        switch findings.map(\.severity).max() {
        case .error: return .fail
        case .warning: return .warn
        default: return .ok
        }
    }
}
