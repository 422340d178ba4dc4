import Findings
import ServiceRegistry

/// Walks the stages: the decision trees of kubernetes.io's "Debugging DNS Resolution" and "Debug Services".
///
/// Each fault is told once, by the stage that is nearest to its cause: a stage whose finding explains the emptiness of
/// those behind it ends the walk for them.
package enum Diagnosis {
    /// - Parameters:
    ///   - codes: left out, in capitals, besides those that the objects themselves keep quiet.
    ///   - chosen: in any order.
    package static func examine(
        _ inquiry: Inquiry, ignoring codes: Set<String> = [], stages chosen: Set<Stage> = Set(Stage.allCases)
    ) -> DiagnosisReport {
        var stages: [StageReport] = []
        var stop: Phrase?
        for stage in chosen.sorted() {
            if let stop {
                stages.append(.skipped(stage, stop))
                continue
            }
            var asking = inquiry
            // A server that is silent, not synced or for other names answers no question about this one.
            if stage == .answers, stages.contains(where: \.hasNoServer) { asking.server?.address = nil }
            var report = asking.examine(stage)
            let isEnd = stage <= .name && stage != .server && report.status == .fail || report.explainsTheRest
            report.findings.removeAll { codes.contains($0.code) || inquiry.facts.ignores($0) }
            // That the DNS Service has no endpoints is told once, as what it is to all names.
            if stage == .endpoints, let told = stages.flatMap(\.findings).first(where: { $0.code == "DNS003" }) {
                report.findings.removeAll { $0.severity == .error && $0.object == told.object }
            }
            stages.append(report)
            // Without an object there is nothing to look at behind it.
            if isEnd { stop = Phrase("see above", zh: "见上文") }
        }
        return DiagnosisReport(stages, about: inquiry)
    }
}

extension StageReport {
    fileprivate var hasNoServer: Bool {
        stage == .server
            && findings.contains { $0.severity == .error && ["DNS001", "DNS002", "DNS005"].contains($0.code) }
    }
}

extension Inquiry {
    package func examine(_ stage: Stage) -> StageReport {
        if let service = asked.service, stage >= .service, facts.implied.contains(service) {
            return .skipped(
                stage,
                Phrase(
                    "no manifest has \(service): every cluster does", zh: "清单中没有 \(service)：每个集群自带此 Service"))
        }
        return switch stage {
        case .input: examineInput()
        case .server: examineServer()
        case .name: examineName()
        case .client: examineClient()
        case .service: examineService()
        case .endpoints: examineEndpoints()
        case .answers: examineAnswers()
        case .proxy: examineProxy()
        case .outside: examineOutside()
        }
    }
}
