import Findings
import ProxyRules
import ServiceRegistry

/// The lines of a log that tell why rules are missing or old: those of this Service, and those that concern every one.
/// What went well later is left out, and so is what is normal when kube-proxy begins.
struct ProxyComplaints {
    /// What a line is about; what went well since answers it.
    enum Subject {
        case api, rules, synced, conntrack, ipvs, start, service, other
    }

    private(set) var lines: [ProxyLog.Line] = []

    init(_ log: ProxyLog, _ service: ObjectName, _ registry: ServiceRegistry) {
        var open: [(line: ProxyLog.Line, subject: Subject)] = []
        var began: Int?
        for line in log.lines {
            let text = line.text.lowercased()
            if ProxyComplaints.showsAnswerOfAPI(text) { open.removeAll { $0.subject == .api || $0.subject == .synced } }
            if text.contains("syncing iptables rules") || text.contains("syncing nftables rules")
                || text.contains("syncing ipvs") || text.contains("reloading service")
            {
                began = began ?? line.number
            }
            if text.contains("syncproxyrules complete") || text.contains("syncproxyrules took") {
                // It ends a try that failed too.
                if let began {
                    open.removeAll { ($0.subject == .rules || $0.subject == .ipvs) && $0.line.number < began }
                }
                began = nil
            }
            guard let subject = ProxyComplaints.subject(of: line, text, service, registry) else { continue }
            open.append((line, subject))
        }
        lines = open.map(\.line)
    }

    private static func showsAnswerOfAPI(_ text: String) -> Bool {
        [
            "caches are synced", "adding new service", "setting endpoints for", "reloading service",
            "syncing iptables rules",
        ]
        .contains { text.contains($0) }
    }

    /// - Returns: nil for a line that tells nothing of this Service.
    private static func subject(
        of line: ProxyLog.Line, _ text: String, _ service: ObjectName, _ registry: ServiceRegistry
    ) -> Subject? {
        if text.hasPrefix("not syncing") { return .synced }
        let subject = Subject.allKinds.first { kind in kind.marks.contains { text.contains($0) } }
        // A missing program is nobody's alone, whichever Service it was missed for.
        if subject == .conntrack { return subject }
        if subject != .start, normal.contains(where: { text.contains($0) }) { return nil }
        // A line of another Service.
        let isOfService = line.speaks(of: "\(service)")
        if !isOfService, line.names.contains(where: { isService($0, in: line, registry) }) { return nil }
        switch line.severity {
        case .error: return isOfService ? .service : subject ?? .other
        case .warning, .info: return subject.flatMap { [.api, .rules, .conntrack].contains($0) ? $0 : nil }
        }
    }

    /// Whether a word is a Service's name, not only one with a slash: `net/http`, `i/o`.
    private static func isService(_ word: Substring, in line: ProxyLog.Line, _ registry: ServiceRegistry) -> Bool {
        // A port's name, whole: only Services have those.
        if line.text.contains("\"\(word)") || word.contains(":") && !word.hasSuffix(":") { return true }
        let halves = word.prefix { $0 != ":" }.split(separator: "/").map(String.init)
        return halves.count == 2 && registry.services[ObjectName(halves[0], halves[1])] != nil
    }

    /// What a healthy node's kube-proxy may say as an error or a warning.
    private static let normal = [
        "errors here are acceptable", "failed to retrieve node info", "can't determine this node's ip",
        "detect-local-mode", "no cluster cidr", "clustercidr", "nodeport-addresses", "node-port-addresses",
        "missing br-netfilter", "kube-proxy configuration", "flag proxy-mode",
        "failed to delete stale service connections",
        "watch closed", "unexpected watch close", "watch of ", "very short watch", "too old resource version",
        "set sysctl",
        "deprecated", "metrics server", "failed to load kernel module",
    ]

    func meaning(of line: ProxyLog.Line) -> Phrase {
        let text = line.text.lowercased()
        switch Subject.allKinds.first(where: { $0.marks.contains { text.contains($0) } }) {
        case .api:
            return Phrase(
                "kube-proxy does not reach the API server, so its rules are not renewed",
                zh: "kube-proxy 连不上 API 服务器，因此规则不会更新")
        case .conntrack:
            return Phrase(
                "the program conntrack is missing on the node, kube-proxy needs it",
                zh: "节点上缺少 conntrack 程序，kube-proxy 需要它")
        case .rules:
            return Phrase(
                "rules are written all or none: this node has the old ones, or none",
                zh: "规则要么全部写入要么都不写入：该节点上仍是旧规则，或没有规则")
        case .ipvs:
            return Phrase("virtual servers cannot be written", zh: "无法写入虚拟服务器")
        case .start:
            return Phrase("kube-proxy does not start", zh: "kube-proxy 无法启动")
        default:
            return text.hasPrefix("not syncing")
                ? Phrase(
                    "it waits for Services and endpoints, and nothing behind this line shows that they came",
                    zh: "它在等待 Service 和端点，而此行之后没有迹象表明已收到")
                : Phrase("no later line shows that it went well", zh: "之后没有日志行表明问题已恢复")
        }
    }

    func fix(of line: ProxyLog.Line) -> Phrase {
        let text = line.text.lowercased()
        switch Subject.allKinds.first(where: { $0.marks.contains { text.contains($0) } }) {
        case .api, .start: return Phrase("kubectl -n kube-system get configmap kube-proxy -o yaml")
        case .conntrack: return Phrase("apt-get install conntrack")
        default: return ProxyCheck.restart
        }
    }
}

extension ProxyComplaints.Subject {
    fileprivate static let allKinds: [ProxyComplaints.Subject] = [.conntrack, .start, .rules, .ipvs, .api]

    /// Words of kube-proxy's lines, in lower case.
    fileprivate var marks: [String] {
        switch self {
        case .conntrack:
            [
                "\"conntrack\": executable file not found", "conntrack: executable file not found",
                "looking for path of conntrack", "conntrack not found", "conntrack: command not found",
            ]
        case .start: ["unable to create proxier", "proxyserver failed", "error running proxyserver", "panic:"]
        case .rules:
            [
                "failed to execute iptables-restore", "iptables-restore failed", "iptables-restore:",
                "nftables sync failed",
                "sync failed", "failed to ensure chain", "failed to ensure that", "error syncing", "xtables lock",
                "error checking iptables version", "iptables-save failed", "failed to execute iptables-save",
            ]
        case .ipvs:
            [
                "failed to sync service", "failed to add ipvs service", "failed to sync endpoint",
                "failed to add destination",
                "can't use the ipvs proxier", "failed to get ipvs",
            ]
        case .api:
            [
                "cannot contact master", "can't contact master", "unable to contact master", "connection refused",
                "no route to host", "unauthorized", "is forbidden", "i/o timeout", "tls handshake timeout", "x509:",
                "failed to list *", "failed to watch *", "network is unreachable", "connection timed out",
            ]
        default: []
        }
    }
}
