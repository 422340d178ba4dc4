import Findings
import ServiceRegistry

extension Inquiry {
    /// MAN: what reading the manifests found that matters for the Service asked for.
    ///
    /// What went wrong elsewhere is `check`'s: a broken file that does not speak of the Service explains nothing here.
    func examineInput() -> StageReport {
        guard !facts.places.isEmpty || !facts.loadFindings.isEmpty || !facts.corefileFindings.isEmpty else {
            return .skipped(.input, Phrase("no manifests given", zh: "未给出清单文件"))
        }
        guard let service = asked.service else { return StageReport(.input, findings: facts.corefileFindings) }
        var findings = facts.corefileFindings + facts.loadFindings(about: ObjectKey(.service, service))
        findings += facts.strayFindings(for: service)
        // What is wrong with the namespace's name is said once.
        let namesNamespace = findings.contains {
            $0.code == "MAN008" && $0.message.contains("\"\(service.namespace)\"")
        }
        findings += facts.neighbourFindings(of: service).filter { finding in
            !(namesNamespace && finding.code == "MAN008" && finding.message.hasPrefix("\"\(service.namespace)\""))
        }
        if let target = facts.externalTarget(of: service), facts.registry.services[target] == nil {
            findings += facts.findingsOfMissing(target)
        }
        var seen: Set<Finding> = []
        findings = findings.filter { seen.insert($0).inserted }
        let place = facts.place(of: service)
        let said = place.map { Phrase("Service \(service) (\($0.file):\($0.line))") }
        var report = StageReport(.input, facts: [said].compactMap { $0 }, findings: findings)
        // A look-alike in a selector or a label is why nothing matches.
        report.explainsTheRest = findings.contains { $0.code == "MAN010" }
        return report
    }
}
