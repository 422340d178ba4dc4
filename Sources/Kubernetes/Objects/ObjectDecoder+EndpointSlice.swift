import NetworkAddress
import ServiceRegistry

extension ObjectDecoder {
    /// discovery/v1 EndpointSlice. Its endpoints go from the message into packed ones.
    mutating func slice(
        _ octets: UnsafeRawBufferPointer, _ name: ObjectName, _ metadata: ObjectMetadata
    ) throws(DecodeFault) -> EndpointSlice {
        // The address type stands behind the endpoints.
        var type = UnsafeRawBufferPointer.noOctets
        var count = 0
        var ports: Range<UnsafeRawPointer>?
        var reader = ProtobufReader(octets)
        while true {
            let begin = reader.at
            guard let field = try reader.next() else { break }
            switch field.number {
            case SliceFields.endpoints: count += 1
            case SliceFields.ports: ports = (ports?.lowerBound ?? begin)..<reader.at
            case SliceFields.addressType: type = try field.octets()
            default: break
            }
        }
        var slice = EndpointSlice(name: name, serviceName: metadata.serviceName, addressType: try addressType(type))
        slice.packed = try endpoints(octets, count, slice.addressType)
        if let ports {
            let octets = UnsafeRawBufferPointer(start: ports.lowerBound, count: ports.upperBound - ports.lowerBound)
            slice.ports = try endpointPorts.one(octets) { () throws(DecodeFault) in
                try ObjectDecoder.endpointPorts(octets)
            }
        }
        return slice
    }

    private func addressType(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> EndpointSlice.AddressType {
        if octets.equals("IPv4") { return .ipv4 }
        if octets.equals("IPv6") { return .ipv6 }
        if octets.equals("FQDN") { return .fqdn }
        if octets.isEmpty { throw DecodeFault("addressType is missing: IPv4, IPv6 or FQDN") }
        throw octets.notAllowed("addressType", "IPv4, IPv6, FQDN")
    }

    private mutating func endpoints(
        _ octets: UnsafeRawBufferPointer, _ count: Int, _ type: EndpointSlice.AddressType
    ) throws(DecodeFault) -> PackedEndpoints {
        var writer = PackedEndpoints.Writer()
        writer.reserve(count)
        var index = 0
        var reader = ProtobufReader(octets)
        while index < count, let field = try reader.next() {
            guard field.number == SliceFields.endpoints else { continue }
            try readEndpoint(field.message(), "endpoints[\(index)]", type, into: &writer)
            index += 1
        }
        return writer.finish()
    }

    private mutating func readEndpoint(
        _ message: ProtobufReader, _ path: @autoclosure () -> String, _ type: EndpointSlice.AddressType,
        into writer: inout PackedEndpoints.Writer
    ) throws(DecodeFault) {
        var address: IPAddress?
        others.removeAll(keepingCapacity: true)
        // Nothing written is to be read as ready (discovery/v1 types.go, EndpointConditions).
        var isReady = true
        var (hostname, podName) = (UnsafeRawBufferPointer.noOctets, UnsafeRawBufferPointer.noOctets)
        var zone = UnsafeRawBufferPointer.noOctets
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case EndpointFields.addresses where type != .fqdn:
                let next = try field.octets().address("\(path()).addresses")
                guard (next.family == .v4) == (type == .ipv4) else {
                    throw DecodeFault("\(path()).addresses \(next) is not of the slice's addressType \(type.rawValue)")
                }
                if address == nil { address = next } else { others.append(next) }
            case EndpointFields.conditions:
                var conditions = try field.message()
                while let field = try conditions.next() {
                    if field.number == EndpointConditionsFields.ready { isReady = try field.bool() }
                }
            case EndpointFields.hostname: hostname = try field.octets()
            case EndpointFields.targetRef where detail.podNames: podName = try self.podName(field.message())
            case EndpointFields.zone where detail.zones: zone = try field.octets()
            default: break
            }
        }
        writer.append(address, others, isReady: isReady, hostname: hostname, podName: podName, zone: zone)
    }

    /// core/v1 ObjectReference: the name where the kind is Pod.
    private func podName(_ message: ProtobufReader) throws(DecodeFault) -> UnsafeRawBufferPointer {
        var isPod = false
        var name = UnsafeRawBufferPointer.noOctets
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case ReferenceFields.kind: isPod = try field.octets().equals("Pod")
            case ReferenceFields.name: name = try field.octets()
            default: break
            }
        }
        return isPod ? name : .noOctets
    }

    /// - Parameter octets: fields of a slice from the first port to the last.
    private static func endpointPorts(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> [EndpointPort] {
        var ports: [EndpointPort] = []
        var reader = ProtobufReader(octets)
        while let field = try reader.next() {
            guard field.number == SliceFields.ports else { continue }
            var port = EndpointPort(port: nil)
            var message = try field.message()
            while let field = try message.next() {
                switch field.number {
                case EndpointPortFields.name: port.name = try field.text()
                case EndpointPortFields.protocol:
                    port.transport = try field.octets().transport("ports[\(ports.count)].protocol")
                case EndpointPortFields.port: port.port = try field.port("ports[\(ports.count)].port")
                default: break
                }
            }
            ports.append(port)
        }
        return ports
    }
}
