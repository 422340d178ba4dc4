import NetworkAddress

extension ProxyDump {
    mutating func read(_ dump: IptablesDump) {
        unread += dump.unread
        for table in dump.tables { notice(table) }
        for family in IPAddress.Family.allCases {
            let tables = dump.tables.filter { ($0.family ?? (dump.isIPv6 ? .v6 : .v4)) == family }
            let nat = tables.filter { $0.name == "nat" || $0.name.isEmpty }
            // nf_tables and legacy can both be loaded: the one that kube-proxy writes has its rules.
            guard let table = nat.first(where: \.holdsServices) ?? tables.first(where: \.holdsServices) else {
                continue
            }
            var reading = IptablesReading(table, family, file: file)
            for other in tables where other.line != table.line { reading.addRejections(other) }
            rules.append(reading.rules)
        }
    }

    private mutating func notice(_ table: IptablesDump.Table) {
        let chains = table.chains.union(table.rules.map(\.chain))
        if chains.contains(where: { $0.hasPrefix("CILIUM_") }) { traces.insert(.cilium) }
        if chains.contains(where: { $0 == "KUBE-FIREWALL" || $0 == "KUBE-KUBELET-CANARY" || $0 == "KUBE-MARK-DROP" }) {
            traces.insert(.kubelet)
        }
        if table.rules.contains(where: { $0.matchSet?.hasPrefix("KUBE-CLUSTER-IP") == true })
            || chains.contains("KUBE-LOAD-BALANCER")
        {
            traces.insert(.ipvsSets)
        }
    }
}

extension IptablesDump.Table {
    /// That of the first address that a rule names.
    fileprivate var family: IPAddress.Family? {
        for rule in rules {
            if let address = rule.sendsTo?.address ?? rule.destination?.block.base ?? rule.source?.block.base {
                return address.family
            }
        }
        return nil
    }

    fileprivate var holdsServices: Bool {
        guard !rules.contains(where: { $0.matchSet?.hasPrefix("KUBE-") == true }) else { return false }
        return rules.contains { rule in
            rule.chain == "KUBE-SERVICES" || rule.chain == "KUBE-NODEPORTS"
                || rule.chain == "KUBE-EXTERNAL-SERVICES" || rule.chain.hasPrefix("KUBE-SEP-")
                || rule.chain.hasPrefix("KUBE-PORTALS-") || IptablesReading.isServiceChain(rule.chain)
        }
    }
}
