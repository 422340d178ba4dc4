import Findings
import ProxyRules
import ServiceRegistry

/// What a log of kube-proxy says of a Service.
struct ProxyLogOutcome {
    var facts: [Phrase] = []
    /// PRX011 or PRX012.
    var findings: [Finding] = []
    /// What it complains of, a line each.
    var complaints: [Phrase] = []
}

extension Inquiry {
    /// - Parameter rulesAreRight: what a dump of the same node says; nil: there is none.
    func examineLog(
        _ log: ProxyLog, _ file: String, _ service: Service, rulesAreRight: Bool?
    ) -> ProxyLogOutcome {
        let name = "\(service.name)"
        var outcome = ProxyLogOutcome()
        outcome.facts.append(
            Phrase(
                "\(counted(log.lines.count, "line")) of \(file) read",
                zh: "读取 \(file) 共 \(log.lines.count) 行"))
        for line in log.lines.filter({ $0.isSetting && $0.speaks(of: name) }).suffix(service.ports.count) {
            outcome.facts.append(Phrase("\(SourcePlace(file: file, line: line.number)): \(line.text)"))
        }
        let complaints = ProxyComplaints(log, service.name, facts.registry)
        outcome.complaints = complaints.lines.suffix(5).map {
            Phrase("\(SourcePlace(file: file, line: $0.number)): \($0.text)")
        }
        if let last = complaints.lines.last {
            let place = SourcePlace(file: file, line: last.number)
            var finding = Finding(
                "PRX011", rulesAreRight == true ? .info : .error,
                Phrase("kube-proxy complains: \(last.text)", zh: "kube-proxy 报告错误：\(last.text)"), at: place,
                object: "Service \(name)", evidence: [complaints.meaning(of: last)] + outcome.complaints,
                fix: complaints.fix(of: last))
            if rulesAreRight == true {
                finding.evidence.append("the node's rules for this Service are right: the log speaks of the past")
                finding.chinese?.evidence.append("节点上该 Service 的规则是正确的：日志所述已成过去")
            }
            outcome.findings.append(finding)
        }
        if !log.lines.contains(where: { $0.speaks(of: name) }) {
            outcome.findings.append(
                Finding(
                    "PRX012", .info,
                    Phrase("\(file) does not mention Service \(name)", zh: "\(file) 没有提到 Service \(name)"),
                    at: SourcePlace(file: file), object: "Service \(name)",
                    evidence: [
                        Phrase(
                            "\(counted(log.lines.count, "line")) read; kube-proxy names Services when they change, and more of them with -v=4",
                            zh: "共读取 \(log.lines.count) 行；kube-proxy 在 Service 变化时才提到它，使用 -v=4 时更多")
                    ],
                    fix: Phrase("kubectl -n kube-system logs daemonset/kube-proxy | grep \(name)")))
        }
        return outcome
    }
}

extension ProxyLog.Line {
    /// `Setting endpoints for "default/hostnames:" to [10.244.0.5:9376 …]`, `Adding new service …`.
    fileprivate var isSetting: Bool {
        let text = self.text.lowercased()
        return text.contains("setting endpoints for") || text.contains("adding new service")
            || text.contains("adding new service port") || text.contains("setting service")
    }
}
