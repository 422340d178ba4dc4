import Findings
import NetworkAddress
import ServiceRegistry

/// NetworkPolicies in words, and the policy that would let something pass.
enum PolicyText {
    /// `NetworkPolicy shop/deny (policies.yaml:3): egress to app=db, TCP 5432`
    static func line(
        _ policy: NetworkPolicy, _ direction: PolicyEvaluation.Direction, place: SourcePlace?
    ) -> Phrase {
        let rules = direction == .ingress ? policy.ingress : policy.egress
        let head = "NetworkPolicy \(policy.name)\(place.map { " (\($0))" } ?? "")"
        let way = direction == .ingress ? "ingress" : "egress"
        guard !rules.isEmpty else {
            return Phrase("\(head): \(way) without a rule allows nothing", zh: "\(head)：\(way) 没有规则，不允许任何流量")
        }
        let texts = rules.map { text($0, direction) }.joined(separator: "; ")
        return Phrase("\(head): \(way) \(texts)", zh: "\(head)：\(way) \(texts)")
    }

    private static func text(_ rule: NetworkPolicy.Rule, _ direction: PolicyEvaluation.Direction) -> String {
        let peers = rule.peers.isEmpty ? "anywhere" : rule.peers.map(text).joined(separator: " or ")
        let ports = rule.ports.isEmpty ? "all ports" : rule.ports.map(text).joined(separator: ", ")
        return "\(direction == .ingress ? "from" : "to") \(peers), \(ports)"
    }

    private static func text(_ peer: NetworkPolicy.Peer) -> String {
        if let block = peer.block {
            return peer.except.isEmpty
                ? "\(block)" : "\(block) except \(peer.except.map(\.description).joined(separator: " "))"
        }
        var parts: [String] = []
        if let pods = peer.podSelector { parts.append("Pods \(text(pods))") }
        if let namespaces = peer.namespaceSelector { parts.append("namespaces \(text(namespaces))") }
        return parts.joined(separator: " of ")
    }

    private static func text(_ port: NetworkPolicy.Port) -> String {
        let number = port.port.map { " \($0)\(port.endPort.map { "-\($0)" } ?? "")" } ?? ""
        return port.transport.rawValue + number
    }

    /// `app=web,tier in (a,b)`; `*` for all.
    static func text(_ selector: LabelSelector) -> String {
        let labels = selector.matchLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let expressions = selector.matchExpressions.map { requirement in
            switch requirement.operator {
            case .isIn: "\(requirement.key) in (\(requirement.values.joined(separator: ",")))"
            case .notIn: "\(requirement.key) notin (\(requirement.values.joined(separator: ",")))"
            case .exists: requirement.key
            case .doesNotExist: "!\(requirement.key)"
            }
        }
        return (labels + expressions).isEmpty ? "*" : (labels + expressions).joined(separator: ",")
    }

    /// A command that adds a policy with one rule to those that there are.
    /// - Parameters:
    ///   - selector: the Pods that it is for.
    ///   - peer: nil: everybody.
    static func command(
        _ name: ObjectName, _ direction: PolicyEvaluation.Direction, selector: Labels,
        peer: (namespace: String, labels: Labels)?, ports: [PolicyPort]
    ) -> String {
        func object(_ labels: Labels) -> JSONValue {
            labels.isEmpty
                ? .object([])
                : .object([
                    (
                        "matchLabels",
                        .object(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                    )
                ])
        }
        var rule: [(String, JSONValue)] = []
        if let peer {
            rule.append(
                (
                    direction == .ingress ? "from" : "to",
                    .array([
                        .object([
                            ("namespaceSelector", object(["kubernetes.io/metadata.name": peer.namespace])),
                            ("podSelector", object(peer.labels)),
                        ])
                    ])
                ))
        }
        let list = ports.flatMap { port in
            port.numbers.sorted().map { number in
                JSONValue.object([("protocol", .string(port.transport.rawValue)), ("port", .number(Int(number)))])
            }
        }
        rule.append(("ports", .array(list)))
        let policy = JSONValue.object([
            ("apiVersion", "networking.k8s.io/v1"), ("kind", "NetworkPolicy"),
            ("metadata", .object([("namespace", .string(name.namespace)), ("name", .string(name.name))])),
            (
                "spec",
                .object([
                    ("podSelector", object(selector)),
                    ("policyTypes", .array([direction == .ingress ? "Ingress" : "Egress"])),
                    (direction == .ingress ? "ingress" : "egress", .array([.object(rule)])),
                ])
            ),
        ])
        return "echo '\(policy.text)' | kubectl apply -f -"
    }
}
