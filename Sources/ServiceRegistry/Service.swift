import NetworkAddress

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
    /// spec.trafficDistribution: the rules of a node may have only the endpoints of its zone, or its own. Manifests only.
    package var prefersNear = false
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
    /// `ipMode: Proxy`: nodes have no rule for the address. Manifests only.
    package var isProxied = false

    package init(address: IPAddress? = nil, hostname: String? = nil) {
        self.address = address
        self.hostname = hostname
    }
}
