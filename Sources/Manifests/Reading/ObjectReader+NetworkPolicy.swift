import NetworkAddress
import ServiceRegistry
import YAML

extension ObjectReader {
    /// networking.k8s.io/v1 NetworkPolicy: what findings ask of it. Its validation is the API server's business.
    mutating func readNetworkPolicy() -> NetworkPolicy {
        var policy = NetworkPolicy(name: name)
        policy.podSelector = selector(spec?["podSelector"])
        policy.ingress = rules(spec?["ingress"], peers: "from")
        policy.egress = rules(spec?["egress"], peers: "to")
        if let types = spec?["policyTypes"]?.items?.compactMap(\.text), !types.isEmpty {
            policy.restrictsIngress = types.contains("Ingress")
            policy.restrictsEgress = types.contains("Egress")
        } else {
            policy.restrictsEgress = !policy.egress.isEmpty
        }
        return policy
    }

    private mutating func rules(_ node: YAMLNode?, peers: String) -> [NetworkPolicy.Rule] {
        (node?.items ?? []).map { rule in
            var out = NetworkPolicy.Rule()
            for peer in rule[peers]?.items ?? [] { out.peers.append(self.peer(peer)) }
            for port in rule["ports"]?.items ?? [] {
                let target = port["port"]
                out.ports.append(
                    NetworkPolicy.Port(
                        transport: transport(port["protocol"], "ports[].protocol"),
                        port: target.flatMap { target in
                            target.integer.map { UInt16(exactly: $0).map(TargetPort.number) }
                                ?? target.text.map(TargetPort.name)
                        },
                        endPort: port["endPort"]?.integer.flatMap { UInt16(exactly: $0) }))
            }
            return out
        }
    }

    private mutating func peer(_ node: YAMLNode) -> NetworkPolicy.Peer {
        let block = node["ipBlock"]
        return NetworkPolicy.Peer(
            podSelector: node["podSelector"].map { selector($0) },
            namespaceSelector: node["namespaceSelector"].map { selector($0) },
            block: block?["cidr"]?.text.flatMap(CIDR.init),
            except: (block?["except"]?.items ?? []).compactMap { $0.text.flatMap(CIDR.init) })
    }

    private mutating func selector(_ node: YAMLNode?) -> LabelSelector {
        let requirements = (node?["matchExpressions"]?.items ?? []).compactMap { item -> LabelSelector.Requirement? in
            guard let key = item["key"]?.text,
                let word = item["operator"]?.text, let test = LabelSelector.Operator(rawValue: word)
            else { return nil }
            return LabelSelector.Requirement(key, test, (item["values"]?.items ?? []).compactMap(\.text))
        }
        return LabelSelector(matchLabels: labels(node?["matchLabels"]), matchExpressions: requirements)
    }
}
