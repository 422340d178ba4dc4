import NetworkAddress
import ServiceRegistry

/// Makes objects of the registry from the API's protobuf messages of one resource.
///
///     var decoder = ObjectDecoder(.services, keeping: .serving)
///     let watched = try decoder.object(octets)           // a plain message: no `k8s\0`, no runtime.Unknown
///
/// What a field means is what the manifest reader says that it means (`ObjectReader` of room Manifests); what that one
/// refuses is a `DecodeFault` here. Two things differ because protobuf writes them so: an empty text is a text that is not
/// there, and so is the port number 0 where a port may be missing.
///
/// Ports and names of namespaces that many objects have alike lie once in memory as long as one decoder reads them.
struct ObjectDecoder {
    let resource: Resource
    let detail: Detail
    private var namespaces = SharedValues<String>()
    var servicePorts = SharedValues<[Service.Port]>()
    var endpointPorts = SharedValues<[EndpointPort]>()
    /// The addresses behind the first of the endpoint that is being read.
    var others: [IPAddress] = []

    init(_ resource: Resource, keeping detail: Detail) {
        self.resource = resource
        self.detail = detail
    }

    /// - Throws: a fault that names the field, and the object where its metadata is sound.
    mutating func object(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> WatchedObject {
        let metadata = try ObjectMetadata(of: octets, labels: detail.labels)
        let name = try name(of: metadata)
        do throws(DecodeFault) {
            return WatchedObject(
                try object(octets, name, metadata), resourceVersion: metadata.resourceVersion,
                lastChangeTrigger: metadata.lastChangeTrigger)
        } catch {
            throw DecodeFault(error.what, name: name)
        }
    }

    /// Which object it is, where its metadata is sound.
    mutating func nameIfSound(_ octets: UnsafeRawBufferPointer) -> ObjectName? {
        do throws(DecodeFault) { return try name(of: ObjectMetadata(of: octets)) } catch { return nil }
    }

    /// Only which object it is, and its version: the last state of a deleted one.
    mutating func key(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> (ObjectKey, resourceVersion: String) {
        let metadata = try ObjectMetadata(of: octets)
        return (ObjectKey(resource.kind, try name(of: metadata)), metadata.resourceVersion)
    }

    private mutating func object(
        _ octets: UnsafeRawBufferPointer, _ name: ObjectName, _ metadata: ObjectMetadata
    ) throws(DecodeFault) -> RegistryObject {
        switch resource {
        case .namespaces: .namespace(Namespace(name: name.name, labels: metadata.labels))
        case .services: .service(try service(octets, name, metadata))
        case .endpointSlices: .endpointSlice(try slice(octets, name, metadata))
        case .pods: .pod(try pod(octets, name, metadata))
        }
    }

    private mutating func name(of metadata: ObjectMetadata) throws(DecodeFault) -> ObjectName {
        guard !metadata.name.isEmpty else { throw DecodeFault("metadata.name is missing") }
        guard resource != .namespaces else { return ObjectName("", metadata.name.text) }
        // As the manifest reader has it; an API server always writes one.
        guard !metadata.namespace.isEmpty else { return ObjectName("default", metadata.name.text) }
        let namespace = try namespaces.one(metadata.namespace) { metadata.namespace.text }
        return ObjectName(namespace, metadata.name.text)
    }
}

// MARK: - Values

extension UnsafeRawBufferPointer {
    /// - Throws: for what is no address.
    func address(_ path: @autoclosure () -> String) throws(DecodeFault) -> IPAddress {
        guard let address = IPAddress(utf8: self) else {
            throw DecodeFault("\(path()) \"\(text)\" is no IP address")
        }
        return address
    }

    /// TCP where none is written.
    func transport(_ path: @autoclosure () -> String) throws(DecodeFault) -> TransportProtocol {
        if isEmpty || equals("TCP") { return .tcp }
        if equals("UDP") { return .udp }
        if equals("SCTP") { return .sctp }
        throw notAllowed(path(), "TCP, UDP, SCTP")
    }

    /// Whether this is the second of two allowed texts; nothing is the first.
    func isSecond(
        _ first: StaticString, _ second: StaticString, _ path: @autoclosure () -> String
    ) throws(DecodeFault) -> Bool {
        if isEmpty || equals(first) { return false }
        guard equals(second) else { throw notAllowed(path(), "\(first), \(second)") }
        return true
    }

    @inline(never) func notAllowed(_ path: String, _ allowed: String) -> DecodeFault {
        DecodeFault("\(path) \"\(text)\" is not allowed: \(allowed)")
    }
}

extension ProtobufReader.Field {
    /// A port number, 1 to 65535.
    func port(_ path: @autoclosure () -> String) throws(DecodeFault) -> UInt16 {
        let number = try int()
        guard let port = UInt16(exactly: number), port > 0 else {
            throw DecodeFault("\(path()) is \(number): a number from 1 to 65535 is wanted")
        }
        return port
    }

    /// The same where 0 stands for none.
    func optionalPort(_ path: @autoclosure () -> String) throws(DecodeFault) -> UInt16? {
        try int() == 0 ? nil : try port(path())
    }
}
