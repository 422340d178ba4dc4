import Findings
import NetworkAddress
import ProxyRules
import ServiceRegistry

/// PRX003, PRX007, PRX008, PRX009, PRX010: where the packets of a port end.
extension ProxyCheck {
    mutating func compareTargets(_ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules) {
        guard let ready = port.ready, !ready.isEmpty else {
            return say(
                "\(port.name): the registry has no ready endpoint to compare the rules with",
                zh: "\(port.name)：注册表中没有可与规则比较的就绪端点")
        }
        let balancers = seen.balancers
        if balancers.isEmpty, table.isWhole, seen.leadsHere {
            let chain = "KUBE-SVC-\(port.name.chainHashes[0])"
            return fault(
                table.mode == .iptables ? "PRX003" : "PRX010",
                Phrase(
                    "the rules of \(port.name) lead to no endpoint: its chain is empty or gone, \(counted(ready.count, "endpoint")) \(ready.count == 1 ? "is" : "are") ready",
                    zh: "\(port.name) 的规则不通向任何端点：其链为空或不存在，而有 \(ready.count) 个端点就绪"),
                at: table.place(0),
                (table.mode == .iptables ? [Phrase("\(chain): no rule", zh: "\(chain)：没有规则")] : [])
                    + ready.prefix(16).map { Phrase("missing: \(port.text($0))", zh: "缺少：\(port.text($0))") })
        }
        for balancer in balancers {
            // A filter may have let the chain's own rules through and none of its jumps.
            if balancer.targets.isEmpty, !table.isWhole { continue }
            if compareTargets(balancer, port, ready, table) {
                checkShares(balancer, port, table)
                checkAffinity(balancer, port, table)
                checkHairpin(balancer, port, table)
            }
        }
    }

    /// - Returns: false where they are not the ready endpoints.
    private mutating func compareTargets(
        _ balancer: Balancer, _ port: ProxyPort, _ ready: [EndpointAddress], _ table: ForwardingRules
    ) -> Bool {
        var targets: [EndpointAddress: Target] = [:]
        var unknown: [Target] = []
        for target in balancer.targets {
            if let endpoint = endpoint(of: target, port) { targets[endpoint] = target } else { unknown.append(target) }
        }
        // Deleted endpoints keep weight 0 until their connections end (pkg/proxy/ipvs graceful_termination.go).
        let drained = targets.filter { table.mode == .ipvs && $0.value.written == "0" && !ready.contains($0.key) }
        for endpoint in drained.keys { targets[endpoint] = nil }
        let stale = targets.keys.filter { !ready.contains($0) }.sorted()
        let missing = expected(balancer, port, ready, targets).filter { targets[$0] == nil }
        say(
            "\(ProxyCheck.chains(table.mode).english): \(counted(targets.count + unknown.count, "target")), \(counted(ready.count, "ready endpoint"))",
            zh: "\(ProxyCheck.chains(table.mode).chinese)：\(targets.count + unknown.count) 个目标，\(ready.count) 个就绪端点")
        if missing.isEmpty, stale.isEmpty, unknown.isEmpty { return true }
        var evidence = missing.prefix(16).map { missing in
            Phrase(
                "no \(ProxyCheck.chains(table.mode).english) for \(port.text(missing)); this node never sends it traffic",
                zh: "没有 \(port.text(missing)) 对应的 \(ProxyCheck.chains(table.mode).chinese)；该节点永远不会向它发送流量")
        }
        for endpoint in stale.prefix(16) {
            guard let target = targets[endpoint] else { continue }
            let isKnown = port.notReady.contains(endpoint)
            let name = target.chain.isEmpty ? balancer.name : target.chain
            let line = table.place(target.line)
            evidence.append(
                Phrase(
                    "\(line): \(name) sends to \(isKnown ? port.text(endpoint) : "\(endpoint)"), which is \(isKnown ? "not ready" : "no endpoint")",
                    zh:
                        "\(line)：\(name) 发送到 \(isKnown ? port.text(endpoint) : "\(endpoint)")，它\(isKnown ? "未就绪" : "不是端点")"
                ))
        }
        if balancer.isVirtualServer {
            let count = counted(balancer.targets.count, "real server")
            evidence.append(
                Phrase(
                    "\(table.place(balancer.line)): virtual server \(balancer.name) has \(count)",
                    zh: "\(table.place(balancer.line))：虚拟服务器 \(balancer.name) 有 \(balancer.targets.count) 个真实服务器"))
        }
        for target in unknown.prefix(16) {
            evidence.append(
                Phrase(
                    "\(table.place(target.line)): \(target.chain) has no rule that sends to an endpoint",
                    zh: "\(table.place(target.line))：\(target.chain) 中没有通向端点的规则"))
        }
        let what = [
            missing.isEmpty ? nil : "\(list(missing)) missing", stale.isEmpty ? nil : "\(list(stale)) stale",
        ].compactMap { $0 }.joined(separator: ", ")
        let whatChinese = [
            missing.isEmpty ? nil : "缺少 \(list(missing))", stale.isEmpty ? nil : "多余 \(list(stale))",
        ].compactMap { $0 }.joined(separator: "，")
        fault(
            table.mode != .iptables && !missing.isEmpty && stale.isEmpty ? "PRX010" : "PRX003",
            Phrase(
                "the node's rules for \(port.name) and its ready endpoints differ\(what.isEmpty ? "" : ": \(what)")",
                zh: "节点上 \(port.name) 的规则与其就绪端点不一致\(whatChinese.isEmpty ? "" : "：\(whatChinese)")"),
            at: table.place(balancer.line), Array(evidence))
        return false
    }

