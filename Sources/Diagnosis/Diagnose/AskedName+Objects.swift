import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry

extension ClusterFacts {
    /// The names that the objects have.
    var zone: ClusterZone? {
        var options = ClusterZoneOptions(domain: domain, pods: exposure.pods)
        options.ignoresEndpoints = exposure.ignoresEndpoints
        options.ignoresEmptyServices = exposure.ignoresEmptyServices
        return try? ClusterZone(options)
    }

    /// Whether there is a namespace; where the source tells none, every one that is named.
    func hasNamespace(_ name: String) -> Bool {
        registry.namespaces.isEmpty || registry.namespaces[name] != nil
            || registry.services.keys.contains { $0.namespace == name }
    }

    /// Whether labels are a name of an external zone, or a host of an Ingress.
    func isOutside(_ words: [String]) -> Bool {
        let text = words.joined(separator: ".")
        guard let name = try? DomainName(text) else { return false }
        return externalZones.contains { name.isAtOrBelow($0) }
            || registry.ingresses.values.contains { $0.rules.contains { $0.host.covers(text) } }
    }

    /// Whether a subject's object is there: a Service also while its name is not, since no endpoint is ready.
    func hasObject(of subject: AskedName.Subject) -> Bool {
        switch subject {
        case .service(let service): registry.services[service] != nil
        case .port(_, _, let service), .endpoint(_, let service):
            registry.services[service] != nil && !types(at: subject).isEmpty
        case .namespace(let namespace): registry.namespaces[namespace] != nil
        case .ingress(let ingress): registry.ingresses[ingress] != nil
        case .pod, .address, .other: false
        }
    }

    /// The types of records at the name of a Service, port or endpoint; empty where the name does not exist. A name that only
    /// has names below it has none, and is told by `.any`.
    func types(at subject: AskedName.Subject) -> Set<RecordType> {
        let service: ObjectName
        switch subject {
        case .service(let name), .port(_, _, let name), .endpoint(_, let name): service = name
        default: return []
        }
        guard let name = AskedName.name(of: subject, in: domain),
            let owners = zone?.records(of: service, in: registry).owners
        else { return [] }
        if let own = owners[name] { return own.sets.isEmpty ? [.any] : Set(own.sets.map(\.type)) }
        return owners.keys.contains { $0.isAtOrBelow(name) } ? [.any] : []
    }

    /// The Service that has an address: as its own before as an endpoint's.
    func holder(of address: IPAddress) -> ObjectName? {
        let services = registry.services.values.sorted { $0.name < $1.name }
        let own = services.first { service in
            service.clusterIPs.contains(address) || service.externalIPs.contains(address)
                || service.loadBalancer.contains { $0.address == address }
        }
        let holder =
            own
            ?? services.first { service in
                endpoints(of: service.name).contains { $0.endpoint.addresses.contains(address) }
            }
        return holder?.name
    }
}
