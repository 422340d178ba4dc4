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
    let ttl: UInt32

    package init(origin: DomainName, ttl: UInt32) throws(WireError) {
        self.origin = origin
        self.ttl = ttl
        _ = try origin.prepending("dns").prepending("ns1")
        _ = try origin.prepending("hostmaster")
    }

    /// The names that an object makes exist, each with what it adds there.
    func records(of object: RegistryObject) -> [DomainName: [RecordSet]] {
        switch object {
        case .service(let service): records(of: service)
        case .ingress(let ingress): records(of: ingress)
        default: [:]
        }
    }

    private func records(of service: Service) -> [DomainName: [RecordSet]] {
        guard service.kind != .externalName,
            let owner = try? origin.prepending(service.name.namespace).prepending(service.name.name)
        else { return [:] }
        let addresses = (service.loadBalancer.compactMap(\.address) + service.externalIPs).uniqued()
        let own = sets(addresses: addresses, hostnames: service.loadBalancer.compactMap(\.hostname))
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
            guard let name = ClusterZone.portName(port.name, port.transport, owner), out[name] == nil else { continue }
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
        return [(IPAddress.Family.v4, RecordType.a), (.v6, .aaaa)].compactMap { family, type in
            let mine = addresses.filter { $0.family == family }
            return mine.isEmpty ? nil : RecordSet(type, ttl: ttl, mine.map { .address($0) })
        }
    }

    /// The apex, as k8s_external makes it (plugin/k8s_external/apex.go): `ns1.dns.ZONE`, hostmaster.
    func apex(serial: UInt32) -> [RecordSet] {
        guard let server = try? origin.prepending("dns").prepending("ns1"),
            let mailbox = try? origin.prepending("hostmaster")
        else { return [] }
        let soa = StartOfAuthority(
            primary: server, mailbox: mailbox, serial: serial, refresh: 7200, retry: 1800, expire: 86400, minimum: ttl)
        return [RecordSet(.soa, ttl: min(ttl, 300), [.soa(soa)]), RecordSet(.ns, ttl: ttl, [.ns(server)])]
    }
}
