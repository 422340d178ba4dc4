import NetworkAddress
import ServiceRegistry

/// Which Services have an address or a node port: more than one where an API server's own book was wrong.
struct ServiceFronts: Sendable {
    private struct NodePort: Hashable, Sendable {
        var number: UInt16
        var transport: TransportProtocol
    }

    private var byAddress: [IPAddress: Set<ObjectName>] = [:]
    private var byNodePort: [NodePort: Set<ObjectName>] = [:]

    init() {}

    init(_ services: some Sequence<Service>) {
        for service in services {
            for address in service.clusterIPs { byAddress[address, default: []].insert(service.name) }
            for port in service.ports {
                guard let number = port.nodePort else { continue }
                byNodePort[NodePort(number: number, transport: port.transport), default: []].insert(service.name)
            }
        }
    }

    /// In the order of their names.
    func holders(of address: IPAddress) -> [ObjectName] { (byAddress[address] ?? []).sorted() }

    func holders(ofNodePort number: UInt16, _ transport: TransportProtocol) -> [ObjectName] {
        (byNodePort[NodePort(number: number, transport: transport)] ?? []).sorted()
    }
}
