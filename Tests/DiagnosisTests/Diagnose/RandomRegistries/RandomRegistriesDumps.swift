import Diagnosis
import NetworkAddress
import ProxyRules
import ServiceRegistry

/// What kube-proxy would write on a node for the IPv4 addresses of a registry's Services.
struct NodeRules {
    struct Port {
        var name: ServicePortName
        var address: String
        var number: UInt16
        var nodePort: UInt16?
        var outside: [String]
        var endpoints: [EndpointAddress]
        var hasAffinity: Bool

        var hash: String { name.chainHashes[0] }
        /// What stands behind `service-` in nftables mode.
        var nftables: String { name.nftablesBase }
    }

    var ports: [Port] = []

    init(_ facts: ClusterFacts) {
        let services = facts.registry.services.values.filter { $0.kind != .externalName && !$0.isHeadless }
        for service in services.sorted(by: { $0.name < $1.name }) {
            guard let address = service.clusterIPs.first(where: { $0.family == .v4 }) else { continue }
            for port in service.ports {
                let name = ServicePortName(
                    namespace: service.name.namespace, service: service.name.name, port: port.name,
                    transport: port.transport.rawValue.lowercased())
                let endpoints = facts.endpoints(of: service.name).compactMap { endpoint, slice -> EndpointAddress? in
                    guard endpoint.isReady, let own = endpoint.addresses.first, own.family == .v4 else { return nil }
                    let number = slice.ports.first { $0.name == port.name && $0.transport == port.transport }?.port
                    return number.map { EndpointAddress(own, $0) }
                }
                let outside = service.externalIPs + service.loadBalancer.compactMap(\.address)
                ports.append(
                    Port(
                        name: name, address: "\(address)", number: port.port,
                        nodePort: service.kind == .clusterIP ? nil : port.nodePort,
                        outside: outside.filter { $0.family == .v4 }.map { "\($0)" },
                        endpoints: Set(endpoints).sorted(), hasAffinity: service.sessionAffinityClientIP))
            }
        }
    }

    // MARK: -

    /// The rules of `iptables-save`, a line each, between the tables' heads and ends.
    var iptables: [String] {
        var filter: [String] = []
        var nat: [String] = [
            #"-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES"#,
            #"-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES"#,
            #"-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING"#,
            "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
            "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
            "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0",
            #"-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully"#,
        ]
        for port in ports {
            let (name, transport) = (port.name.description, port.name.transport)
            let match = "-p \(transport) -m comment --comment"
            if port.endpoints.isEmpty {
                filter.append(
                    #"-A KUBE-SERVICES -d \#(port.address)/32 \#(match) "\#(name) has no endpoints" -m \#(transport) --dport \#(port.number) -j REJECT --reject-with icmp-port-unreachable"#
                )
                continue
            }
            nat.append(
                #"-A KUBE-SERVICES -d \#(port.address)/32 \#(match) "\#(name) cluster IP" -m \#(transport) --dport \#(port.number) -j KUBE-SVC-\#(port.hash)"#
            )
            for outside in port.outside {
                nat.append(
                    #"-A KUBE-SERVICES -d \#(outside)/32 \#(match) "\#(name) loadbalancer IP" -m \#(transport) --dport \#(port.number) -j KUBE-EXT-\#(port.hash)"#
                )
            }
            if let nodePort = port.nodePort {
                nat.append(
                    #"-A KUBE-NODEPORTS \#(match) "\#(name)" -m \#(transport) --dport \#(nodePort) -j KUBE-EXT-\#(port.hash)"#
                )
            }
            if port.nodePort != nil || !port.outside.isEmpty {
                nat.append(
                    #"-A KUBE-EXT-\#(port.hash) -m comment --comment "masquerade traffic for \#(name) external destinations" -j KUBE-MARK-MASQ"#
                )
                nat.append("-A KUBE-EXT-\(port.hash) -j KUBE-SVC-\(port.hash)")
            }
            nat += balancer(port)
        }
        nat.append(
            #"-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"#
        )
        return table("filter", filter) + table("nat", nat)
    }

    private func balancer(_ port: Port) -> [String] {
        let (name, transport) = (port.name.description, port.name.transport)
        var lines = [
            #"-A KUBE-SVC-\#(port.hash) ! -s 10.244.0.0/16 -d \#(port.address)/32 -p \#(transport) -m comment --comment "\#(name) cluster IP" -m \#(transport) --dport \#(port.number) -j KUBE-MARK-MASQ"#
        ]
        let chains = port.endpoints.map { ($0, port.name.chainHashes(of: $0)[0]) }
        if port.hasAffinity {
            for (endpoint, chain) in chains {
                lines.append(
                    #"-A KUBE-SVC-\#(port.hash) -m comment --comment "\#(name) -> \#(endpoint)" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-\#(chain) --mask 255.255.255.255 --rsource -j KUBE-SEP-\#(chain)"#
                )
            }
        }
        for (place, (endpoint, chain)) in chains.enumerated() {
            let left = chains.count - place
            let part = left > 1 ? "-m statistic --mode random --probability \(probability(left)) " : ""
            lines.append(
                #"-A KUBE-SVC-\#(port.hash) -m comment --comment "\#(name) -> \#(endpoint)" \#(part)-j KUBE-SEP-\#(chain)"#
            )
        }
        for (endpoint, chain) in chains {
            let recent =
                port.hasAffinity ? "-m recent --set --name KUBE-SEP-\(chain) --mask 255.255.255.255 --rsource " : ""
            lines += [
                #"-A KUBE-SEP-\#(chain) -s \#(endpoint.address)/32 -m comment --comment "\#(name)" -j KUBE-MARK-MASQ"#,
                #"-A KUBE-SEP-\#(chain) -p \#(transport) -m comment --comment "\#(name)" \#(recent)-m \#(transport) -j DNAT --to-destination \#(endpoint)"#,
            ]
        }
        return lines
    }

