import NetworkAddress
import ProxyRules
import ServiceRegistry
import TestSupport

@testable import Diagnosis

extension RandomFault {
    private static let served = RandomRegistry.Shape.served

    /// - Parameter change: of the lines of `iptables-save`, with the port that is looked at; nil: it has no place there.
    private static func iptables(
        _ code: String, _ what: String, nodePort: Bool = false, affinity: Bool = false,
        _ change: @escaping @Sendable ([String], NodeRules.Port) -> [String]
    ) -> RandomFault {
        dump(code, what, nodePort: nodePort, affinity: affinity) { rules, port in
            (\.iptables, change(rules.iptables, port).joined(separator: "\n") + "\n")
        }
    }

    private static func dump(
        _ code: String, _ what: String, nodePort: Bool = false, affinity: Bool = false,
        _ make: @escaping @Sendable (NodeRules, NodeRules.Port) -> (WritableKeyPath<ProxyFacts, TextInput?>, String)
    ) -> RandomFault {
        RandomFault(code, what, nodePort ? RandomRegistry.Shape.fronted : served, isInFiles: false) { scene in
            if nodePort { scene.registry.makeNodePort() }
            scene.registry.service["spec", "externalTrafficPolicy"] = nil
            scene.registry.service["spec", "sessionAffinity"] = affinity ? "ClientIP" : nil
            let focus = scene.focus.object
            let members = scene.focus.pods.isEmpty ? 2 : scene.focus.pods.count
            guard members > 1 else { return false }
            let index = scene.anyPort()
            scene.inquire = { inquiry in
                let rules = NodeRules(inquiry.facts)
                let own = rules.ports.filter {
                    $0.name.namespace == focus.namespace && $0.name.service == focus.name
                }
                let (path, text) = make(rules, own[index])
                inquiry.proxy[keyPath: path] = TextInput(file: "dump", text: text)
            }
            return true
        }
    }

    static let proxies: [RandomFault] = [
        iptables("PRX001", "no rule for the address") { lines, port in
            lines.filter {
                !$0.hasPrefix("-A KUBE-SERVICES -d \(port.address)/32") || !$0.hasSuffix(port.hash)
                    || !$0.contains("--dport \(port.number) ")
            }
        },
        iptables("PRX001", "nothing comes to KUBE-SERVICES") { lines, _ in
            lines.filter { !$0.hasPrefix("-A PREROUTING") && !$0.hasPrefix("-A OUTPUT") }
        },
        iptables("PRX002", "only the kubelet's chains") { _, _ in
            ["*nat", ":PREROUTING ACCEPT [0:0]", ":KUBE-KUBELET-CANARY - [0:0]", ":KUBE-MARK-DROP - [0:0]", "COMMIT"]
        },
        iptables("PRX002", "empty") { _, _ in [] },
        iptables("PRX003", "an endpoint is missing") { lines, port in
            let gone = port.name.chainHashes(of: port.endpoints[0])[0]
            return lines.filter { !$0.contains("KUBE-SEP-\(gone)") }
        },
        iptables("PRX003", "an endpoint that is gone") { lines, port in
            let chain = port.name.chainHashes(of: port.endpoints[0])[0]
            return lines.map {
                $0.contains("KUBE-SEP-\(chain)") && $0.contains("--to-destination")
                    ? $0.replacing("\(port.endpoints[0])", with: "10.244.99.99:\(port.endpoints[0].port)") : $0
            }
        },
        iptables("PRX004", "rejected") { lines, port in
            var out = lines.filter {
                !$0.contains(port.hash)
                    && !port.endpoints.map { port.name.chainHashes(of: $0)[0] }.contains(where: $0.contains)
            }
            out.insert(
                #"-A KUBE-SERVICES -d \#(port.address)/32 -p \#(port.name.transport) -m comment --comment "\#(port.name) has no endpoints" -m \#(port.name.transport) --dport \#(port.number) -j REJECT --reject-with icmp-port-unreachable"#,
                at: out.firstIndex(of: "COMMIT")!)
            return out
        },
        iptables("PRX005", "no rule for the nodePort", nodePort: true) { lines, port in
            lines.filter { !($0.hasPrefix("-A KUBE-NODEPORTS") && $0.hasSuffix(port.hash)) }
        },
        iptables("PRX005", "another nodePort", nodePort: true) { lines, port in
            lines.map {
                $0.hasPrefix("-A KUBE-NODEPORTS") && $0.hasSuffix(port.hash)
                    ? $0.replacing("--dport \(port.nodePort!)", with: "--dport 32767") : $0
            }
        },
        iptables("PRX006", "another Service's chain") { lines, port in
            let other = ServicePortName.hash("kube-system/other:dnsudp")
            return lines.map {
                $0.hasPrefix("-A KUBE-SERVICES -d \(port.address)/32") && $0.hasSuffix("KUBE-SVC-\(port.hash)")
                    ? $0.replacing("KUBE-SVC-\(port.hash)", with: "KUBE-SVC-\(other)") : $0
            }
        },
        iptables("PRX007", "the first takes most") { lines, port in
            let first = lines.firstIndex { $0.contains("-A KUBE-SVC-\(port.hash)") && $0.contains("--probability") }!
            var out = lines
            let words = lines[first].split(separator: " ").map { $0.hasPrefix("0.") ? "0.90000000000" : $0 }
            out[first] = words.joined(separator: " ")
            return out
        },
        iptables("PRX008", "no MASQUERADE") { lines, _ in lines.filter { !$0.contains("MASQUERADE") } },
        iptables("PRX009", "no recent", affinity: true) { lines, port in
            lines.filter { !($0.contains("KUBE-SVC-\(port.hash)") && $0.contains("-m recent")) }
        },
        dump("PRX010", "no element") { rules, port in
            (\.nftables, rules.nftables(without: { other, what in other.name == port.name && what == "service" }))
        },
        dump("PRX010", "no target in a map") { rules, port in
            (
                \.nftables,
                rules.nftables(endpoints: { $0.name == port.name ? Array($0.endpoints.dropFirst()) : $0.endpoints })
            )
        },
        dump("PRX010", "no element for the nodePort", nodePort: true) { rules, port in
            (\.nftables, rules.nftables(without: { other, what in other.name == port.name && what == "node port" }))
        },
        dump("PRX003", "a target of nftables that is gone") { rules, port in
            (
                \.nftables,
                rules.nftables(endpoints: {
                    $0.name == port.name
                        ? $0.endpoints + [EndpointAddress(IPAddress("10.244.99.9")!, 80)] : $0.endpoints
                })
            )
        },
        dump("PRX010", "no virtual server") { rules, port in (\.ipvs, rules.ipvs(without: { $0.name == port.name })) },
        dump("PRX010", "no real server") { rules, port in
            (\.ipvs, rules.ipvs(endpoints: { $0.name == port.name ? Array($0.endpoints.dropFirst()) : $0.endpoints }))
        },
        dump("PRX002", "empty ruleset") { _, _ in (\.nftables, "") },
        dump("PRX011", "the lock is held") { _, _ in
            (
                \.log,
                #"E0415 08:01:22.113402       1 proxier.go:1592] "Failed to execute iptables-restore" err="exit status 4 (Another app is currently holding the xtables lock)""#
            )
        },
    ]
}
