import Findings
import NetworkAddress
import ProxyRules
import ServiceRegistry

/// PRX001, PRX004, PRX005, PRX006, PRX010: what catches the packets for a port, and where it leads.
extension ProxyCheck {
    /// Cluster, external and load balancer addresses.
    /// - Returns: false where one is not as it should be.
    mutating func checkClusterWays(_ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules) -> Bool {
        var isRight = true
        for way in port.ways {
            var found = seen.entries(for: way.address)
            let isGuessed = way.kind == .cluster && port.addressIsGuessed
            if isGuessed {
                found = seen.own.filter { entry in
                    guard case .address(let address) = entry.destination, entry.port == port.port else { return false }
                    return !port.ways.contains { $0.kind != .cluster && $0.address == address }
                }
            }
            let name =
                isGuessed ? "\(port.name) port \(port.port)" : EndpointAddress(way.address, port.port).description
            let isLocal =
                way.kind == .cluster ? service.internalTrafficPolicyLocal : service.externalTrafficPolicyLocal
            if !check(found, name, port, isLocal: isLocal, table) { isRight = false }
            guard found.isEmpty, port.hasReady else { continue }
            // Virtual servers have no names: an address that nobody wrote cannot be found among them.
            if isGuessed && table.mode == .ipvs { continue }
            if seen.provesAbsence {
                missing(name, port, seen, table)
                isRight = false
            } else {
                say("\(name): not in this excerpt", zh: "\(name)：不在此节选中")
            }
        }
        return isRight
    }

    /// - Returns: false where one is not as it should be.
    mutating func checkNodePort(_ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules) -> Bool {
        guard let number = port.nodePort else { return true }
        let found = seen.entries(forNodePort: number)
        let isLocal = service.externalTrafficPolicyLocal
        guard check(found, "node port \(number)", port, isLocal: isLocal, table) else { return false }
        guard port.hasReady else { return true }
        if found.isEmpty { return checkMissingNodePort(number, port, seen, table) }
        if table.nodePortsAreEntered == false {
            let way = table.mode == .nftables ? "services -> @service-nodeports" : "KUBE-SERVICES -> KUBE-NODEPORTS"
            fault(
                "PRX005",
                Phrase(
                    "packets for nodePort \(number) never come to its rule: \(way) is missing",
                    zh: "发往 nodePort \(number) 的数据包到不了其规则：缺少 \(way)"), at: table.place(found[0].line))
            return false
        }
        return true
    }

    private mutating func checkMissingNodePort(
        _ number: UInt16, _ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules
    ) -> Bool {
        let others = seen.own.filter { $0.destination == .nodePort && $0.port != number }
        if let other = others.first {
            fault(
                "PRX005",
                Phrase(
                    "the node port rule of \(port.name) is for port \(other.port), its nodePort is \(number)",
                    zh: "\(port.name) 的 nodePort 规则对应端口 \(other.port)，而其 nodePort 是 \(number)"),
                at: table.place(other.line), others.map { place($0, table) })
            return false
        }
        guard seen.provesNodePortAbsence else { return true }
        fault(
            table.mode == .iptables ? "PRX005" : "PRX010",
            Phrase(
                "no \(ProxyCheck.nodePorts(table.mode).english) for nodePort \(number)/\(port.name.transport) of \(port.name)",
                zh:
                    "没有 \(port.name) 的 nodePort \(number)/\(port.name.transport) 对应的 \(ProxyCheck.nodePorts(table.mode).chinese)"
            ),
            at: table.place(0), seen.own.map { place($0, table) })
        return false
    }

    /// Whether what was found for an address or node port leads to the port's endpoints.
    private mutating func check(
        _ found: [Entry], _ name: String, _ port: ProxyPort, isLocal: Bool, _ table: ForwardingRules
    ) -> Bool {
        for entry in found {
            switch entry.verdict {
            case .reject, .drop:
                let verb = entry.verdict == .drop ? "DROP" : "REJECT"
                if port.hasReady, !isLocal {
                    let ready = port.ready ?? []
                    fault(
                        "PRX004",
                        Phrase(
                            "the node answers \(name) (\(port.name)) with \(verb), but \(counted(ready.count, "endpoint")) \(ready.count == 1 ? "is" : "are") ready",
                            zh: "节点对 \(name)（\(port.name)）执行 \(verb)，但有 \(ready.count) 个端点就绪"),
                        at: table.place(entry.line),
                        [place(entry, table)]
                            + ready.prefix(8).map { target in
                                Phrase("ready: \(port.text(target))", zh: "就绪：\(port.text(target))")
                            })
                    return false
                }
                say(
                    "\(name) \(verb): \(isLocal ? "no endpoint on this node" : "no endpoint is ready")",
                    zh: "\(name) \(verb)：\(isLocal ? "本节点上没有端点" : "没有就绪的端点")")
            case .chain(let chain):
                if !leads(chain, entry, name, port, table) { return false }
            }
        }
        return true
    }

