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
    package var traits = NodeTraits.none
}

extension ClusterZone {
    /// What a Service makes exist; nothing where there is no such Service.
    package func records(of name: ObjectName, in registry: ServiceRegistry) -> ServiceRecords {
        records(of: registry.services[name], registry.slices(of: name))
    }

    func records(of service: Service?, _ slices: [EndpointSlice]) -> ServiceRecords {
        guard let service, let owner = self.name(of: service.name) else { return ServiceRecords() }
        if service.kind == .externalName { return externalName(service, owner) }
        var out = ownRecords(of: service, slices, owner)
        addEndpointNames(ServiceEndpoints(slices, below: owner), to: &out)
        return out
    }

    /// The same without the endpoints' own names, for a Service that is no ExternalName.
    func ownRecords(of service: Service, _ slices: [EndpointSlice], _ owner: DomainName) -> ServiceRecords {
        var out = ServiceRecords()
        if service.isHeadless {
            out.owners = headless(ServiceEndpoints(slices, below: owner))
        } else {
            addClusterIP(service, owner, to: &out)
        }
        return out
    }

    /// And the endpoints' own names alone.
    func endpointNames(_ slices: [EndpointSlice], _ owner: DomainName) -> AddressNames {
        var names = AddressNames(below: owner, ttl: options.ttl)
        for slice in slices where slice.addressType != .fqdn {
            names.reserve(slice.packed.count)
            slice.packed.forEachReadyAddress { hostname, address in
                let label = EndpointLabel(hostname, address)
                if label.fits(below: owner) { names.append(address) { label.write(to: &$0) } }
            }
        }
        return names
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
    func headless(_ endpoints: ServiceEndpoints) -> [DomainName: OwnerRecords] {
        guard !endpoints.isEmpty else { return [:] }
        let targets = endpoints.entries.map { $0.label.name(below: endpoints.owner) ?? endpoints.owner }
        var out: [DomainName: OwnerRecords] = [:]
        out[endpoints.owner] = OwnerRecords(
            sets: sets(of: endpoints.addresses) + [locations(endpoints, targets, port: nil)].compactMap { $0 })
        for port in endpoints.namedPorts {
            guard let name = ClusterZone.portName(port.name, port.transport, endpoints.owner), out[name] == nil,
                let locations = locations(endpoints, targets, port: port)
            else { continue }
            out[name] = OwnerRecords(sets: [locations] + sets(of: endpoints.addresses(with: port)))
        }
        return out
    }

    /// The names that `headless` gives records.
    func headlessNames(_ slices: [EndpointSlice], _ owner: DomainName) -> [DomainName] {
        let ready = slices.filter { slice in
            var isReady = false
            slice.packed.forEachReadyAddress { _, _ in isReady = true }
            return isReady && slice.addressType != .fqdn
        }
        guard !ready.isEmpty else { return [] }
        let ports = ServiceEndpoints.namedPorts(ready.map(\.ports)).compactMap {
            ClusterZone.portName($0.name, $0.transport, owner)
        }
        return [owner] + ports
    }

    /// SRV for every endpoint that has the port, or with nil for every endpoint and each of its ports.
    /// - Parameter targets: the names of the entries.
    private func locations(_ endpoints: ServiceEndpoints, _ targets: [DomainName], port: NamedPort?) -> RecordSet? {
        let all = endpoints.ports.map { ServiceEndpoints.numbers(of: port, in: $0) }
        let weight = ServiceLocation.weight(of: endpoints.entries.reduce(0) { $0 + all[$1.ports].count })
        let numbers = all.map { $0.uniqued() }
        var records = LocationRecords(weight: weight)
        // Where no name has several addresses or sets of ports, nothing can come twice.
        let isPlain = endpoints.ports.count == 1 && endpoints.haveNamesOneAddress
        for (entry, target) in zip(endpoints.entries, targets) {
            for (place, number) in numbers[entry.ports].enumerated() {
                if isPlain {
                    records.append(entry, number, target, isFirst: place == 0)
                } else {
                    records.appendOnce(entry, number, target)
                }
            }
        }
        guard !records.data.isEmpty else { return nil }
        return RecordSet(.srv, ttl: options.ttl, records.data, glue: records.glue)
    }

    /// SRV records and their addresses on the way into a set.
    private struct LocationRecords {
        let weight: UInt16
        private(set) var data: [RecordData] = []
        private(set) var glue: [RecordSet.Glue] = []
        private var glued: Set<ServiceEndpoints.Entry> = []
        private var place: [EndpointTarget: Int] = [:]

        init(weight: UInt16) { self.weight = weight }

        private struct EndpointTarget: Hashable {
            let label: EndpointLabel
            let port: UInt16
        }

        mutating func append(_ entry: ServiceEndpoints.Entry, _ number: UInt16, _ target: DomainName, isFirst: Bool) {
            if isFirst { glue.append(.init(record: data.count, address: entry.address)) }
            data.append(.srv(ServiceLocation(weight: weight, port: number, target: target)))
        }

        mutating func appendOnce(_ entry: ServiceEndpoints.Entry, _ number: UInt16, _ target: DomainName) {
            let key = EndpointTarget(label: entry.label, port: number)
            let record = place[key] ?? data.count
            if record == data.count {
                place[key] = record
                data.append(.srv(ServiceLocation(weight: weight, port: number, target: target)))
            }
            // A message repeats no record, though several ports lead to one name.
            let pair = ServiceEndpoints.Entry(label: entry.label, address: entry.address, ports: 0)
            if glued.insert(pair).inserted { glue.append(.init(record: record, address: entry.address)) }
        }
    }

    /// DNS spec 2.4.1 and, for endpoints of a ClusterIP too, CoreDNS: each endpoint's name and PTR.
    private func addEndpointNames(_ endpoints: ServiceEndpoints, to out: inout ServiceRecords) {
        var names: [EndpointLabel: (name: DomainName, addresses: [IPAddress])] = [:]
        for entry in endpoints.pairs {
            guard let name = names[entry.label]?.name ?? entry.label.name(below: endpoints.owner) else { continue }
            names[entry.label, default: (name, [])].addresses.append(entry.address)
            out.pointers.append(.init(address: entry.address, target: name, isClusterIP: false))
        }
        for (name, addresses) in names.values { out.owners[name] = OwnerRecords(sets: sets(of: addresses)) }
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
