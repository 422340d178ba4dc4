import NetworkAddress

/// Makes forwarding rules of one table (pkg/proxy/iptables/proxier.go; KUBE-XLB- until Kubernetes 1.23, KUBE-PORTALS-
/// of the userspace mode until 1.25).
struct IptablesReading {
    private(set) var rules: ForwardingRules
    private let byChain: [String: [IptablesRule]]

    init(_ table: IptablesDump.Table, _ family: IPAddress.Family, file: String) {
        byChain = Dictionary(grouping: table.rules, by: \.chain)
        let isUserspace = byChain.keys.contains { $0.hasPrefix("KUBE-PORTALS-") }
        rules = ForwardingRules(mode: isUserspace ? .userspace : .iptables, family: family, file: file)
        rules.ruleCount = table.rules.count
        rules.isWhole = table.isWhole && table.name == "nat"
        for rule in table.rules {
            addEntry(rule)
            if IptablesReading.rejects(rule) { addRejection(rule) }
        }
        for (name, chain) in byChain where IptablesReading.isServiceChain(name) {
            rules.balancers[name] = balancer(name, chain)
        }
        if rules.isWhole {
            rules.isEntered = jumps(from: "PREROUTING", to: "KUBE-SERVICES")
            rules.nodePortsAreEntered = jumps(from: "KUBE-SERVICES", to: "KUBE-NODEPORTS")
        }
        readMasquerade()
    }

    static func isServiceChain(_ name: String) -> Bool {
        ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-", "KUBE-XLB-", "KUBE-FW-"].contains { name.hasPrefix($0) }
    }

    private static func rejects(_ rule: IptablesRule) -> Bool {
        (rule.target == "REJECT" || rule.target == "DROP") && rule.source == nil
            // Drops what a Service's loadBalancerSourceRanges do not name.
            && rule.chain != "KUBE-PROXY-FIREWALL"
    }

    /// What the filter table turns away.
    mutating func addRejections(_ table: IptablesDump.Table) {
        rules.ruleCount += table.rules.count
        for rule in table.rules where IptablesReading.rejects(rule) { addRejection(rule) }
    }

    private mutating func addRejection(_ rule: IptablesRule) {
        guard let port = rule.destinationPort else { return }
        let verdict: Entry.Verdict = rule.target == "DROP" ? .drop : .reject
        if let address = rule.destination?.single {
            add(rule, .address(address), port, verdict)
        } else if rule.destination == nil, rule.chain == "KUBE-EXTERNAL-SERVICES" || rule.chain == "KUBE-NODEPORTS" {
            add(rule, .nodePort, port, verdict)
        }
    }

    private mutating func addEntry(_ rule: IptablesRule) {
        guard let port = rule.destinationPort else { return }
        let isPortal = rule.target == "REDIRECT" || rule.target == "DNAT"
        switch rule.chain {
        case "KUBE-SERVICES" where IptablesReading.isServiceChain(rule.target),
            "KUBE-PORTALS-CONTAINER" where isPortal, "KUBE-PORTALS-HOST" where isPortal:
            guard let address = rule.destination?.single else { return }
            add(rule, .address(address), port, .chain(rule.target))
        case "KUBE-NODEPORTS" where IptablesReading.isServiceChain(rule.target):
            add(rule, .nodePort, port, .chain(rule.target))
        default: break
        }
    }

    private mutating func add(
        _ rule: IptablesRule, _ destination: Entry.Destination, _ port: UInt16, _ verdict: Entry.Verdict
    ) {
        let entry = Entry(
            destination: destination, transport: rule.transport ?? "tcp", port: port, verdict: verdict,
            owner: rule.owner, line: rule.line)
        // External addresses have a rule for each way to come in.
        guard
            !rules.entries.contains(where: {
                $0.port == port && $0.destination == destination && $0.transport == entry.transport
                    && $0.verdict == verdict
            })
        else { return }
        rules.entries.append(entry)
    }

    private func balancer(_ name: String, _ chain: [IptablesRule]) -> Balancer {
        var balancer = Balancer(name: name, line: chain[0].line)
        balancer.owner = chain.lazy.compactMap(\.owner).first
        var left = 1.0
        var isJumped = false
        for rule in chain {
            if rule.target.hasPrefix("KUBE-SEP-") {
                var target = balancer.targets.first { $0.chain == rule.target } ?? self.target(rule)
                if rule.checksRecent {
                    target.isRemembered = true
                } else {
                    let part = left * (rule.probability ?? 1)
                    target.share = (target.share ?? 0) + part
                    left -= part
                    target.written = rule.writtenProbability
                    isJumped = true
                }
                if let place = balancer.targets.firstIndex(where: { $0.chain == rule.target }) {
                    balancer.targets[place] = target
                } else {
                    balancer.targets.append(target)
                }
            } else if IptablesReading.isServiceChain(rule.target) {
                if !balancer.next.contains(rule.target) { balancer.next.append(rule.target) }
            } else if rule.target == "KUBE-MARK-MASQ" || rule.target == "MARK" {
                balancer.marksMasquerade = true
            }
        }
        balancer.lost = isJumped ? left : 0
        return balancer
    }

    /// The end of a chain that picks.
    private func target(_ jump: IptablesRule) -> Target {
        let chain = byChain[jump.target] ?? []
        let destination = chain.lazy.compactMap(\.sendsTo).first
        // A current kube-proxy says it in the comment of the jump too: "shop/web:http -> 10.244.0.5:9376".
        let named = jump.comment?.split(separator: " ").last.flatMap { EndpointAddress($0) }
        var target = Target(chain: jump.target, endpoint: destination ?? (chain.isEmpty ? named : nil), line: jump.line)
        target.remembers = chain.contains(where: \.setsRecent)
        if let address = destination?.address {
            target.isMasqueraded = chain.contains { rule in
                rule.source?.single == address && (rule.target == "KUBE-MARK-MASQ" || rule.target == "MARK")
            }
        }
        return target
    }

    private mutating func readMasquerade() {
        if let mark = byChain["KUBE-MARK-MASQ"]?.lazy.compactMap(\.sets).first { rules.masquerade.mark = mark.value }
        for rule in byChain["KUBE-POSTROUTING"] ?? [] {
            if let mark = rule.looksAt { rules.masquerade.lookedAt = mark.value }
            if rule.target == "MASQUERADE" || rule.target == "SNAT" { rules.masquerade.masquerades = true }
        }
        if rules.isWhole { rules.masquerade.isEntered = jumps(from: "POSTROUTING", to: "KUBE-POSTROUTING") }
    }

    private func jumps(from chain: String, to target: String) -> Bool {
        byChain[chain]?.contains { $0.target == target } ?? false
    }
}
