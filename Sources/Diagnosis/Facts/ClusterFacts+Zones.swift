import ClusterZone
import DNSWire
import ServiceRegistry

extension ClusterFacts {
    /// The zones that a server with these objects has.
    /// - Throws: `WireError` where a domain leaves no room for names below it.
    package func zones() throws(WireError) -> RegistryZones {
        var options = ClusterZoneOptions(domain: domain, pods: exposure.pods)
        options.serviceCIDRs = serviceCIDRs
        options.podCIDRs = podCIDRs
        var external: [ExternalZone] = []
        for origin in externalZones { external.append(try ExternalZone(origin: origin, ttl: options.ttl)) }
        var zones = RegistryZones(cluster: try ClusterZone(options), external: external)
        var events = registry.namespaces.values.map { RegistryEvent.put(.namespace($0)) }
        for service in registry.services.values {
            events.append(.put(.service(service)))
            events += registry.slices(of: service.name).map { .put(.endpointSlice($0)) }
        }
        events += registry.pods.values.map { .put(.pod($0)) }
        events += registry.ingresses.values.map { .put(.ingress($0)) }
        zones.apply(events + [.synced], now: 1) { _, _ in }
        return zones
    }
}
