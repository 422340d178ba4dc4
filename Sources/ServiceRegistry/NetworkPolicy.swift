import NetworkAddress

/// networking.k8s.io/v1 NetworkPolicy.
package struct NetworkPolicy: Hashable, Sendable {
    /// Who may be at the other end: an address block, or Pods of namespaces.
    package struct Peer: Hashable, Sendable {
        package var podSelector: LabelSelector?
        /// nil: the policy's own namespace.
        package var namespaceSelector: LabelSelector?
        package var block: CIDR?
        package var except: [CIDR]

        package init(
            podSelector: LabelSelector? = nil, namespaceSelector: LabelSelector? = nil, block: CIDR? = nil,
            except: [CIDR] = []
        ) {
            self.podSelector = podSelector
            self.namespaceSelector = namespaceSelector
            self.block = block
            self.except = except
        }
    }

    package struct Port: Hashable, Sendable {
        package var transport: TransportProtocol
        /// nil: every port.
        package var port: TargetPort?
        /// The last port of a range that begins with `port`.
        package var endPort: UInt16?

        package init(transport: TransportProtocol = .tcp, port: TargetPort? = nil, endPort: UInt16? = nil) {
            self.transport = transport
            self.port = port
            self.endPort = endPort
        }
    }

    package struct Rule: Hashable, Sendable {
        /// Empty: everybody.
        package var peers: [Peer]
        /// Empty: every port of every protocol.
        package var ports: [Port]

        package init(peers: [Peer] = [], ports: [Port] = []) {
            self.peers = peers
            self.ports = ports
        }
    }

    package var name: ObjectName
    /// Which Pods of its namespace it is for.
    package var podSelector = LabelSelector()
    /// policyTypes: what of it is restricted at all. Where none are written: ingress, and egress if there are egress rules.
    package var restrictsIngress = true
    package var restrictsEgress = false
    package var ingress: [Rule] = []
    package var egress: [Rule] = []

    package init(name: ObjectName) { self.name = name }
}

/// meta/v1 LabelSelector; without requirements it selects everything.
package struct LabelSelector: Hashable, Sendable {
    package enum Operator: String, Hashable, Sendable {
        case isIn = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    package struct Requirement: Hashable, Sendable {
        package var key: String
        package var `operator`: Operator
        package var values: [String]

        package init(_ key: String, _ operator: Operator, _ values: [String] = []) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }

        /// A label that is missing is not in any set (apimachinery, labels.Requirement.Matches).
        package func matches(_ labels: Labels) -> Bool {
            switch `operator` {
            case .isIn: labels[key].map(values.contains) ?? false
            case .notIn: !(labels[key].map(values.contains) ?? false)
            case .exists: labels[key] != nil
            case .doesNotExist: labels[key] == nil
            }
        }
    }

    package var matchLabels: Labels
    package var matchExpressions: [Requirement]

    package init(matchLabels: Labels = [:], matchExpressions: [Requirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    package func matches(_ labels: Labels) -> Bool {
        matchLabels.allSatisfy { labels[$0.key] == $0.value } && matchExpressions.allSatisfy { $0.matches(labels) }
    }
}
