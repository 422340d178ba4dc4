import NetworkAddress
import ProxyRules
import ServiceRegistry

/// The dumps and the log of a node, read once for all Services.
struct ProxyReading: Sendable {
    let dumps: [ProxyDump]
    let tables: [IndexedRules]
    let log: ProxyLog?

    init(_ proxy: ProxyFacts) {
        dumps = [proxy.iptables, proxy.nftables, proxy.ipvs].compactMap { $0 }.map {
            ProxyDump(file: $0.file, text: $0.text)
        }
        tables = dumps.flatMap(\.rules).map(IndexedRules.init)
        log = proxy.log.map { ProxyLog($0.text) }
    }
}

/// A table by what a Service asks it for: of thousands of Services each looks at its own rules only.
struct IndexedRules: Sendable {
    let rules: ForwardingRules
    /// `shop/web`: the Services that its comments and chains name.
    let services: Set<String>
    let nodePortCount: Int
    private var byAddress: [IPAddress: [Int]] = [:]
    /// Of node ports; in IPVS mode of any address, as a node's own are.
    private var byNumber: [UInt16: [Int]] = [:]
    /// By the Services of their comments, and by what the names of their chains say.
    private var byKey: [String: [Int]] = [:]
    private var chains: [String: [String]] = [:]

    init(_ rules: ForwardingRules) {
        self.rules = rules
        let owners = rules.entries.compactMap(\.owner) + rules.balancers.values.compactMap(\.owner)
        services = Set(owners.map(IndexedRules.service))
        nodePortCount = rules.entries.count { $0.destination == .nodePort }
        for (index, entry) in rules.entries.enumerated() {
            if case .address(let address) = entry.destination { byAddress[address, default: []].append(index) }
            if entry.destination == .nodePort || rules.mode == .ipvs { byNumber[entry.port, default: []].append(index) }
            if let owner = entry.owner { byKey[IndexedRules.service(owner), default: []].append(index) }
            if case .chain(let chain) = entry.verdict, let key = key(chain) { byKey[key, default: []].append(index) }
        }
        for name in rules.balancers.keys {
            if let key = key(name) { chains[key, default: []].append(name) }
        }
    }

    private static func service(_ owner: String) -> String { String(owner.prefix { $0 != ":" }) }

    /// The hash at the end of a chain's name, or the Service that its name says; nil in modes whose chains have no names.
    private func key(_ chain: String) -> String? {
        switch rules.mode {
        case .iptables: chain.lastIndex(of: "-").map { String(chain[$0...]) }
        case .nftables: ServicePortName(chain: chain).map { "\($0.namespace)/\($0.service)" }
        case .ipvs, .userspace: nil
        }
    }

    /// What a Service has to do with: entries of its addresses, node ports and chains, and the chains that these lead to.
    func part(of service: Service) -> ForwardingRules {
        let keys = ["\(service.name)"] + service.ports.flatMap { hashes($0, service) }
        let addresses = service.clusterIPs + service.externalIPs + service.loadBalancer.compactMap(\.address)
        var found = Set(addresses.flatMap { byAddress[$0] ?? [] })
        found.formUnion(service.ports.compactMap(\.nodePort).flatMap { byNumber[$0] ?? [] })
        found.formUnion(keys.flatMap { byKey[$0] ?? [] })
        var part = rules
        part.entries = found.sorted().map { rules.entries[$0] }
        var names = Set(keys.flatMap { chains[$0] ?? [] })
        for case .chain(let chain) in part.entries.map(\.verdict) { names.insert(chain) }
        for name in names { names.formUnion(rules.balancers[name]?.next ?? []) }
        part.balancers = [:]
        for name in names { part.balancers[name] = rules.balancers[name] }
        return part
    }

    private func hashes(_ port: Service.Port, _ service: Service) -> [String] {
        guard rules.mode == .iptables else { return [] }
        return ServicePortName(
            namespace: service.name.namespace, service: service.name.name, port: port.name,
            transport: port.transport.rawValue.lowercased()
        ).chainHashes.map { "-" + $0 }
    }
}
