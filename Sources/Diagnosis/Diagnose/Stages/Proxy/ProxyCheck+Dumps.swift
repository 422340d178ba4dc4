import Findings
import NetworkAddress
import ProxyRules
import ServiceRegistry

/// PRX002 and the part of PRX008 that is no Service's: what a dump says as a whole.
extension ProxyCheck {
    /// No dump has rules of Services.
    mutating func noRules(_ dumps: [ProxyDump]) {
        let traces = dumps.reduce(into: Set<ProxyDump.Trace>()) { $0.formUnion($1.traces) }
        if traces.contains(.ipvsSets) {
            return say(
                "mode ipvs: the iptables rules of that mode name no Service, ipvsadm -Ln does",
                zh: "模式 ipvs：该模式的 iptables 规则不含具体 Service，需要 ipvsadm -Ln 的输出")
        }
        let files = dumps.map(\.file).joined(separator: ", ")
        fault(
            "PRX002", Phrase("\(files) has no rule of kube-proxy's", zh: "\(files) 中没有 kube-proxy 的规则"),
            at: SourcePlace(file: dumps[0].file),
            ProxyDump.Trace.allCases.filter(traces.contains).map(ProxyCheck.meaning) + unreadLines(dumps))
        if traces.contains(.listing) { fix("PRX002", Phrase("iptables-save > iptables-save.txt")) }
        if traces.contains(.iptablesInNft) { fix("PRX002", Phrase("iptables-nft-save > iptables-save.txt")) }
    }

    private static func meaning(_ trace: ProxyDump.Trace) -> Phrase {
        switch trace {
        case .nothing: Phrase("it is empty", zh: "文件为空")
        case .kubelet:
            Phrase(
                "it has only the kubelet's chains: kube-proxy does not run here, or could not write",
                zh: "只有 kubelet 的链：kube-proxy 没有在此运行，或无法写入规则")
        case .cilium:
            Phrase(
                "it has chains of Cilium (CILIUM_…), which may replace kube-proxy",
                zh: "存在 Cilium 的链（CILIUM_…），它可能取代了 kube-proxy")
        case .ipvsSets: Phrase("it has the rules of IPVS mode", zh: "包含 IPVS 模式的规则")
        case .listing:
            Phrase(
                "it is a listing (iptables -L), which leaves out what rules look at; iptables-save tells all",
                zh: "这是 iptables -L 的列表，缺少匹配条件；请使用 iptables-save")
        case .iptablesInNft:
            Phrase(
                "it shows the rules of iptables mode (table ip nat), which iptables-nft-save tells in full",
                zh: "显示的是 iptables 模式的规则（table ip nat），请用 iptables-nft-save 完整导出")
        }
    }

    private func unreadLines(_ dumps: [ProxyDump]) -> [Phrase] {
        dumps.flatMap { dump in
            dump.unread.prefix(3).map { Phrase("\(SourcePlace(file: dump.file, line: $0.line)): \($0.why)") }
        }
    }

    mutating func notice(unread dumps: [ProxyDump]) {
        for dump in dumps {
            guard let first = dump.unread.first else { continue }
            say(
                "\(counted(dump.unread.count, "line")) of \(dump.file) not read, the first: \(SourcePlace(file: dump.file, line: first.line)): \(first.why)",
                zh:
                    "\(dump.file) 有 \(dump.unread.count) 行无法读取，第一处：\(SourcePlace(file: dump.file, line: first.line)): \(first.why)"
            )
        }
    }

