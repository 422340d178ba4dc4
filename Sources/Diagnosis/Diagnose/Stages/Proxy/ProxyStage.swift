import Findings
import NetworkAddress
import ProxyRules
import ServiceRegistry

extension Inquiry {
    /// Stage 7: do a node's rules equal the registry, and does its proxy complain.
    ///
    /// The rules of every dump are compared with what kube-proxy would write for the Service. Where they are right, what
    /// the log complains of is past; where they are not, it stands below what they miss.
    func examineProxy() -> StageReport {
        if proxy.isEmpty { return .skipped(.proxy, Phrase("no rule dump given", zh: "没有提供规则转储")) }
        guard let service else { return .skipped(.proxy, Phrase("no Service to look at", zh: "没有可检查的 Service")) }
        if service.kind == .externalName {
            return .skipped(
                .proxy,
                Phrase("an ExternalName Service has no rules on nodes", zh: "ExternalName 类型的 Service 在节点上没有规则"))
        }
        if service.isHeadless {
            return .skipped(
                .proxy,
                Phrase(
                    "a headless Service has no rules on nodes: clients connect to its Pods",
                    zh: "无头 Service 在节点上没有规则：客户端直接连接 Pod"))
        }
        var report = StageReport(.proxy)
        var check = ProxyCheck(service, facts)
        let reading = proxy.reading ?? ProxyReading(proxy)
        let (dumps, tables) = (reading.dumps, reading.tables)
        if tables.isEmpty {
            if !dumps.isEmpty { check.noRules(dumps) }
        } else {
            for table in tables where table.rules.mode == .userspace { check.userspace(table.rules) }
            let comparable = tables.filter { $0.rules.mode != .userspace }
            for table in comparable { check.compare(table) }
            check.notice(unread: dumps)
        }
        report.facts = check.lines
        report.findings = check.findings
        if let file = proxy.log?.file, let log = reading.log {
            let outcome = examineLog(log, file, service, rulesAreRight: tables.isEmpty ? nil : report.status != .fail)
            report.facts += outcome.facts
            if let place = report.findings.firstIndex(where: { $0.severity == .error }), !outcome.complaints.isEmpty {
                report.findings[place].add(evidence: outcome.complaints)
            } else {
                report.findings += outcome.findings
            }
        }
        return report
    }
}

extension Finding {
    fileprivate mutating func add(evidence phrases: [Phrase]) {
        evidence += phrases.map(\.english)
        chinese?.evidence += phrases.map(\.chinese)
    }
}
