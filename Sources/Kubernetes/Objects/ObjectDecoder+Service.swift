import NetworkAddress
import ServiceRegistry

extension ObjectDecoder {
    /// core/v1 Service.
    mutating func service(
        _ octets: UnsafeRawBufferPointer, _ name: ObjectName, _ metadata: ObjectMetadata
    ) throws(DecodeFault) -> Service {
        var service = Service(name: name)
        service.labels = metadata.labels
        service.annotations = metadata.annotations
        service.created = metadata.created
        var reader = ProtobufReader(octets)
        while let field = try reader.next() {
            switch field.number {
            case ObjectFields.spec: try readSpec(field.octets(), into: &service)
            case ObjectFields.status: try readStatus(field.message(), into: &service)
            default: break
            }
        }
        if service.kind == .externalName {
            service.clusterIPs = []
            service.isHeadless = false
            guard service.externalName != nil else {
                throw DecodeFault("spec.externalName is missing: a Service of type ExternalName needs it")
            }
        } else {
            service.externalName = nil
        }
        if service.isHeadless { service.clusterIPs = [] }
        return service
    }

    private mutating func readSpec(_ octets: UnsafeRawBufferPointer, into service: inout Service) throws(DecodeFault) {
        typealias Fields = ServiceSpecFields
        var clusterIP = UnsafeRawBufferPointer.noOctets
        var hasClusterIPs = false
        var ports: Range<UnsafeRawPointer>?
        var reader = ProtobufReader(octets)
        while true {
            let begin = reader.at
            guard let field = try reader.next() else { break }
            switch field.number {
            case Fields.ports: ports = (ports?.lowerBound ?? begin)..<reader.at
            case Fields.selector:
                if service.selector == nil { service.selector = [:] }
                let (key, value) = try ObjectMetadata.entry(field.message())
                // No label has an empty name; a stored object has one to say that there is a selector.
                if detail.labels, !key.isEmpty { service.selector![key.text] = value.text }
            case Fields.clusterIP: clusterIP = try field.octets()
            case Fields.clusterIPs:
                hasClusterIPs = true
                try readClusterIP(field.octets(), into: &service)
            case Fields.type: service.kind = try kind(field.octets())
            case Fields.externalIPs: service.externalIPs.append(try field.octets().address("spec.externalIPs"))
            case Fields.sessionAffinity:
                service.sessionAffinityClientIP =
                    try field.octets().isSecond("None", "ClientIP", "spec.sessionAffinity")
            case Fields.externalName:
                let octets = try field.octets()
                if !octets.isEmpty { service.externalName = octets.text }
            case Fields.externalTrafficPolicy:
                service.externalTrafficPolicyLocal =
                    try field.octets().isSecond("Cluster", "Local", "spec.externalTrafficPolicy")
            case Fields.internalTrafficPolicy:
                service.internalTrafficPolicyLocal =
                    try field.octets().isSecond("Cluster", "Local", "spec.internalTrafficPolicy")
            case Fields.publishNotReadyAddresses: service.publishNotReadyAddresses = try field.bool()
            case Fields.allocateLoadBalancerNodePorts: service.allocateLoadBalancerNodePorts = try field.bool()
            case Fields.ipFamilyPolicy: service.familyPolicy = try familyPolicy(field.octets())
            case Fields.ipFamilies: try readFamily(field.octets(), into: &service)
            default: break
            }
        }
        // Objects from before dual stack have no list.
        if !hasClusterIPs { try readClusterIP(clusterIP, into: &service) }
        if let ports {
            let octets = UnsafeRawBufferPointer(start: ports.lowerBound, count: ports.upperBound - ports.lowerBound)
            service.ports = try servicePorts.one(octets) { () throws(DecodeFault) in
                try ObjectDecoder.servicePorts(octets)
            }
        }
    }

    private func readClusterIP(_ octets: UnsafeRawBufferPointer, into service: inout Service) throws(DecodeFault) {
        if octets.isEmpty { return }
        if octets.equals("None") {
            service.isHeadless = true
        } else {
            service.clusterIPs.append(try octets.address("spec.clusterIP"))
        }
    }