    /// The userspace mode was removed in Kubernetes 1.26.
    mutating func userspace(_ table: ForwardingRules) {
        say(
            "mode userspace, \(counted(table.ruleCount, "rule")) read",
            zh: "模式 userspace，读到 \(table.ruleCount) 条规则")
        let addresses = service.clusterIPs.filter { $0.family == table.family }
        let evidence = service.ports.flatMap { port in
            addresses.map { address in
                let entry = table.entries.first {
                    $0.destination == .address(address) && $0.port == port.port
                        && $0.transport == port.transport.rawValue.lowercased()
                }
                let name = EndpointAddress(address, port.port)
                return entry.map { Phrase("\(table.place($0.line)): \(name) -> KUBE-PORTALS") }
                    ?? Phrase("no KUBE-PORTALS rule for \(name)", zh: "没有 \(name) 对应的 KUBE-PORTALS 规则")
            }
        }
        fault(
            "PRX002",
            Phrase(
                "\(table.file) has the rules of the userspace mode (KUBE-PORTALS-CONTAINER), which Kubernetes 1.26 removed",
                zh: "\(table.file) 中是 userspace 模式的规则（KUBE-PORTALS-CONTAINER），Kubernetes 1.26 已移除该模式"),
            at: table.place(0), evidence)
        fix("PRX002", Phrase("kubectl -n kube-system edit configmap kube-proxy   # mode: iptables"))
    }

    /// Whether packets that are marked leave with the node's address, and those from outside are marked.
    mutating func compareMasquerade(_ table: ForwardingRules) {
        guard table.mode != .ipvs else { return }
        let rules = table.masquerade
        let names =
            table.mode == .nftables
            ? (mark: "mark-for-masquerade", out: "masquerading") : (mark: "KUBE-MARK-MASQ", out: "KUBE-POSTROUTING")
        if rules.isComplete {
            let mark = "0x\(String(rules.mark ?? 0, radix: 16))"
            return say(
                "SNAT: \(names.mark) \(mark) and \(names.out) masquerade present",
                zh: "SNAT：\(names.mark) \(mark) 与 \(names.out) masquerade 均存在")
        }
        var evidence: [Phrase] = []
        if let mark = rules.mark, let lookedAt = rules.lookedAt, mark & lookedAt == 0 {
            evidence.append(
                Phrase(
                    "\(names.mark) sets 0x\(String(mark, radix: 16)), \(names.out) looks at 0x\(String(lookedAt, radix: 16))",
                    zh: "\(names.mark) 设置 0x\(String(mark, radix: 16))，\(names.out) 检查 0x\(String(lookedAt, radix: 16))"
                ))
        } else if !table.isWhole {
            return
        }
        if rules.mark == nil {
            evidence.append(Phrase("no rule of \(names.mark) sets a mark", zh: "\(names.mark) 中没有设置标记的规则"))
        }
        if !rules.masquerades {
            evidence.append(
                Phrase("\(names.out) has no MASQUERADE rule", zh: "\(names.out) 中没有 MASQUERADE 规则"))
        }
        if rules.isEntered == false {
            evidence.append(
                Phrase("POSTROUTING does not lead to \(names.out)", zh: "POSTROUTING 没有跳转到 \(names.out)"))
        }
        fault(
            "PRX008",
            Phrase(
                "the node does not masquerade packets for Services: replies to clients outside and to a Pod's own connections go astray",
                zh: "节点没有对发往 Service 的数据包做 masquerade：对集群外客户端以及 Pod 访问自身的回包会走错路"),
            at: table.place(0), evidence)
    }

    /// External traffic that may cross nodes.
    mutating func checkExternalMark(_ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules) {
        guard table.isWhole, !service.externalTrafficPolicyLocal, port.nodePort != nil || port.ways.count > 1 else {
            return
        }
        for name in table.balancers.keys.sorted()
        where (name.hasPrefix("KUBE-EXT-") || name.hasPrefix("external-"))
            && ProxyEntries.isOwn(name, port, table.mode)
        {
            guard let chain = table.balancers[name], !chain.marksMasquerade, !chain.next.isEmpty else { continue }
            fault(
                "PRX008",
                Phrase(
                    "connections from outside to \(port.name) are not marked for masquerading: replies from Pods on other nodes go astray",
                    zh: "从集群外到 \(port.name) 的连接没有打上 masquerade 标记：其他节点上 Pod 的回包会走错路"),
                at: table.place(chain.line),
                [Phrase("\(name): no rule -j KUBE-MARK-MASQ", zh: "\(name)：没有规则 -j KUBE-MARK-MASQ")])
        }
    }
}
