import Findings
import NetworkAddress
import ProxyRules
import ServiceRegistry

/// Compares a node's rules with the registry, for one Service.
///
/// Each fault is told once: what an address that leads nowhere, to somebody else or to a rejection entails is not looked
/// at; faults of one kind at several ports are one finding.
struct ProxyCheck {
    /// What is wrong at one port.
    struct Fault {
        var code: String
        var message: Phrase
        var place: SourcePlace
        var evidence: [Phrase] = []
    }

    let service: Service
    let facts: ClusterFacts
    private(set) var lines: [Phrase] = []
    private var faults: [Fault] = []
    private var fixes: [String: Phrase] = [:]

    init(_ service: Service, _ facts: ClusterFacts) {
        self.service = service
        self.facts = facts
    }

    mutating func say(_ english: String, zh chinese: String) { lines.append(Phrase(english, zh: chinese)) }

    mutating func fault(_ code: String, _ message: Phrase, at place: SourcePlace, _ evidence: [Phrase] = []) {
        let fault = Fault(code: code, message: message, place: place, evidence: evidence)
        // A chain that two addresses lead to is compared once for each.
        if !faults.contains(where: { $0.code == code && $0.message == message }) { faults.append(fault) }
    }

    mutating func fix(_ code: String, _ fix: Phrase) { fixes[code] = fix }

    /// One for each code, in the order in which they were found.
    var findings: [Finding] {
        var codes: [String] = []
        for fault in faults where !codes.contains(fault.code) { codes.append(fault.code) }
        return codes.map { code in
            let all = faults.filter { $0.code == code }
            let rest = all.dropFirst().flatMap { [$0.message] + $0.evidence }
            return Finding(
                code, Catalogue.entry(code)?.severity ?? .error, all[0].message, at: all[0].place,
                object: "Service \(service.name)", evidence: all[0].evidence + rest,
                fix: fixes[code] ?? ProxyCheck.restart)
        }
    }

    /// kube-proxy writes all rules anew when it begins.
    static let restart = Phrase("kubectl -n kube-system rollout restart daemonset/kube-proxy")

    // MARK: -

    mutating func compare(_ whole: IndexedRules) {
        let table = whole.part(of: service)
        let family = table.family
        say(
            "mode \(table.mode.rawValue), \(counted(table.ruleCount, "rule")) read",
            zh: "模式 \(table.mode.rawValue)，读到 \(table.ruleCount) 条规则")
        if !table.isWhole {
            say(
                "\(table.file) is an excerpt: what it lacks proves little",
                zh: "\(table.file) 只是节选：缺少的内容几乎不能证明什么")
        }
        let hasFamily = service.clusterIPs.isEmpty || service.clusterIPs.contains { $0.family == family }
        guard hasFamily else {
            return say(
                "the Service has no IPv\(family.rawValue) address, these rules are for IPv\(family.rawValue)",
                zh: "该 Service 没有 IPv\(family.rawValue) 地址，而这些规则属于 IPv\(family.rawValue)")
        }
        if table.isEntered == false {
            let way =
                table.mode == .nftables
                ? "nat-prerouting -> services -> @service-ips" : "PREROUTING -> KUBE-SERVICES"
            return fault(
                table.mode == .nftables ? "PRX010" : "PRX001",
                Phrase(
                    "packets that arrive at the node never come to the rules of Services: \(way) is missing",
                    zh: "到达节点的数据包进不了 Service 的规则：缺少 \(way)"), at: table.place(0))
        }
        var isCompared = false
        for port in service.ports {
            let expected = ProxyPort(port, of: service, family: family, facts)
            isCompared = comparePort(expected, ProxyEntries(expected, table, service, of: whole), table) || isCompared
        }
        if isCompared { compareMasquerade(table) }
    }

    /// - Returns: false where what catches its packets is not as it should be.
    private mutating func comparePort(_ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules) -> Bool {
        var isRight = true
        if !checkClusterWays(port, seen, table) { isRight = false }
        if isRight, !checkNodePort(port, seen, table) { isRight = false }
        // Who is sent elsewhere or away tells nothing of targets.
        if isRight || seen.leadsHere { compareTargets(port, seen, table) }
        if isRight { checkExternalMark(port, seen, table) }
        return isRight
    }
}
