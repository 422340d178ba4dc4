import DNSWire
import NetworkAddress
import ServiceRegistry

/// All records that exist because of one Service.
package struct ServiceRecords: Sendable, Equatable {
    /// Names that are this Service's alone.
    package var owners: [DomainName: OwnerRecords] = [:]
    /// Addresses that lead back to a name of the Service; `first` for a ClusterIP.
    package var pointers: [Pointer] = []

    package struct Pointer: Hashable, Sendable {
        package var address: IPAddress
        package var target: DomainName
        package var isClusterIP: Bool
    }

    package var isEmpty: Bool { owners.isEmpty && pointers.isEmpty }
}

package struct OwnerRecords: Sendable, Equatable {
    package var sets: [RecordSet]
    package var traits: NodeTraits = []
}

extension ClusterZone {
    /// What a Service makes exist; nothing where there is no such Service.
    package func records(of name: ObjectName, in registry: ServiceRegistry) -> ServiceRecords {
        guard let service = registry.services[name], let owner = self.name(of: name) else { return ServiceRecords() }
        if service.kind == .externalName { return externalName(service, owner) }
        let endpoints = ServiceEndpoints(registry.slices(of: name), below: owner)
        var out = ServiceRecords()
        if service.isHeadless {
            addHeadless(endpoints, owner, to: &out)
        } else {
            addClusterIP(service, owner, to: &out)
        }
        addEndpointNames(endpoints, to: &out)
        return out
    }

    /// DNS spec 2.5. RFC 1034 3.6.2: the CNAME stands alone and answers every type.
    private func externalName(_ service: Service, _ owner: DomainName) -> ServiceRecords {
        var out = ServiceRecords()
        let text = service.externalName ?? ""
        if let target = try? DomainName(text), !target.isRoot {
            let isAddress = IPAddress(text.hasSuffix(".") ? String(text.dropLast()) : text) != nil
            out.owners[owner] = OwnerRecords(
                sets: [RecordSet(.cname, ttl: options.ttl, [.cname(target)])],
                traits: isAddress ? .targetNeverExists : [])
        } else {
            out.owners[owner] = OwnerRecords(sets: [], traits: .unanswerable)
        }
        return out
    }

    /// DNS spec 2.3: A/AAAA, SRV for each named port, PTR; and as CoreDNS does, SRV for all ports at the Service's own
    /// name and the addresses at each SRV name too.
    private func addClusterIP(_ service: Service, _ owner: DomainName, to out: inout ServiceRecords) {
        let addresses = service.clusterIPs
        let addressSets = sets(of: addresses)
        func location(_ ports: [Service.Port]) -> RecordSet? {
            let weight = ServiceLocation.weight(of: ports.count * addresses.count)
            var data: [RecordData] = []
            for port in ports {
                let location = RecordData.srv(ServiceLocation(weight: weight, port: port.port, target: owner))
                if !data.contains(location) { data.append(location) }
            }
            guard !data.isEmpty else { return nil }
            return RecordSet(.srv, ttl: options.ttl, data, glue: addresses.map { .init(record: 0, address: $0) })
        }
        out.owners[owner] = OwnerRecords(sets: addressSets + [location(service.ports)].compactMap { $0 })
        for port in service.ports {
            guard let name = ClusterZone.portName(port.name, port.transport, owner), out.owners[name] == nil,
                let locations = location([port])
            else { continue }
            out.owners[name] = OwnerRecords(sets: [locations] + addressSets)
        }
        for address in addresses {
            out.pointers.append(.init(address: address, target: owner, isClusterIP: true))
        }
    }

    /// DNS spec 2.4: the ready addresses, SRV for each endpoint and named port. Without a ready address there is no name.
    private func addHeadless(_ endpoints: ServiceEndpoints, _ owner: DomainName, to out: inout ServiceRecords) {
        guard !endpoints.isEmpty else { return }
        out.owners[owner] = OwnerRecords(
            sets: sets(of: endpoints.addresses) + [locations(endpoints, port: nil)].compactMap { $0 })
        for port in endpoints.namedPorts {
            guard let name = ClusterZone.portName(port.name, port.transport, owner), out.owners[name] == nil,
                let locations = locations(endpoints, port: port)
            else { continue }
            let addresses = endpoints.entries.filter { $0.has(port) }.map(\.address).uniqued()
            out.owners[name] = OwnerRecords(sets: [locations] + sets(of: addresses))
        }
    }

    /// SRV for every endpoint that has the port, or with nil for every endpoint and each of its ports.
    private func locations(_ endpoints: ServiceEndpoints, port: NamedPort?) -> RecordSet? {
        var count = 0
        for entry in endpoints.entries { count += entry.numbers(of: port).count }
        let weight = ServiceLocation.weight(of: count)
        var data: [RecordData] = []
        var glue: [RecordSet.Glue] = []
        var glued: Set<ServiceRecords.Pointer> = []
        var place: [EndpointTarget: Int] = [:]
        for entry in endpoints.entries {
            for number in entry.numbers(of: port) {
                let target = EndpointTarget(name: entry.name, port: number)
                let known = place[target]
                let record = known ?? data.count
                if known == nil {
                    place[target] = record
                    data.append(.srv(ServiceLocation(weight: weight, port: number, target: entry.name)))
                }
                // A message repeats no record, though several ports lead to one name.
                let pair = ServiceRecords.Pointer(address: entry.address, target: entry.name, isClusterIP: false)
                if glued.insert(pair).inserted { glue.append(.init(record: record, address: entry.address)) }
            }
        }
        guard !data.isEmpty else { return nil }
        return RecordSet(.srv, ttl: options.ttl, data, glue: glue)
    }

    private struct EndpointTarget: Hashable {
        let name: DomainName
        let port: UInt16
    }

    /// DNS spec 2.4.1 and, for endpoints of a ClusterIP too, CoreDNS: each endpoint's name and PTR.
    private func addEndpointNames(_ endpoints: ServiceEndpoints, to out: inout ServiceRecords) {
        var addresses: [DomainName: [IPAddress]] = [:]
        for entry in endpoints.entries {
            addresses[entry.name, default: []].append(entry.address)
        }
        for (name, addresses) in addresses where out.owners[name] == nil {
            out.owners[name] = OwnerRecords(sets: sets(of: addresses.uniqued()))
        }
        let known = Set(out.pointers)
        out.pointers += endpoints.entries
            .map { ServiceRecords.Pointer(address: $0.address, target: $0.name, isClusterIP: false) }
            .uniqued().filter { !known.contains($0) }
    }

    /// A and AAAA sets of addresses in their order.
    func sets(of addresses: [IPAddress]) -> [RecordSet] {
        [IPAddress.Family.v4, .v6].compactMap { family in
            let mine = addresses.filter { $0.family == family }
            guard !mine.isEmpty else { return nil }
            return RecordSet(family == .v4 ? .a : .aaaa, ttl: options.ttl, mine.map { .address($0) })
        }
    }

    /// `_https._tcp.web.default.svc.cluster.local.`; nil for a port without a name, which has no such name.
    static func portName(_ port: String, _ transport: TransportProtocol, _ owner: DomainName) -> DomainName? {
        guard !port.isEmpty else { return nil }
        return try? owner.prepending("_" + transport.rawValue.lowercased()).prepending("_" + port)
    }
}

extension ServiceLocation {
    /// CoreDNS shares 100 among the records, at least 1 each (plugin/backend_lookup.go, SRV).
    static func weight(of count: Int) -> UInt16 { UInt16(max(1, 100 / max(1, count))) }
}

extension Array where Element: Hashable {
    /// Each element once, the first one kept.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
