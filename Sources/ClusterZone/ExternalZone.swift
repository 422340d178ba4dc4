import DNSWire
import NetworkAddress
import ServiceRegistry

/// A zone of the addresses by which the cluster is reached from outside, as CoreDNS's k8s_external and the k8s_gateway
/// plugin make it:
///
///     web.default.ZONE          status.loadBalancer.ingress and spec.externalIPs of Service default/web
///     _http._tcp.web.default.ZONE
///     shop.example.com          in ZONE example.com: the status addresses of every Ingress with a rule for that host
///
/// A load balancer that has a host name and no address gives a CNAME.
package struct ExternalZone: Sendable {
    package let origin: DomainName
    let options: ExternalZoneOptions
    /// `ns1.dns.ZONE` and the SOA's mailbox.
    let server: DomainName
    private let mailbox: DomainName

    /// - Throws: `WireError` where the origin leaves no room for the names below it, or the apex label is no label.
    package init(origin: DomainName, _ options: ExternalZoneOptions) throws(WireError) {
        self.origin = origin
        self.options = options
        let apex = try origin.prepending(options.apexLabel)
        server = try apex.prepending("ns1")
        mailbox = try (options.isK8sExternal ? apex : origin).prepending("hostmaster")
    }

    package init(origin: DomainName, ttl: UInt32) throws(WireError) {
        var options = ExternalZoneOptions()
        options.ttl = ttl
        try self.init(origin: origin, options)
    }

    private var ttl: UInt32 { options.ttl }
    private var isReverse: Bool { origin.isAtOrBelow(.inAddrArpa) || origin.isAtOrBelow(.ip6Arpa) }

    /// Whether a Service's names change with its endpoints.
    func dependsOnEndpoints(_ service: Service) -> Bool { options.hasHeadless && service.isHeadless }

    /// The names that an object makes exist, each with what it adds there.
    /// - Parameter slices: a Service's; looked at where its names depend on them.
    func records(of object: RegistryObject, _ slices: [EndpointSlice] = []) -> [DomainName: [RecordSet]] {
        switch object {
        case .service(let service):
            if isHidden(service.name.namespace) || service.kind == .externalName { return [:] }
            return options.isK8sExternal && isReverse ? pointers(to: service) : records(of: service, slices)
        case .ingress(let ingress): return options.isK8sExternal ? [:] : records(of: ingress)
        case .namespace(let namespace):
            guard options.isK8sExternal, !isReverse, !isHidden(namespace.name),
                let name = try? origin.prepending(namespace.name)
            else { return [:] }
            return [name: []]
        default: return [:]
        }
    }

    /// The names below the apex label are the zone's own (plugin/k8s_external/apex.go, serveSubApex).
    private func isHidden(_ namespace: String) -> Bool {
        options.isK8sExternal && namespace.lowercased() == options.apexLabel.lowercased()
    }

    /// plugin/k8s_external/msg_to_dns.go, ptr: in a reverse zone, the names of Services that an address leads to.
    private func pointers(to service: Service) -> [DomainName: [RecordSet]] {
        guard let primary = options.primary,
            let target = try? primary.prepending(service.name.namespace).prepending(service.name.name)
        else { return [:] }
        var out: [DomainName: [RecordSet]] = [:]
        for address in service.externalAddresses {
            let name = DomainName(reverseOf: address)
            if name.isAtOrBelow(origin) { out[name] = [RecordSet(.ptr, ttl: ttl, [.ptr(target)])] }
        }
        return out
    }

    /// plugin/kubernetes/external.go, External: a headless Service without external addresses.
    private func records(of endpoints: ServiceEndpoints) -> [DomainName: [RecordSet]] {
        let make = EndpointRecords(ttl: ttl)
        var out = endpoints.names.reduce(into: [:]) { $0[$1.name] = make.sets(of: $1.addresses) }
        for (name, records) in make.headless(endpoints) { out[name] = records.sets }
        return out
    }

    private func records(of service: Service, _ slices: [EndpointSlice]) -> [DomainName: [RecordSet]] {
        guard let owner = try? origin.prepending(service.name.namespace).prepending(service.name.name) else {
            return [:]
        }
        let addresses = service.externalAddresses
        let own = sets(addresses: addresses, hostnames: service.loadBalancer.compactMap(\.hostname))
        if own.isEmpty && dependsOnEndpoints(service) {
            return records(of: ServiceEndpoints(slices, below: owner, options.usesEndpointPodNames ? .podNames : []))
        }
        guard !own.isEmpty else { return [:] }
        var out = [owner: own]
        guard !addresses.isEmpty else { return out }
        func locations(_ ports: [Service.Port]) -> RecordSet {
            let weight = ServiceLocation.weight(of: ports.count * addresses.count)
            let data = ports.map { RecordData.srv(ServiceLocation(weight: weight, port: $0.port, target: owner)) }
            return RecordSet(
                .srv, ttl: ttl, data.uniqued(), glue: addresses.map { .init(record: 0, address: $0) })
        }
        if !service.ports.isEmpty { out[owner]?.append(locations(service.ports)) }
        for port in service.ports {
            guard let name = EndpointRecords.portName(port.name, port.transport, owner), out[name] == nil else {
                continue
            }
            out[name] = own + [locations([port])]
        }
        return out
    }

    private func records(of ingress: Ingress) -> [DomainName: [RecordSet]] {
        let own = sets(
            addresses: ingress.loadBalancer.compactMap(\.address).uniqued(),
            hostnames: ingress.loadBalancer.compactMap(\.hostname))
        guard !own.isEmpty else { return [:] }
        var out: [DomainName: [RecordSet]] = [:]
        for rule in ingress.rules {
            guard !rule.host.isEmpty, let host = try? DomainName(rule.host), host.isAtOrBelow(origin) else { continue }
            // At the apex stand SOA and NS: a CNAME beside them would be wrong (RFC 1034 3.6.2).
            guard host != origin || own[0].type != .cname else { continue }
            out[host] = own
        }
        return out
    }

    private func sets(addresses: [IPAddress], hostnames: [String]) -> [RecordSet] {
        if addresses.isEmpty {
            guard let target = hostnames.lazy.compactMap({ try? DomainName($0) }).first else { return [] }
            return [RecordSet(.cname, ttl: ttl, [.cname(target)])]
        }
        return EndpointRecords(ttl: ttl).sets(of: addresses)
    }

    /// The names that are there whatever objects there are, as k8s_external makes them (plugin/k8s_external/apex.go): the
    /// apex, and under k8s_external its server.
    var fixedNames: [DomainName] { options.isK8sExternal ? [origin, server] : [origin] }

    /// - Parameter addresses: of the server, under k8s_external.
    /// - Returns: empty for other names.
    func fixedRecords(at name: DomainName, serial: UInt32, _ addresses: [IPAddress]) -> [RecordSet] {
        let addresses = options.isK8sExternal ? addresses : []
        if options.isK8sExternal && name == server { return EndpointRecords(ttl: ttl).sets(of: addresses) }
        guard name == origin else { return [] }
        let soa = StartOfAuthority(
            primary: server, mailbox: mailbox, serial: serial, refresh: 7200, retry: 1800, expire: 86400, minimum: ttl)
        let glue = addresses.map { RecordSet.Glue(record: 0, address: $0) }
        return [
            RecordSet(.soa, ttl: options.isK8sExternal ? ttl : min(ttl, 300), [.soa(soa)]),
            RecordSet(.ns, ttl: ttl, [.ns(server)], glue: glue),
        ]
    }
}

package struct ExternalZoneOptions: Sendable {
    /// Seconds, 0...3600.
    package var ttl: UInt32 = 5
    /// As CoreDNS's plugin k8s_external has it: no hosts of Ingresses; Namespaces are names; the zone's servers have addresses,
    /// those of the DNS Service outside; in a reverse zone stand the PTR records of external addresses.
    package var isK8sExternal = false
    /// The label below the apex that the zone's servers are below.
    package var apexLabel = "dns"
    /// Headless Services without external addresses answer with their endpoints.
    package var hasHeadless = false
    /// Their endpoints without a hostname have their Pods' names.
    package var usesEndpointPodNames = false
    /// Where the targets of PTR records are: the first of k8s_external's zones.
    package var primary: DomainName?

    package init() {}
}

extension Service {
    /// By which it is reached from outside, each once.
    var externalAddresses: [IPAddress] { (loadBalancer.compactMap(\.address) + externalIPs).uniqued() }
}