    private func list(_ endpoints: [EndpointAddress]) -> String {
        let text = endpoints.prefix(4).map(\.description).joined(separator: ", ")
        return endpoints.count > 4 ? "\(text), …" : text
    }

    /// Where a target leads: its rule says it, or its chain is named for an endpoint.
    private func endpoint(of target: Target, _ port: ProxyPort) -> EndpointAddress? {
        if let endpoint = target.endpoint { return endpoint }
        return ((port.ready ?? []) + port.notReady).first { endpoint in
            port.name.chainHashes(of: endpoint).contains { target.chain.hasSuffix("-\($0)") }
        }
    }

    /// The endpoints that a chain must lead to. Those of a Local policy are on one node, which may be told by those that
    /// are there; those that hints choose are in one zone.
    private func expected(
        _ balancer: Balancer, _ port: ProxyPort, _ ready: [EndpointAddress], _ targets: [EndpointAddress: Target]
    ) -> [EndpointAddress] {
        let isLocal =
            ["KUBE-SVL-", "KUBE-XLB-", "local-"].contains { balancer.name.hasPrefix($0) }
            || balancer.isVirtualServer && (service.internalTrafficPolicyLocal || service.externalTrafficPolicyLocal)
        if isLocal {
            let nodes = Set(targets.keys.map { port.nodes[$0] ?? "" })
            guard nodes.count == 1, let node = nodes.first, !node.isEmpty else { return [] }
            return ready.filter { port.nodes[$0] == node }
        }
        if !targets.isEmpty, isZonal { return [] }
        return ready
    }

