import NetworkAddress

/// `namespace/name`; the namespace is empty for objects that have none (Namespace, Node).
///
/// One word that copies share, with its hash: names are the keys of many tables.
package struct ObjectName: Sendable, CustomStringConvertible {
    private final class Text: Sendable {
        let namespace: String
        let name: String
        let hash: Int

        init(_ namespace: String, _ name: String) {
            self.namespace = namespace
            self.name = name
            var hasher = Hasher()
            hasher.combine(namespace)
            hasher.combine(name)
            hash = hasher.finalize()
        }
    }

    private let text: Text

    package init(_ namespace: String, _ name: String) { text = Text(namespace, name) }

    package var namespace: String { text.namespace }
    package var name: String { text.name }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

extension ObjectName: Hashable {
    package static func == (a: ObjectName, b: ObjectName) -> Bool {
        a.text === b.text || a.text.hash == b.text.hash && a.name == b.name && a.namespace == b.namespace
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text.hash) }
}

extension ObjectName: Comparable {
    package static func < (a: ObjectName, b: ObjectName) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
}

package enum ObjectKind: String, Sendable, Hashable, CaseIterable {
    case namespace = "Namespace"
    case service = "Service"
    case endpointSlice = "EndpointSlice"
    case endpoints = "Endpoints"
    case pod = "Pod"
    case node = "Node"
    case ingress = "Ingress"
    /// Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob: only their Pod template matters here.
    case workload = "Workload"
    case networkPolicy = "NetworkPolicy"
}

/// `Service default/web`.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    package var kind: ObjectKind
    package var name: ObjectName

    package init(_ kind: ObjectKind, _ name: ObjectName) {
        self.kind = kind
        self.name = name
    }

    package var description: String { "\(kind.rawValue) \(name)" }
}

extension ObjectKey: Comparable {
    package static func < (a: ObjectKey, b: ObjectKey) -> Bool {
        a.kind == b.kind ? a.name < b.name : a.kind.rawValue < b.kind.rawValue
    }
}

/// One object of the registry, cut down to what names, addresses and findings need. It lies once in memory, whoever
/// holds it: a source and the registry hold the same.
package indirect enum RegistryObject: Hashable, Sendable {
    case namespace(Namespace)
    case service(Service)
    case endpointSlice(EndpointSlice)
    case endpoints(Endpoints)
    case pod(Pod)
    case node(Node)
    case ingress(Ingress)
    case workload(Workload)
    case networkPolicy(NetworkPolicy)

    package var key: ObjectKey {
        switch self {
        case .namespace(let object): ObjectKey(.namespace, ObjectName("", object.name))
        case .service(let object): ObjectKey(.service, object.name)
        case .endpointSlice(let object): ObjectKey(.endpointSlice, object.name)
        case .endpoints(let object): ObjectKey(.endpoints, object.name)
        case .pod(let object): ObjectKey(.pod, object.name)
        case .node(let object): ObjectKey(.node, ObjectName("", object.name))
        case .ingress(let object): ObjectKey(.ingress, object.name)
        case .workload(let object):
            ObjectKey(.workload, ObjectName(object.name.namespace, "\(object.kind)/\(object.name.name)"))
        case .networkPolicy(let object): ObjectKey(.networkPolicy, object.name)
        }
    }
}

package typealias Labels = [String: String]

package struct Namespace: Hashable, Sendable {
    package var name: String
    package var labels: Labels

    package init(name: String, labels: Labels = [:]) {
        self.name = name
        self.labels = labels
    }
}

package struct Node: Hashable, Sendable {
    package var name: String
    package var labels: Labels
    package var addresses: [IPAddress]

    package init(name: String, labels: Labels = [:], addresses: [IPAddress] = []) {
        self.name = name
        self.labels = labels
        self.addresses = addresses
    }
}

/// A workload's Pod template: what its Pods would look like.
package struct Workload: Hashable, Sendable {
    /// `Deployment`, `StatefulSet`, ...
    package var kind: String
    package var name: ObjectName
    package var templateLabels: Labels
    package var replicas: Int
    /// StatefulSet: spec.serviceName.
    package var serviceName: String?
    package var containerPorts: [ContainerPort]

    package init(
        kind: String, name: ObjectName, templateLabels: Labels, replicas: Int = 1, serviceName: String? = nil,
        containerPorts: [ContainerPort] = []
    ) {
        self.kind = kind
        self.name = name
        self.templateLabels = templateLabels
        self.replicas = replicas
        self.serviceName = serviceName
        self.containerPorts = containerPorts
    }
}
