import NetworkAddress

/// `namespace/name`; the namespace is empty for objects that have none (Namespace, Node).
package struct ObjectName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

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

/// One object of the registry, cut down to what names, addresses and findings need.
package enum RegistryObject: Hashable, Sendable {
    case namespace(Namespace)
    case service(Service)
    case endpointSlice(EndpointSlice)
    case endpoints(Endpoints)
    case pod(Pod)
    case node(Node)
    case ingress(Ingress)
    case workload(Workload)

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

package enum TransportProtocol: String, Hashable, Sendable {
    case tcp = "TCP"
    case udp = "UDP"
    case sctp = "SCTP"
}

/// core/v1 Service.
package struct Service: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case clusterIP = "ClusterIP"
        case nodePort = "NodePort"
        case loadBalancer = "LoadBalancer"
        case externalName = "ExternalName"
    }

    package enum FamilyPolicy: String, Hashable, Sendable {
        case singleStack = "SingleStack"
        case preferDualStack = "PreferDualStack"
        case requireDualStack = "RequireDualStack"
    }

    package struct Port: Hashable, Sendable {
        /// Empty where the port has no name.
        package var name: String
        package var transport: TransportProtocol
        package var port: UInt16
        package var target: TargetPort
        package var nodePort: UInt16?
        package var appProtocol: String?

        package init(
            name: String = "", transport: TransportProtocol = .tcp, port: UInt16, target: TargetPort? = nil,
            nodePort: UInt16? = nil, appProtocol: String? = nil
        ) {
            self.name = name
            self.transport = transport
            self.port = port
            self.target = target ?? .number(port)
            self.nodePort = nodePort
            self.appProtocol = appProtocol
        }
    }

    package var name: ObjectName
    package var labels: Labels = [:]
    package var annotations: Labels = [:]
    package var kind: Kind = .clusterIP
    /// `clusterIP: None`.
    package var isHeadless = false
    /// spec.clusterIPs, the primary one first; empty for headless and ExternalName, or before allocation.
    package var clusterIPs: [IPAddress] = []
    package var families: [IPAddress.Family] = []
    package var familyPolicy: FamilyPolicy?
    package var ports: [Port] = []
    /// nil: no selector was written; somebody else makes the endpoints.
    package var selector: Labels?
    package var externalName: String?
    package var externalIPs: [IPAddress] = []
    package var loadBalancer: [LoadBalancerIngress] = []
    package var publishNotReadyAddresses = false
    package var sessionAffinityClientIP = false
    package var externalTrafficPolicyLocal = false
    package var internalTrafficPolicyLocal = false
    package var allocateLoadBalancerNodePorts = true
    /// metadata.creationTimestamp, seconds since 1970; nil where not written.
    package var created: Int64?

    package init(name: ObjectName) { self.name = name }
}

/// A Service port's targetPort: a number or the name of a container's port.
package enum TargetPort: Hashable, Sendable, CustomStringConvertible {
    case number(UInt16)
    case name(String)

    package var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .name(let name): name
        }
    }
}

/// One entry of status.loadBalancer.ingress.
package struct LoadBalancerIngress: Hashable, Sendable {
    package var address: IPAddress?
    package var hostname: String?

    package init(address: IPAddress? = nil, hostname: String? = nil) {
        self.address = address
        self.hostname = hostname
    }
}

/// discovery.k8s.io/v1 EndpointSlice.
package struct EndpointSlice: Hashable, Sendable {
    package enum AddressType: String, Hashable, Sendable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
        case fqdn = "FQDN"
    }

    package var name: ObjectName
    /// The label kubernetes.io/service-name: a slice without it belongs to no Service.
    package var serviceName: String?
    package var addressType: AddressType
    package var endpoints: [Endpoint] = []
    package var ports: [EndpointPort] = []

    package init(name: ObjectName, serviceName: String?, addressType: AddressType) {
        self.name = name
        self.serviceName = serviceName
        self.addressType = addressType
    }
}

