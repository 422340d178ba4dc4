import DNSWire
import NetworkAddress
import ServiceRegistry

/// The Kubernetes DNS specification 1.1.0 (kubernetes/dns, docs/specification.md), with what CoreDNS adds and Pods by now
/// depend on: which names a cluster's objects have. It stands in this folder and nowhere else.
///
///     let zone = ClusterZone(ClusterZoneOptions())
///     zone.records(of: ObjectName("default", "web"), in: registry)
///
/// Pure functions from objects to records; what changes is told by `RegistryZones`.
package struct ClusterZone: Sendable {
    package let options: ClusterZoneOptions
    /// `svc.cluster.local.`, `pod.cluster.local.`
    let servicesName: DomainName
    let podsName: DomainName

    /// - Throws: `WireError` where the cluster domain leaves no room for the names below it.
    package init(_ options: ClusterZoneOptions) throws(WireError) {
        self.options = options
        servicesName = try options.domain.prepending("svc")
        podsName = try options.domain.prepending("pod")
        _ = try options.domain.prepending("dns").prepending("ns")
        _ = try options.domain.prepending("hostmaster")
    }

    /// The zones that the records lie in: the cluster domain, then the reverse zones.
    package var origins: [DomainName] { [options.domain] + options.reverseZones }

    /// Whether an address is of the cluster's Services or Pods: its PTR records are here or nowhere.
    package func isOwnAddress(_ address: IPAddress) -> Bool {
        options.serviceCIDRs.contains { $0.contains(address) } || options.podCIDRs.contains { $0.contains(address) }
    }

    /// `default.svc.cluster.local.`, nil where DNS cannot carry it.
    func servicesName(of namespace: String) -> DomainName? { try? servicesName.prepending(namespace) }
    func podsName(of namespace: String) -> DomainName? { try? podsName.prepending(namespace) }

    /// `web.default.svc.cluster.local.`, nil where DNS cannot carry it.
    package func name(of service: ObjectName) -> DomainName? {
        try? servicesName(of: service.namespace)?.prepending(service.name)
    }
}

package struct ClusterZoneOptions: Sendable {
    /// How `1-2-3-4.default.pod` is answered (the `pods` option of CoreDNS).
    package enum Pods: String, Sendable, CaseIterable {
        /// Not at all.
        case disabled
        /// Every address, in every namespace that exists.
        case insecure
        /// The addresses of the namespace's Pods.
        case verified
    }

    package var domain: DomainName
    package var reverseZones: [DomainName]
    /// Seconds, 0...3600 (CoreDNS's bounds and default).
    package var ttl: UInt32
    package var pods: Pods
    /// The Service by which clients reach this server.
    package var dnsService: ObjectName
    /// Addresses of `ns.dns` while the DNS Service has none.
    package var nameServerAddresses: [IPAddress]
    /// An endpoint without a hostname has its Pod's name, where that is a label, in place of its address spelled with dashes.
    package var usesEndpointPodNames = false
    /// `ZONE.pin._zone` and `ZONE.prefer._zone` below headless Services: the endpoints of a topology zone.
    package var isZonal = false
    /// No name comes from endpoints: headless Services have none, nor have endpoints.
    package var ignoresEndpoints = false
    /// A Service with a ClusterIP has names only while an endpoint is ready.
    package var ignoresEmptyServices = false
    /// Why names do not exist is kept, for answers to say.
    package var keepsReasons = false
    /// CoreDNS's answers where they are not RFC-true: see `NodeTraits.deniesAsCoreDNS`.
    package var isCoreDNSCompatible = false
    /// Where Services and Pods have their addresses: what is asked of these is never asked elsewhere.
    package var serviceCIDRs: [CIDR] = []
    package var podCIDRs: [CIDR] = []

    /// What of endpoints the names are made from.
    var endpointDetails: PackedEndpoints.Details {
        var details: PackedEndpoints.Details = []
        if usesEndpointPodNames { details.insert(.podNames) }
        if isZonal { details.insert(.zones) }
        return details
    }

    package static let defaultDomain = try! DomainName("cluster.local.")

    package init(
        domain: DomainName = ClusterZoneOptions.defaultDomain,
        reverseZones: [DomainName] = [.inAddrArpa, .ip6Arpa], ttl: UInt32 = 5, pods: Pods = .disabled,
        dnsService: ObjectName = ObjectName("kube-system", "kube-dns"), nameServerAddresses: [IPAddress] = []
    ) {
        self.domain = domain
        self.reverseZones = reverseZones
        self.ttl = ttl
        self.pods = pods
        self.dnsService = dnsService
        self.nameServerAddresses = nameServerAddresses
    }
}