    /// Whether a chain is the port's, and comes to what picks among its endpoints.
    private mutating func leads(
        _ chain: String, _ entry: Entry, _ name: String, _ port: ProxyPort, _ table: ForwardingRules
    ) -> Bool {
        guard ProxyEntries.isOwn(chain, port, table.mode) else {
            stranger(chain, entry, name, port, table)
            return false
        }
        let list = ProxyCheck.list(entry, table.mode)
        say(
            "\(list.english) \(name) -> \(chain)\(proof(chain, port))",
            zh: "\(list.chinese) \(name) -> \(chain)\(proof(chain, port))")
        guard let hop = table.balancers[chain], table.mode != .ipvs,
            chain.hasPrefix("KUBE-EXT-") || chain.hasPrefix("external-")
        else { return true }
        if let other = hop.next.first(where: { !ProxyEntries.isOwn($0, port, table.mode) }) {
            var entry = entry
            entry.line = hop.line
            stranger(other, entry, chain, port, table)
            return false
        }
        if hop.next.isEmpty, hop.targets.isEmpty, table.isWhole, port.hasReady {
            fault(
                entry.destination == .nodePort ? "PRX005" : "PRX001",
                Phrase(
                    "\(name) leads to \(chain), which leads nowhere",
                    zh: "\(name) 指向 \(chain)，而该链没有后续去向"), at: table.place(hop.line), [place(entry, table)])
            return false
        }
        return true
    }

    private mutating func stranger(
        _ chain: String, _ entry: Entry, _ name: String, _ port: ProxyPort, _ table: ForwardingRules
    ) {
        let owner = self.owner(of: chain, table)
        let own =
            table.mode == .nftables
            ? "service-\(port.name.nftablesBase)" : "KUBE-SVC-\(port.name.chainHashes[0])\(proof(nil, port))"
        let whose = owner.map { " of \($0)" } ?? ", which is no chain of this Service"
        let whoseChinese = owner.map { "（属于 \($0)）" } ?? "（不是该 Service 的链）"
        fault(
            "PRX006",
            Phrase(
                "\(name) (\(port.name)) leads to \(chain)\(whose)",
                zh: "\(name)（\(port.name)）指向 \(chain)\(whoseChinese)"),
            at: table.place(entry.line),
            [
                place(entry, table),
                Phrase("its own chain would be \(own)", zh: "它自己的链应为 \(own)"),
            ])
    }

    /// Whose chain it is: by its name, else by the comments in it.
    private func owner(of chain: String, _ table: ForwardingRules) -> String? {
        if table.mode == .nftables { return ServicePortName(chain: chain)?.description }
        for service in facts.registry.services.values {
            for port in service.ports {
                let name = ServicePortName(
                    namespace: service.name.namespace, service: service.name.name, port: port.name,
                    transport: port.transport.rawValue.lowercased())
                if name.chainHashes.contains(where: { chain.hasSuffix("-\($0)") }) { return name.description }
            }
        }
        return table.balancers[chain]?.owner
    }

    private mutating func missing(_ name: String, _ port: ProxyPort, _ seen: ProxyEntries, _ table: ForwardingRules) {
        let near = (seen.own + seen.entriesOnOtherTransports).map { place($0, table) }
        fault(
            table.mode == .iptables ? "PRX001" : "PRX010",
            Phrase(
                "no \(ProxyCheck.services(table.mode).english) for \(name)/\(port.name.transport) (\(port.name))",
                zh: "没有 \(name)/\(port.name.transport)（\(port.name)）对应的 \(ProxyCheck.services(table.mode).chinese)"),
            at: table.place(0),
            near.isEmpty
                ? [Phrase("\(table.file) has nothing of \(port.name)", zh: "\(table.file) 中没有 \(port.name) 的任何内容")]
                : near)
    }

    /// ` (= base32(sha256("default/web:http"+"tcp"))[:16])` behind the name of a chain of iptables mode.
    private func proof(_ chain: String?, _ port: ProxyPort) -> String {
        let hashes = zip(port.name.chainHashes, port.name.hashedNames)
        guard chain?.hasPrefix("KUBE-") ?? true,
            let name = chain.map({ chain in hashes.first { chain.hasSuffix("-\($0.0)") }?.1 })
                ?? port.name.hashedNames[0]
        else { return "" }
        return " (= base32(sha256(\"\(name)\"+\"\(port.name.transport)\"))[:16])"
    }

    private func place(_ entry: Entry, _ table: ForwardingRules) -> Phrase {
        let verdict =
            switch entry.verdict {
            case .chain(let chain): chain
            case .reject: "REJECT"
            case .drop: "DROP"
            }
        return Phrase("\(table.place(entry.line)): \(entry.text)/\(entry.transport) -> \(verdict)")
    }

    /// Where an entry stands.
    private static func list(_ entry: Entry, _ mode: ForwardingRules.Mode) -> Phrase {
        entry.destination == .nodePort ? nodePorts(mode) : services(mode)
    }

    private static func services(_ mode: ForwardingRules.Mode) -> Phrase {
        switch mode {
        case .iptables, .userspace: Phrase("KUBE-SERVICES rule", zh: "KUBE-SERVICES 规则")
        case .nftables: Phrase("service-ips element", zh: "service-ips 元素")
        case .ipvs: Phrase("virtual server", zh: "虚拟服务器")
        }
    }

    private static func nodePorts(_ mode: ForwardingRules.Mode) -> Phrase {
        switch mode {
        case .iptables, .userspace: Phrase("KUBE-NODEPORTS rule", zh: "KUBE-NODEPORTS 规则")
        case .nftables: Phrase("service-nodeports element", zh: "service-nodeports 元素")
        case .ipvs: Phrase("virtual server", zh: "虚拟服务器")
        }
    }
}
