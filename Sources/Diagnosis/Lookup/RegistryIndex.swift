import DNSWire
import NetworkAddress
import ServiceRegistry

/// A registry as `lookup` asks it: whose an address is, and why a name has no record of a type.
package struct RegistryIndex: ObjectIndex {
    package let facts: ClusterFacts
    private let owners: [IPAddress: AddressOwner]
    private let services: [DomainName: Service]

    package init(_ facts: ClusterFacts) {
        self.facts = facts
        let registry = facts.registry
        var owners: [IPAddress: AddressOwner] = [:]
        var services: [DomainName: Service] = [:]
        for service in registry.services.values.sorted(by: { $0.name < $1.name }) {
            services[AskedName(service.name, in: facts.domain).name] = service
            let text = RegistryIndex.text(of: service, registry)
            let owner = AddressOwner(key: ObjectKey(.service, service.name), text: text)
            for address in service.clusterIPs + service.externalIPs where owners[address] == nil {
                owners[address] = owner
            }
        }
        for pod in registry.pods.values.sorted(by: { $0.name < $1.name }) {
            let owner = AddressOwner(
                key: ObjectKey(.pod, pod.name), text: "Pod \(pod.name)\(pod.isReady ? "" : ", not ready")")
            for address in pod.addresses where owners[address] == nil { owners[address] = owner }
        }
        self.owners = owners
        self.services = services
    }

    package func owner(of address: IPAddress) -> AddressOwner? { owners[address] }

    package func reasonForNoData(at name: DomainName, type: RecordType) -> String? {
        guard let service = services[name], type == .a || type == .aaaa else { return nil }
        let addresses =
            service.isHeadless
            ? facts.registry.slices(of: service.name).flatMap(\.endpoints).flatMap(\.addresses) : service.clusterIPs
        let families = Set(addresses.map(\.family))
        guard families.count == 1, let only = families.first else { return nil }
        return "Service is \(only == .v4 ? "IPv4" : "IPv6") only"
    }

    /// `Service default/kubernetes, port https 443/TCP, 1 ready endpoint`
    private static func text(of service: Service, _ registry: ServiceRegistry) -> String {
        var parts = ["Service \(service.name)"]
        let ports = service.ports.map { port in
            (port.name.isEmpty ? "" : port.name + " ") + "\(port.port)/\(port.transport.rawValue)"
        }
        if !ports.isEmpty { parts.append("port\(ports.count == 1 ? "" : "s") " + ports.joined(separator: ", ")) }
        let ready = registry.slices(of: service.name).flatMap(\.endpoints).count { $0.isReady }
        parts.append("\(ready) ready endpoint\(ready == 1 ? "" : "s")")
        return parts.joined(separator: ", ")
    }
}
