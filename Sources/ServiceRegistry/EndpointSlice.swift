import NetworkAddress

/// discovery.k8s.io/v1 EndpointSlice.
package struct EndpointSlice: Hashable, Sendable {
    package enum AddressType: String, Hashable, Sendable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
        case fqdn = "FQDN"
    }

    package var name: ObjectName
    /// The label kubernetes.io/service-name: a slice without it belongs to no Service.
    package var serviceName: String? { service?.name }
    /// The Service that it belongs to, in the slice's own namespace.
    package let service: ObjectName?
    package var addressType: AddressType
    package var packed = PackedEndpoints()
    package var endpoints: [Endpoint] {
        get { Array(packed) }
        set { packed = PackedEndpoints(newValue) }
    }
    package var ports: [EndpointPort] = []

    package init(name: ObjectName, serviceName: String?, addressType: AddressType) {
        self.name = name
        service = serviceName.flatMap { $0.isEmpty ? nil : ObjectName(name.namespace, $0) }
        self.addressType = addressType
    }
}

package struct Endpoint: Hashable, Sendable {
    package var addresses: [IPAddress]
    /// conditions.ready; nil in the object is to be read as true (discovery/v1 types.go, EndpointConditions).
    package var isReady: Bool
    /// Empty where the endpoint has none.
    package var hostname: String
    /// targetRef.name where targetRef.kind is Pod.
    package var podName: String
    /// The topology zone that it is in; empty where none is written, or none is kept.
    package var zone: String

    package init(
        addresses: [IPAddress], isReady: Bool = true, hostname: String = "", podName: String = "", zone: String = ""
    ) {
        self.addresses = addresses
        self.isReady = isReady
        self.hostname = hostname
        self.podName = podName
        self.zone = zone
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
        package var packed: PackedEndpoints
        package var ports: [EndpointPort]

        package init(endpoints: [Endpoint], ports: [EndpointPort]) {
            packed = PackedEndpoints(endpoints)
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