    private func probability(_ count: Int) -> String {
        let digits = String(Int((1e10 / Double(count)).rounded()))
        return "0." + String(repeating: "0", count: 10 - digits.count) + digits
    }

    private func table(_ name: String, _ rules: [String]) -> [String] {
        let chains = Set(rules.compactMap { $0.split(separator: " ").dropFirst().first }.map(String.init))
        return ["*\(name)"] + (chains.union(["KUBE-SERVICES", "KUBE-NODEPORTS"])).sorted().map { ":\($0) - [0:0]" }
            + rules + ["COMMIT"]
    }

    // MARK: -

    /// Elements and chains of `nft list table ip kube-proxy`, those of a port together.
    func nftables(
        without left: (Port, String) -> Bool = { _, _ in false }, endpoints: (Port) -> [EndpointAddress] = \.endpoints
    ) -> String {
        var elements: [String] = []
        var nodePorts: [String] = []
        var rejected: [String] = []
        var chains: [String] = []
        for port in ports {
            let element = "\(port.address) . \(port.name.transport) . \(port.number)"
            if port.endpoints.isEmpty {
                rejected.append("\(element) comment \"\(port.name)\" : goto reject-chain")
                continue
            }
            if !left(port, "service") { elements.append("\(element) : goto service-\(port.nftables)") }
            for outside in port.outside {
                elements.append(
                    "\(outside) . \(port.name.transport) . \(port.number) : goto external-\(port.nftables)")
            }
            if let number = port.nodePort, !left(port, "node port") {
                nodePorts.append("\(port.name.transport) . \(number) : goto external-\(port.nftables)")
            }
            let targets = endpoints(port).map { endpoint in
                (
                    endpoint,
                    "endpoint-\(ServicePortName.hash(port.nftables + "\(endpoint)").prefix(8))-\(port.nftables.dropFirst(9))__\(endpoint.address)/\(endpoint.port)"
                )
            }
            for (endpoint, chain) in targets {
                let remember =
                    port.hasAffinity ? "\n\t\tupdate @affinity-\(chain.dropFirst(9)) { ip saddr }" : ""
                chains.append(
                    "\tchain \(chain) {\n\t\tip saddr \(endpoint.address) jump mark-for-masquerade\(remember)\n\t\tmeta l4proto \(port.name.transport) dnat to \(endpoint)\n\t}\n"
                )
            }
            let remembered =
                port.hasAffinity
                ? targets.map { "\t\tip saddr @affinity-\($0.1.dropFirst(9)) goto \($0.1)\n" }.joined() : ""
            let map = targets.enumerated().map { "\($0) : goto \($1.1)" }.joined(separator: ", ")
            chains.append(
                "\tchain service-\(port.nftables) {\n\t\tip daddr \(port.address) \(port.name.transport) dport \(port.number) ip saddr != 10.244.0.0/16 jump mark-for-masquerade\n\(remembered)\t\tnumgen random mod \(targets.count) vmap { \(map) }\n\t}\n"
            )
            if port.nodePort != nil || !port.outside.isEmpty {
                chains.append(
                    "\tchain external-\(port.nftables) {\n\t\tjump mark-for-masquerade\n\t\tgoto service-\(port.nftables)\n\t}\n"
                )
            }
        }
        func map(_ name: String, _ type: String, _ elements: [String]) -> String {
            let list = elements.isEmpty ? "" : "\t\telements = { \(elements.joined(separator: ",\n\t\t\t     ")) }\n"
            return "\tmap \(name) {\n\t\ttype \(type) : verdict\n\(list)\t}\n"
        }
        let address = "ipv4_addr . inet_proto . inet_service"
        return "table ip kube-proxy {\n\tcomment \"rules for kube-proxy\"\n" + map("service-ips", address, elements)
            + map("service-nodeports", "inet_proto . inet_service", nodePorts)
            + map("no-endpoint-services", address, rejected)
                + """
                \tchain nat-prerouting {
                \t\ttype nat hook prerouting priority dstnat; policy accept;
                \t\tjump services
                \t}
                \tchain nat-postrouting {
                \t\ttype nat hook postrouting priority srcnat; policy accept;
                \t\tjump masquerading
                \t}
                \tchain services {
                \t\tip daddr . meta l4proto . th dport vmap @service-ips
                \t\tfib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports
                \t}
                \tchain mark-for-masquerade {
                \t\tmeta mark set meta mark | 0x00004000
                \t}
                \tchain masquerading {
                \t\tmeta mark & 0x00004000 == 0x00000000 return
                \t\tmeta mark set meta mark ^ 0x00004000
                \t\tmasquerade fully-random
                \t}

                """ + chains.joined() + "}\n"
    }

    /// `ipvsadm -Ln`, with what is left out.
    func ipvs(
        without left: (Port) -> Bool = { _ in false }, endpoints: (Port) -> [EndpointAddress] = \.endpoints
    ) -> String {
        var out = """
            IP Virtual Server version 1.2.1 (size=4096)
            Prot LocalAddress:Port Scheduler Flags
              -> RemoteAddress:Port           Forward Weight ActiveConn InActConn

            """
        for port in ports where !left(port) {
            var addresses = ([port.address] + port.outside).map { "\($0):\(port.number)" }
            if let number = port.nodePort { addresses.append("192.168.1.10:\(number)") }
            for address in addresses {
                out +=
                    "\(port.name.transport.uppercased())  \(address) rr\(port.hasAffinity ? " persistent 10800" : "")\n"
                for endpoint in endpoints(port) { out += "  -> \(endpoint)              Masq    1      0          0\n" }
            }
        }
        return out
    }
}