package struct Endpoint: Hashable, Sendable {
    package var addresses: [IPAddress]
    /// conditions.ready; nil in the object is to be read as true (discovery/v1 types.go, EndpointConditions).
    package var isReady: Bool
    /// Empty where the endpoint has none.
    package var hostname: String
    package var nodeName: String
    package var zone: String
    /// targetRef.name where targetRef.kind is Pod.
    package var podName: String

    package init(
        addresses: [IPAddress], isReady: Bool = true, hostname: String = "", nodeName: String = "", zone: String = "",
        podName: String = ""
    ) {
        self.addresses = addresses
        self.isReady = isReady
        self.hostname = hostname
        self.nodeName = nodeName
        self.zone = zone
        self.podName = podName
    }
}

package struct EndpointPort: Hashable, Sendable {
    /// Empty where the port has no name.
    package var name: String
    package var transport: TransportProtocol
    /// nil: all ports (discovery/v1 types.go, EndpointPort).
    package var port: UInt16?

    package init(name: String = "", transport: TransportProtocol = .tcp, port: UInt16?) {
        self.name = name
        self.transport = transport
        self.port = port
    }
}

/// core/v1 Endpoints, the form before EndpointSlices; its name is its Service's.
package struct Endpoints: Hashable, Sendable {
    package struct Subset: Hashable, Sendable {
        package var endpoints: [Endpoint]
        package var ports: [EndpointPort]

        package init(endpoints: [Endpoint], ports: [EndpointPort]) {
            self.endpoints = endpoints
            self.ports = ports
        }
    }

    package var name: ObjectName
    package var subsets: [Subset]

    package init(name: ObjectName, subsets: [Subset]) {
        self.name = name
        self.subsets = subsets
    }
}

/// core/v1 Pod.
package struct Pod: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    package var name: ObjectName
    package var labels: Labels = [:]
    package var phase: Phase = .running
    /// status.podIPs, the primary one (status.podIP) first.
    package var addresses: [IPAddress] = []
    /// The condition Ready is True.
    package var isReady = false
    /// metadata.deletionTimestamp is set.
    package var isTerminating = false
    package var hostname: String = ""
    package var subdomain: String = ""
    package var nodeName: String = ""
    package var hostNetwork = false
    package var dnsPolicy: String = "ClusterFirst"
    package var dnsConfig: PodDNSConfig?
    package var containerPorts: [ContainerPort] = []
    /// Why a container waits or ended, `app: CrashLoopBackOff`, as status.containerStatuses says.
    package var containerProblems: [String] = []
    package var restarts = 0

    package init(name: ObjectName) { self.name = name }
}

package struct ContainerPort: Hashable, Sendable {
    package var name: String
    package var transport: TransportProtocol
    package var port: UInt16

    package init(name: String = "", transport: TransportProtocol = .tcp, port: UInt16) {
        self.name = name
        self.transport = transport
        self.port = port
    }
}

/// core/v1 PodDNSConfig.
package struct PodDNSConfig: Hashable, Sendable {
    package var nameservers: [String]
    package var searches: [String]
    /// In the order written; value nil for options without one.
    package var options: [Option]

    package struct Option: Hashable, Sendable {
        package var name: String
        package var value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    package init(nameservers: [String] = [], searches: [String] = [], options: [Option] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
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

/// networking.k8s.io/v1 Ingress; removed versions are read into the same form.
package struct Ingress: Hashable, Sendable {
    package struct Backend: Hashable, Sendable {
        package var service: String
        package var port: TargetPort?

        package init(service: String, port: TargetPort?) {
            self.service = service
            self.port = port
        }
    }

    package struct Rule: Hashable, Sendable {
        /// Empty: every host.
        package var host: String
        package var backends: [Backend]

        package init(host: String, backends: [Backend]) {
            self.host = host
            self.backends = backends
        }
    }

    package var name: ObjectName
    package var apiVersion: String
    package var rules: [Rule] = []
    package var defaultBackend: Backend?
    package var loadBalancer: [LoadBalancerIngress] = []

    package init(name: ObjectName, apiVersion: String) {
        self.name = name
        self.apiVersion = apiVersion
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