    /// Whether each node may have only the endpoints of its own zone.
    private var isZonal: Bool {
        if service.prefersNear { return true }
        return ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"].contains { key in
            service.annotations[key].map { $0.lowercased() != "disabled" } ?? false
        }
    }

    // MARK: - Of a chain with the right targets

    private mutating func checkShares(_ balancer: Balancer, _ port: ProxyPort, _ table: ForwardingRules) {
        let live = balancer.targets.filter { target in
            endpoint(of: target, port).map { port.ready?.contains($0) ?? true } ?? true
        }
        let shares = live.compactMap(\.share)
        guard !live.isEmpty, shares.count == live.count else { return }
        let even = 1 / Double(live.count)
        // kube-proxy wrote five digits until Kubernetes 1.19.
        let uneven = live.filter { abs(($0.share ?? 0) - even) > even * 0.05 + 0.00001 }
        guard !uneven.isEmpty || balancer.lost > 0.001 else { return }
        let name = port.name
        var evidence = live.prefix(16).map { target in
            let chain = target.chain.isEmpty ? "" : "\(target.chain) "
            let end = endpoint(of: target, port).map { "\($0)" } ?? ""
            let written = target.written.map { table.mode == .ipvs ? ", weight \($0)" : ", probability \($0)" } ?? ""
            let fact = "\(table.place(target.line)): \(chain)\(end) \(percent(target.share ?? 0))\(written)"
            return Phrase(fact)
        }
        if balancer.lost > 0.001 {
            evidence.append(
                Phrase(
                    "\(percent(balancer.lost)) of connections reach no endpoint",
                    zh: "\(percent(balancer.lost)) 的连接到不了任何端点"))
        }
        let first = uneven.first.flatMap { endpoint(of: $0, port) }.map { "\($0)" } ?? ""
        let share = uneven.first.map { percent($0.share ?? 0) } ?? percent(1 - balancer.lost)
        fault(
            "PRX007",
            Phrase(
                "connections to \(name) are spread unevenly over \(counted(live.count, "endpoint")): \(first.isEmpty ? "they" : first) get\(first.isEmpty ? "" : "s") \(share), even is \(percent(even))",
                zh: "到 \(name) 的连接在 \(live.count) 个端点间分布不均：\(first) 得到 \(share)，均匀应为 \(percent(even))"),
            at: table.place(uneven.first?.line ?? balancer.line), Array(evidence))
    }

    private func percent(_ part: Double) -> String {
        let tenths = Int((part * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private mutating func checkAffinity(_ balancer: Balancer, _ port: ProxyPort, _ table: ForwardingRules) {
        guard !balancer.targets.isEmpty else { return }
        let wanted = service.sessionAffinityClientIP
        let forgetful: [Target]
        if let isPersistent = balancer.isPersistent {
            if isPersistent == wanted { return }
            forgetful = []
        } else if table.mode == .ipvs {
            return
        } else if wanted {
            // What a target's own chain does is known only where that was shown.
            forgetful = balancer.targets.filter { !$0.isRemembered || $0.isMasqueraded != nil && !$0.remembers }
            if forgetful.isEmpty { return }
        } else {
            forgetful = balancer.targets.filter(\.isRemembered)
            if forgetful.isEmpty { return }
        }
        let rule =
            switch table.mode {
            case .iptables, .userspace: "-m recent --rcheck / --set"
            case .nftables: "@affinity-"
            case .ipvs: "persistent"
            }
        let evidence = forgetful.prefix(16).map { target in
            let end = endpoint(of: target, port).map { " \($0)" } ?? ""
            return wanted
                ? Phrase(
                    "\(table.place(target.line)): \(target.chain)\(end) without \(rule)",
                    zh: "\(table.place(target.line))：\(target.chain)\(end) 没有 \(rule)")
                : Phrase(
                    "\(table.place(target.line)): \(target.chain)\(end) with \(rule)",
                    zh: "\(table.place(target.line))：\(target.chain)\(end) 带有 \(rule)")
        }
        fault(
            "PRX009",
            wanted
                ? Phrase(
                    "sessionAffinity: ClientIP of \(port.name) is not in the node's rules: no \(rule)",
                    zh: "\(port.name) 的 sessionAffinity: ClientIP 没有写入节点规则：缺少 \(rule)")
                : Phrase(
                    "the node keeps clients of \(port.name) on one endpoint (\(rule)), but its sessionAffinity is None",
                    zh: "节点把 \(port.name) 的客户端固定在同一端点（\(rule)），但其 sessionAffinity 为 None"),
            at: table.place(balancer.line), Array(evidence))
    }

    private mutating func checkHairpin(_ balancer: Balancer, _ port: ProxyPort, _ table: ForwardingRules) {
        let known = balancer.targets.filter { $0.isMasqueraded != nil }
        let bare = known.filter { $0.isMasqueraded == false }
        // A filter that let none through proves nothing.
        guard !bare.isEmpty, table.isWhole || bare.count < known.count else { return }
        fault(
            "PRX008",
            Phrase(
                "a Pod of \(port.name) cannot reach itself through the Service: its address is not marked for masquerading",
                zh: "\(port.name) 的 Pod 无法通过该 Service 访问自己：其地址没有打上 masquerade 标记"),
            at: table.place(bare[0].line),
            bare.prefix(16).map { target in
                let source = target.endpoint.map { "\($0.address)" } ?? ""
                return Phrase(
                    "\(target.chain): no rule -s \(source) -j KUBE-MARK-MASQ",
                    zh: "\(target.chain)：没有规则 -s \(source) -j KUBE-MARK-MASQ")
            })
    }

    private static func chains(_ mode: ForwardingRules.Mode) -> Phrase {
        switch mode {
        case .iptables, .userspace: Phrase("KUBE-SEP chain", zh: "KUBE-SEP 链")
        case .nftables: Phrase("dnat target", zh: "dnat 目标")
        case .ipvs: Phrase("real server", zh: "真实服务器")
        }
    }
}

extension Balancer {
    /// A virtual server of IPVS, which has no chain of its own for a Local policy.
    fileprivate var isVirtualServer: Bool { !name.hasPrefix("KUBE-") && !name.contains("/") }
}
