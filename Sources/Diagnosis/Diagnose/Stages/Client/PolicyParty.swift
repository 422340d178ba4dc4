import NetworkAddress
import ServiceRegistry

/// One end of a connection as NetworkPolicies see it: a Pod, or what is known of Pods that the registry does not have.
struct PolicyParty: Sendable {
    /// nil: not known.
    var namespace: String?
    var labels: Labels
    /// `labels` are all that it has.
    var isWhole: Bool
    /// Empty: not known.
    var addresses: [IPAddress]
    var ports: [ContainerPort]
    /// Policies need not hold on the host's network.
    var isOnHost: Bool
    /// Other addresses for the same end, translated or not by the time that an implementation looks: a ClusterIP.
    var aliases: [IPAddress] = []

    init(_ pod: Pod) {
        namespace = pod.name.namespace
        labels = pod.labels
        isWhole = true
        addresses = pod.addresses
        ports = pod.containerPorts
        isOnHost = pod.hostNetwork
    }

    /// The Pods that a template makes: controllers add labels of their own.
    init(_ workload: Workload) {
        namespace = workload.name.namespace
        labels = workload.templateLabels
        isWhole = false
        addresses = []
        ports = workload.containerPorts
        isOnHost = false
    }

    /// Pods of which only the selector that finds them is known.
    init(selectedBy selector: Labels, in namespace: String?) {
        self.namespace = namespace
        labels = selector
        isWhole = false
        addresses = []
        ports = []
        isOnHost = false
    }
}

/// A port at the far end: one of several numbers where it is not known which one a policy is held against.
struct PolicyPort: Hashable, Sendable {
    var transport: TransportProtocol
    var numbers: Set<UInt16>

    init(_ transport: TransportProtocol, _ numbers: Set<UInt16>) {
        self.transport = transport
        self.numbers = numbers
    }
}

/// What policies say; `unknown` where the facts do not settle it.
enum PolicyVerdict: Int, Comparable, Sendable {
    case denied, unknown, allowed

    init(_ isAllowed: Bool) { self = isAllowed ? .allowed : .denied }

    static func < (a: PolicyVerdict, b: PolicyVerdict) -> Bool { a.rawValue < b.rawValue }
}
