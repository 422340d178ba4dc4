import NetworkAddress
import ProxyRules
import ServiceRegistry

/// The entries of a table as one port of a Service sees them.
struct ProxyEntries {
    let port: ProxyPort
    let table: ForwardingRules
    /// Those that lead to the port's chains, or say that they are its own.
    let own: [Entry]
    /// What the dump lacks of addresses, the node lacks.
    let provesAbsence: Bool
    /// The same of node ports.
    let provesNodePortAbsence: Bool

    /// - Parameters:
    ///   - table: as far as the Service has to do with it.
    ///   - whole: with the other Services' rules, which show what kind of an excerpt it is.
    init(_ port: ProxyPort, _ table: ForwardingRules, _ service: Service, of whole: IndexedRules) {
        self.port = port
        self.table = table
        let showsService = whole.services.contains("\(service.name)")
        let others = whole.services.count - (showsService ? 1 : 0)
        let byName = showsService && others == 0
        let count = whole.rules.entries.count
        provesAbsence =
            table.isWhole || byName || count > whole.nodePortCount && (showsService || others > 1)
            || table.mode == .ipvs && count > 2
        provesNodePortAbsence =
            table.isWhole || byName || whole.nodePortCount > 0 && (showsService || others > 1)
        own = table.entries.filter { entry in
            if table.mode == .ipvs {
                return entry.transport == port.name.transport && entry.port == port.port
                    && port.ways.contains { entry.destination == .address($0.address) }
            }
            if case .chain(let chain) = entry.verdict, ProxyEntries.isOwn(chain, port, table.mode) { return true }
            return entry.owner == port.name.description && entry.transport == port.name.transport
        }
    }

    /// Whether a chain is the port's, by its name.
    static func isOwn(_ chain: String, _ port: ProxyPort, _ mode: ForwardingRules.Mode) -> Bool {
        switch mode {
        case .iptables: port.name.chainHashes.contains { chain.hasSuffix("-\($0)") }
        case .nftables: ServicePortName(chain: chain) == port.name
        case .ipvs, .userspace: true
        }
    }

    func entries(for address: IPAddress) -> [Entry] {
        table.entries.filter {
            $0.destination == .address(address) && $0.port == port.port && $0.transport == port.name.transport
        }
    }

    /// nftables and iptables have them for any address, IPVS one for each address of the node.
    func entries(forNodePort number: UInt16) -> [Entry] {
        table.entries.filter { entry in
            guard entry.port == number, entry.transport == port.name.transport else { return false }
            if entry.destination == .nodePort { return true }
            return table.mode == .ipvs && !port.ways.contains { entry.destination == .address($0.address) }
        }
    }

    /// Some entry leads to the port's chains.
    var leadsHere: Bool {
        own.contains {
            if case .chain(let chain) = $0.verdict { return ProxyEntries.isOwn(chain, port, table.mode) }
            return false
        }
    }

    /// The chains that pick among the port's endpoints.
    var balancers: [Balancer] {
        if table.mode == .ipvs {
            let all = port.ways.flatMap { entries(for: $0.address) } + (port.nodePort.map(entries(forNodePort:)) ?? [])
            var seen: Set<String> = []
            return all.compactMap { entry in
                guard case .chain(let name) = entry.verdict, seen.insert(name).inserted else { return nil }
                return table.balancers[name]
            }
        }
        let prefixes = table.mode == .iptables ? ["KUBE-SVC-", "KUBE-SVL-", "KUBE-XLB-"] : ["service-", "local-"]
        return table.balancers.values.filter { balancer in
            prefixes.contains { balancer.name.hasPrefix($0) } && ProxyEntries.isOwn(balancer.name, port, table.mode)
        }.sorted { $0.name < $1.name }
    }
}

extension ProxyEntries {
    /// The right address and port, for another protocol.
    var entriesOnOtherTransports: [Entry] {
        table.entries.filter { entry in
            entry.port == port.port && entry.transport != port.name.transport
                && port.ways.contains { entry.destination == .address($0.address) }
        }
    }
}
