import DNSWire
import NetworkAddress
import ServiceRegistry

extension ClusterZone {
    /// What exists whatever objects there are: the apexes with SOA and NS, dns-version, ns.dns, svc and pod.
    /// - Parameter serial: of all zones' SOA: the time of the last change that DNS shows, in seconds since 1970.
    package func fixedRecords(serial: UInt32, in registry: ServiceRegistry) -> [RecordChange] {
        var changes: [RecordChange] = []
        let domain = options.domain
        if let version = try? domain.prepending("dns-version") {
            // DNS spec 2.2; the TTL is its example's.
            let text = RecordSet(.txt, ttl: 28800, [.txt([Array("1.1.0".utf8)])])
            changes.append(.set(version, [text], traits(.certain, denying: .deniesOtherTypes)))
        }
        changes.append(.set(servicesName, [], traits(.certain, denying: .deniesText)))
        changes.append(.set(podsName, [], traits(.certain, denying: .deniesText)))
        for origin in origins { changes += apex(of: origin, serial: serial, in: registry) }
        return changes
    }

    /// - Parameter denials: traits under `isCoreDNSCompatible` alone.
    private func traits(_ traits: NodeTraits = .none, denying denials: NodeTraits) -> NodeTraits {
        options.isCoreDNSCompatible ? traits.union(denials) : traits
    }

    /// An apex and the `ns.dns` below it.
    private func apex(of origin: DomainName, serial: UInt32, in registry: ServiceRegistry) -> [RecordChange] {
        guard let own = try? origin.prepending("dns").prepending("ns") else { return [] }
        let service = registry.services[options.dnsService]
        let addresses = service.map(\.clusterIPs).flatMap { $0.isEmpty ? nil : $0 } ?? options.nameServerAddresses
        // CoreDNS names the Services that it is an endpoint of, else itself (plugin/kubernetes/ns.go).
        let server = service.flatMap { $0.kind == .externalName ? nil : name(of: $0.name) } ?? own
        let servers = RecordSet(
            .ns, ttl: options.ttl, [.ns(server)], glue: addresses.map { .init(record: 0, address: $0) })
        return [
            .set(
                origin, [startOfAuthority(of: origin, serial: serial), servers].compactMap { $0 },
                traits(.certain, denying: [.deniesText, .deniesAsCoreDNS])),
            .set(own, sets(of: addresses), traits(denying: .deniesText)),
        ]
    }

    /// Row 2.2 of the behaviour table: CoreDNS's numbers.
    private func startOfAuthority(of origin: DomainName, serial: UInt32) -> RecordSet? {
        guard let primary = try? origin.prepending("dns").prepending("ns"),
            let mailbox = try? origin.prepending("hostmaster")
        else { return nil }
        let soa = StartOfAuthority(
            primary: primary, mailbox: mailbox, serial: serial, refresh: 7200, retry: 1800, expire: 86400,
            minimum: options.ttl)
        return RecordSet(.soa, ttl: min(options.ttl, 300), [.soa(soa)])
    }

    /// A namespace's names: it exists, with or without anything in it.
    package func records(of namespace: Namespace) -> [DomainName: OwnerRecords] {
        var out: [DomainName: OwnerRecords] = [:]
        if let name = servicesName(of: namespace.name) {
            out[name] = OwnerRecords(sets: [], traits: traits(denying: .deniesText))
        }
        if let name = podsName(of: namespace.name) {
            switch options.pods {
            case .disabled: break
            case .insecure: out[name] = OwnerRecords(sets: [], traits: traits(.anyAddressBelow, denying: .deniesText))
            case .verified: out[name] = OwnerRecords(sets: [], traits: traits(.addressesBelow, denying: .deniesText))
            }
        }
        return out
    }

    /// The names of a Pod under `pods verified`: one for each of its addresses. Pods that have ended have none.
    package func records(of pod: Pod) -> [DomainName: OwnerRecords] {
        guard options.pods == .verified, pod.phase == .running || pod.phase == .pending,
            let below = podsName(of: pod.name.namespace)
        else { return [:] }
        var out: [DomainName: OwnerRecords] = [:]
        for address in pod.addresses {
            guard let name = EndpointLabel.address(address).name(below: below) else { continue }
            out[name] = OwnerRecords(sets: sets(of: [address]))
        }
        return out
    }
}