    private func kind(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> Service.Kind {
        if octets.isEmpty || octets.equals("ClusterIP") { return .clusterIP }
        if octets.equals("NodePort") { return .nodePort }
        if octets.equals("LoadBalancer") { return .loadBalancer }
        if octets.equals("ExternalName") { return .externalName }
        throw octets.notAllowed("spec.type", "ClusterIP, NodePort, LoadBalancer, ExternalName")
    }

    private func familyPolicy(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> Service.FamilyPolicy? {
        if octets.isEmpty { return nil }
        if octets.equals("SingleStack") { return .singleStack }
        if octets.equals("PreferDualStack") { return .preferDualStack }
        if octets.equals("RequireDualStack") { return .requireDualStack }
        throw octets.notAllowed("spec.ipFamilyPolicy", "SingleStack, PreferDualStack, RequireDualStack")
    }

    /// Lists of one family, which nearly all Services have.
    private static let onlyIPv4: [IPAddress.Family] = [.v4]
    private static let onlyIPv6: [IPAddress.Family] = [.v6]

    private func readFamily(_ octets: UnsafeRawBufferPointer, into service: inout Service) throws(DecodeFault) {
        let isIPv6 = try octets.isSecond("IPv4", "IPv6", "spec.ipFamilies")
        if service.families.isEmpty {
            service.families = isIPv6 ? ObjectDecoder.onlyIPv6 : ObjectDecoder.onlyIPv4
        } else {
            service.families.append(isIPv6 ? .v6 : .v4)
        }
    }

    // MARK: - Ports

    /// - Parameter octets: fields of a spec from the first port to the last.
    private static func servicePorts(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> [Service.Port] {
        var ports: [Service.Port] = []
        var reader = ProtobufReader(octets)
        while let field = try reader.next() {
            guard field.number == ServiceSpecFields.ports else { continue }
            ports.append(try servicePort(field.message(), "spec.ports[\(ports.count)]"))
        }
        return ports
    }

    private static func servicePort(
        _ message: ProtobufReader, _ path: @autoclosure () -> String
    ) throws(DecodeFault) -> Service.Port {
        var name = ""
        var transport = TransportProtocol.tcp
        var number: UInt16?
        var target: TargetPort?
        var nodePort: UInt16?
        var appProtocol: String?
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case ServicePortFields.name: name = try field.text()
            case ServicePortFields.protocol: transport = try field.octets().transport("\(path()).protocol")
            case ServicePortFields.port: number = try field.port("\(path()).port")
            case ServicePortFields.targetPort: target = try targetPort(field.message(), "\(path()).targetPort")
            case ServicePortFields.nodePort: nodePort = try field.optionalPort("\(path()).nodePort")
            case ServicePortFields.appProtocol: appProtocol = try field.text()
            default: break
            }
        }
        guard let number else { throw DecodeFault("\(path()) has no port") }
        return Service.Port(
            name: name, transport: transport, port: number, target: target, nodePort: nodePort,
            appProtocol: appProtocol)
    }

    /// util/intstr IntOrString; nil for the number 0 and the empty text, which stand for the port's own number.
    private static func targetPort(
        _ message: ProtobufReader, _ path: @autoclosure () -> String
    ) throws(DecodeFault) -> TargetPort? {
        var isText = false
        var number: UInt16?
        var text = ""
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case IntOrStringFields.type: isText = try field.bool()
            case IntOrStringFields.int: number = try field.optionalPort(path())
            case IntOrStringFields.string: text = try field.text()
            default: break
            }
        }
        return isText ? text.isEmpty ? nil : .name(text) : number.map(TargetPort.number)
    }

    // MARK: - Status

    /// status.loadBalancer.ingress. What is no address there is left out, as a cloud has written it.
    private func readStatus(_ status: ProtobufReader, into service: inout Service) throws(DecodeFault) {
        var status = status
        while let field = try status.next() {
            guard field.number == ServiceStatusFields.loadBalancer else { continue }
            var loadBalancer = try field.message()
            while let field = try loadBalancer.next() {
                guard field.number == LoadBalancerFields.ingress else { continue }
                var ingress = LoadBalancerIngress()
                var entry = try field.message()
                while let field = try entry.next() {
                    switch field.number {
                    case LoadBalancerIngressFields.ip: ingress.address = IPAddress(utf8: try field.octets())
                    case LoadBalancerIngressFields.hostname:
                        let hostname = try field.octets()
                        if !hostname.isEmpty { ingress.hostname = hostname.text }
                    default: break
                    }
                }
                if ingress.address != nil || ingress.hostname != nil { service.loadBalancer.append(ingress) }
            }
        }
    }
}
