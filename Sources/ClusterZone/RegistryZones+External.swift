import DNSWire
import NetworkAddress
import ServiceRegistry

extension RegistryZones {
    /// - Returns: the names of external zones that an Ingress or Namespace has changed.
    mutating func updateExternal(_ event: RegistryEvent) -> [(Int, DomainName)] {
        guard let key = event.key else { return [] }
        let object: RegistryObject? = if case .put(let put) = event { put } else { nil }
        guard key.kind == .namespace || key.kind == .ingress else { return [] }
        return external.indices.flatMap { index in
            external[index].update(key, to: object).map { (index, $0) }
        }
    }

    /// The same for a Service or its slices.
    /// - Parameter old: the Service as it was.
    mutating func updateExternal(_ name: ObjectName, from old: Service?) -> [(Int, DomainName)] {
        guard !external.isEmpty else { return [] }
        let service = registry.services[name]
        if name == cluster.options.dnsService {
            let outside = service?.externalAddresses ?? []
            let addresses = outside.isEmpty ? cluster.options.nameServerAddresses : outside
            for index in external.indices { external[index].serverAddresses = addresses }
        }
        return external.indices.flatMap { index in
            let follows = service.map(external[index].zone.dependsOnEndpoints) ?? false
            guard service != old || follows else { return [(Int, DomainName)]() }
            let slices = follows ? registry.slices(of: name) : []
            return external[index].update(ObjectKey(.service, name), to: service.map(RegistryObject.service), slices)
                .map { (index, $0) }
        }
    }
}
