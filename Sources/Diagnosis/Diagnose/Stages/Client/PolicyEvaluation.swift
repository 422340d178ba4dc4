import NetworkAddress
import ServiceRegistry

/// Whether NetworkPolicies let a connection pass (networking.k8s.io/v1 NetworkPolicySpec).
///
/// Policies add up: a Pod that none selects for a direction is open in it; else one rule that matches is enough.
struct PolicyEvaluation: Sendable {
    enum Direction: Sendable {
        case ingress, egress
    }

    private let facts: ClusterFacts

    init(_ facts: ClusterFacts) { self.facts = facts }

    /// The policies that hold for a party in a direction, in the order of their names, and whether it is sure that they do.
    func policies(
        on party: PolicyParty, _ direction: Direction
    ) -> [(policy: NetworkPolicy, selects: PolicyVerdict)] {
        guard !party.isOnHost, let namespace = party.namespace else { return [] }
        return facts.registry.networkPolicies.values.filter {
            $0.name.namespace == namespace && (direction == .ingress ? $0.restrictsIngress : $0.restrictsEgress)
        }.sorted { $0.name < $1.name }.compactMap { policy in
            let selects = matches(policy.podSelector, party.labels, isWhole: party.isWhole)
            return selects == .denied ? nil : (policy, selects)
        }
    }

    /// Whether `own`'s policies let it speak with `other`; the port is always the one at the receiver.
    /// - Parameter other: nil: anybody at all.
    func verdict(
        _ own: PolicyParty, _ direction: Direction, with other: PolicyParty?, port: PolicyPort
    ) -> PolicyVerdict {
        let policies = policies(on: own, direction)
        guard !policies.isEmpty else { return .allowed }
        let receiver = direction == .ingress ? own : other
        func best(_ policy: NetworkPolicy) -> PolicyVerdict {
            (direction == .ingress ? policy.ingress : policy.egress).map { rule in
                min(
                    matches(rule.ports, port, at: receiver),
                    other.map { matches(rule.peers, $0, in: policy.name.namespace) } ?? .allowed)
            }.max() ?? .denied
        }
        let sure = policies.filter { $0.selects == .allowed }.map { best($0.policy) }.max()
        let unsure = policies.filter { $0.selects == .unknown }.map { best($0.policy) }.max()
        guard let sure else { return unsure == .allowed ? .allowed : .unknown }
        return max(sure, unsure.map { min($0, .unknown) } ?? .denied)
    }

    // MARK: Ports

    private func matches(
        _ ports: [NetworkPolicy.Port], _ wanted: PolicyPort, at receiver: PolicyParty?
    ) -> PolicyVerdict {
        guard !ports.isEmpty else { return .allowed }
        return ports.map { port in
            guard port.transport == wanted.transport else { return .denied }
            switch port.port {
            case nil: return .allowed
            case .number(let first):
                let last = max(first, port.endPort ?? first)
                return PolicyVerdict(wanted.numbers.contains { (first...last).contains($0) })
            case .name(let name):
                guard let receiver, !receiver.ports.isEmpty || receiver.isWhole else { return .unknown }
                return PolicyVerdict(
                    receiver.ports.contains {
                        $0.name == name && $0.transport == wanted.transport && wanted.numbers.contains($0.port)
                    })
            }
        }.max() ?? .denied
    }

    // MARK: Peers

    private func matches(
        _ peers: [NetworkPolicy.Peer], _ party: PolicyParty, in namespace: String
    ) -> PolicyVerdict {
        guard !peers.isEmpty else { return .allowed }
        return peers.map { peer in
            if let block = peer.block { return matches(block, except: peer.except, party) }
            // What comes from the host's network has a node's address, and whether it is a Pod's is everybody's own.
            if party.isOnHost { return .unknown }
            let there =
                peer.namespaceSelector.map { matches($0, namespace: party.namespace) }
                ?? isOwn(namespace, party)
            let pod = peer.podSelector.map { matches($0, party.labels, isWhole: party.isWhole) } ?? .allowed
            return min(there, pod)
        }.max() ?? .denied
    }

    /// Whether a party is in a policy's own namespace. The DNS server that nobody wrote is in one of the system's.
    private func isOwn(_ namespace: String, _ party: PolicyParty) -> PolicyVerdict {
        if let own = party.namespace { return PolicyVerdict(own == namespace) }
        return ClusterDNS.namespaces.contains(namespace) ? .unknown : .denied
    }

    private func matches(_ block: CIDR, except: [CIDR], _ party: PolicyParty) -> PolicyVerdict {
        func holds(_ address: IPAddress) -> Bool {
            block.contains(address) && !except.contains { $0.contains(address) }
        }
        if party.addresses.contains(where: holds) { return .allowed }
        if party.aliases.contains(where: holds) || party.isOnHost { return .unknown }
        guard party.addresses.isEmpty else { return .denied }
        return block.prefixLength == 0 && except.isEmpty ? .allowed : .unknown
    }

    private func matches(_ selector: LabelSelector, namespace: String?) -> PolicyVerdict {
        let isEmpty = selector.matchLabels.isEmpty && selector.matchExpressions.isEmpty
        guard let namespace else { return isEmpty ? .allowed : .unknown }
        let isWritten = facts.places[ObjectKey(.namespace, ObjectName("", namespace))] != nil
        var labels = facts.registry.namespaces[namespace]?.labels ?? [:]
        // The API server sets it on every namespace (k/k NamespaceDefaultLabelName).
        labels["kubernetes.io/metadata.name"] = namespace
        return matches(selector, labels, isWhole: isWritten)
    }

    /// - Parameter isWhole: there are no further labels.
    private func matches(_ selector: LabelSelector, _ labels: Labels, isWhole: Bool) -> PolicyVerdict {
        let requirements =
            selector.matchLabels.map { LabelSelector.Requirement($0.key, .isIn, [$0.value]) }
            + selector.matchExpressions
        return requirements.map { requirement in
            isWhole || labels[requirement.key] != nil ? PolicyVerdict(requirement.matches(labels)) : .unknown
        }.min() ?? .allowed
    }
}
