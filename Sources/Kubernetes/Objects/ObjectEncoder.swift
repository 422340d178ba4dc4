import NetworkAddress
import Protobuf
import ServiceRegistry

/// Writes an object as its Kubernetes protobuf message, cut down to what is kept of it; `ObjectDecoder` makes the same
/// object of it, with `Detail.stored`.
enum ObjectEncoder {
    /// - Returns: a plain message, without `k8s\0` and runtime.Unknown; none for kinds that are not watched.
    static func octets(of object: RegistryObject) -> [UInt8] {
        var message = ProtobufWriter()
        switch object {
        case .namespace(let namespace):
            message.write(ObjectFields.metadata) { metadata in
                metadata.write(MetadataFields.name, namespace.name)
                write(namespace.labels, MetadataFields.labels, to: &metadata)
            }
        case .service(let service): write(service, to: &message)
        case .endpointSlice(let slice): write(slice, to: &message)
        case .pod(let pod): write(pod, to: &message)
        case .endpoints, .node, .ingress, .workload, .networkPolicy: break
        }
        return message.octets
    }

    static func write(_ name: ObjectName, to metadata: inout ProtobufWriter) {
        metadata.write(MetadataFields.name, name.name)
        metadata.write(MetadataFields.namespace, name.namespace)
    }

    /// A map<string, string>, in the order of its keys: the same object has the same octets.
    static func write(_ map: Labels, _ number: Int, to message: inout ProtobufWriter) {
        for (key, value) in map.sorted(by: { $0.key < $1.key }) {
            message.write(number) { entry in
                entry.write(MapFields.key, key)
                entry.write(MapFields.value, value)
            }
        }
    }

    // MARK: - EndpointSlice

    private static func write(_ slice: EndpointSlice, to message: inout ProtobufWriter) {
        message.write(SliceFields.metadata) { metadata in
            write(slice.name, to: &metadata)
            guard let service = slice.serviceName else { return }
            metadata.write(MetadataFields.labels) { entry in
                entry.write(MapFields.key, "\(ObjectMetadata.serviceNameLabel)")
                entry.write(MapFields.value, service)
            }
        }
        slice.packed.forEachInParts { endpoint in
            let begin = message.begin(SliceFields.endpoints)
            write(endpoint, to: &message)
            message.end(begin)
        }
        for port in slice.ports {
            message.write(SliceFields.ports) { message in
                message.write(EndpointPortFields.name, port.name)
                message.write(EndpointPortFields.protocol, port.transport.rawValue)
                if let number = port.port { message.write(EndpointPortFields.port, Int(number)) }
            }
        }
        message.write(SliceFields.addressType, slice.addressType.rawValue)
    }

    private static func write(_ endpoint: PackedEndpoints.Parts, to message: inout ProtobufWriter) {
        if let address = endpoint.address { message.write(EndpointFields.addresses, address) }
        for address in endpoint.addresses { message.write(EndpointFields.addresses, address) }
        if !endpoint.isReady {
            message.write(EndpointFields.conditions) { $0.write(EndpointConditionsFields.ready, false) }
        }
        if !endpoint.hostname.isEmpty { message.write(EndpointFields.hostname, endpoint.hostname) }
        if !endpoint.podName.isEmpty {
            message.write(EndpointFields.targetRef) { reference in
                reference.write(ReferenceFields.kind, "Pod")
                reference.write(ReferenceFields.name, endpoint.podName)
            }
        }
        if !endpoint.zone.isEmpty { message.write(EndpointFields.zone, endpoint.zone) }
    }

    // MARK: - Service

    private static func write(_ service: Service, to message: inout ProtobufWriter) {
        message.write(ObjectFields.metadata) { metadata in
            write(service.name, to: &metadata)
            if let created = service.created {
                metadata.write(MetadataFields.creationTimestamp) { $0.write(TimeFields.seconds, Int(created)) }
            }
            write(service.labels, MetadataFields.labels, to: &metadata)
            write(service.annotations, MetadataFields.annotations, to: &metadata)
        }
        message.write(ObjectFields.spec) { spec in
            for port in service.ports { spec.write(ServiceSpecFields.ports) { write(port, to: &$0) } }
            writeOptions(service, to: &spec)
            // An entry without a key: there is a selector.
            if service.selector?.isEmpty ?? false { spec.write(ServiceSpecFields.selector) { _ in } }
            write(service.selector ?? [:], ServiceSpecFields.selector, to: &spec)
            if service.isHeadless { spec.write(ServiceSpecFields.clusterIPs, "None") }
            for address in service.clusterIPs { spec.write(ServiceSpecFields.clusterIPs, address) }
            for address in service.externalIPs { spec.write(ServiceSpecFields.externalIPs, address) }
            for family in service.families {
                spec.write(ServiceSpecFields.ipFamilies, family == .v4 ? "IPv4" : "IPv6")
            }
        }
        guard !service.loadBalancer.isEmpty else { return }
        message.write(ObjectFields.status) { status in
            status.write(ServiceStatusFields.loadBalancer) { loadBalancer in
                for ingress in service.loadBalancer {
                    loadBalancer.write(LoadBalancerFields.ingress) { entry in
                        if let address = ingress.address { entry.write(LoadBalancerIngressFields.ip, address) }
                        entry.write(LoadBalancerIngressFields.hostname, ingress.hostname ?? "")
                    }
                }
            }
        }
    }

    /// What is as it is when nothing is written, is not written.
    private static func writeOptions(_ service: Service, to spec: inout ProtobufWriter) {
        if service.kind != .clusterIP { spec.write(ServiceSpecFields.type, service.kind.rawValue) }
        if service.sessionAffinityClientIP { spec.write(ServiceSpecFields.sessionAffinity, "ClientIP") }
        spec.write(ServiceSpecFields.externalName, service.externalName ?? "")
        if service.externalTrafficPolicyLocal { spec.write(ServiceSpecFields.externalTrafficPolicy, "Local") }
        if service.internalTrafficPolicyLocal { spec.write(ServiceSpecFields.internalTrafficPolicy, "Local") }
        if service.publishNotReadyAddresses { spec.write(ServiceSpecFields.publishNotReadyAddresses, true) }
        spec.write(ServiceSpecFields.ipFamilyPolicy, service.familyPolicy?.rawValue ?? "")
        if !service.allocateLoadBalancerNodePorts {
            spec.write(ServiceSpecFields.allocateLoadBalancerNodePorts, false)
        }
    }

    private static func write(_ port: Service.Port, to message: inout ProtobufWriter) {
        message.write(ServicePortFields.name, port.name)
        if port.transport != .tcp { message.write(ServicePortFields.protocol, port.transport.rawValue) }
        message.write(ServicePortFields.port, Int(port.port))
        if port.target != .number(port.port) {
            message.write(ServicePortFields.targetPort) { target in
                switch port.target {
                case .number(let number): target.write(IntOrStringFields.int, Int(number))
                case .name(let name):
                    target.write(IntOrStringFields.type, true)
                    target.write(IntOrStringFields.string, name)
                }
            }
        }
        if let nodePort = port.nodePort { message.write(ServicePortFields.nodePort, Int(nodePort)) }
        if let appProtocol = port.appProtocol { message.write(ServicePortFields.appProtocol, octets: appProtocol) }
    }
}

extension ProtobufWriter {
    /// An address as text.
    mutating func write(_ number: Int, _ address: IPAddress) {
        let text = begin(number)
        append { address.writeText(to: &$0) }
        end(text)
    }
}
