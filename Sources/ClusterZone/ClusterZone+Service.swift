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
        let endpoints = ServiceEndpoints(slices, below: owner)
        var out = ServiceRecords()
        out.owners = Dictionary(uniqueKeysWithValues: ownNames(of: service, endpoints, owner))
        out.pointers = pointers(to: service, owner)
        addEndpointNames(endpoints, to: &out)
        return out
    }

    /// The names of a Service without its endpoints', each once. It is no ExternalName.
    /// - Parameter endpoints: looked at of a headless Service only.
    func ownNames(
        of service: Service, _ endpoints: @autoclosure () -> ServiceEndpoints, _ owner: DomainName
    ) -> [(DomainName, OwnerRecords)] {
        service.isHeadless ? headless(endpoints()) : clusterIP(service, owner)
    }

    /// PTR records of a Service's own addresses.
    func pointers(to service: Service, _ owner: DomainName) -> [ServiceRecords.Pointer] {
        service.clusterIPs.map { .init(address: $0, target: owner, isClusterIP: true) }
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
    private func clusterIP(_ service: Service, _ owner: DomainName) -> [(DomainName, OwnerRecords)] {
        let addresses = service.clusterIPs
        let addressSets = sets(of: addresses)
        func location(_ ports: [Service.Port]) -> RecordSet? {
            let weight = ServiceLocation.weight(of: ports.count * addresses.count)
            var set = RecordSet(.srv, ttl: options.ttl)
            for (index, port) in ports.enumerated() where !ports[..<index].contains(where: { $0.port == port.port }) {
                set.append(ServiceLocation(weight: weight, port: port.port, target: owner))
                if index == 0 { addresses.forEach { set.appendGlue($0) } }
            }
            return set.isEmpty ? nil : set
        }
        var out = [(owner, OwnerRecords(sets: addressSets + [location(service.ports)].compactMap { $0 }))]
        for port in service.ports {
            guard let name = ClusterZone.portName(port.name, port.transport, owner),
                !out.contains(where: { $0.0 == name }), let locations = location([port])
            else { continue }
            out.append((name, OwnerRecords(sets: [locations] + addressSets)))
        }
        return out
    }

    /// DNS spec 2.4: the ready addresses, SRV for each endpoint and named port. Without a ready address there is no name.
    func headless(_ endpoints: ServiceEndpoints) -> [(DomainName, OwnerRecords)] {
        guard !endpoints.isEmpty else { return [] }
        let targets = endpoints.entries.map { $0.label.name(below: endpoints.owner) ?? endpoints.owner }
        let own = sets(of: endpoints.addresses) + [locations(endpoints, targets, port: nil)].compactMap { $0 }
        var out = [(endpoints.owner, OwnerRecords(sets: own))]
        for port in endpoints.namedPorts {
            guard let name = ClusterZone.portName(port.name, port.transport, endpoints.owner),
                !out.contains(where: { $0.0 == name }), let locations = locations(endpoints, targets, port: port)
            else { continue }
            out.append((name, OwnerRecords(sets: [locations] + sets(of: endpoints.addresses(with: port)))))
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
        // Where no name has several addresses or sets of ports, nothing can come twice.
        if endpoints.ports.count == 1 && endpoints.haveNamesOneAddress {
            var set = RecordSet(.srv, ttl: options.ttl)
            set.reserve(targets.count * numbers[0].count, octets: endpoints.owner.wire.count + 22)
            for (entry, target) in zip(endpoints.entries, targets) {
                for (place, number) in numbers[0].enumerated() {
                    set.append(ServiceLocation(weight: weight, port: number, target: target))
                    if place == 0 { set.appendGlue(entry.address) }
                }
            }
            return set.isEmpty ? nil : set
        }
        var records = LocationRecords(weight: weight)
        for (entry, target) in zip(endpoints.entries, targets) {
            for number in numbers[entry.ports] { records.append(entry, number, target) }
        }
        guard !records.data.isEmpty else { return nil }
        return RecordSet(.srv, ttl: options.ttl, records.data, glue: records.glue)
    }

    /// SRV records and their addresses, each once, on the way into a set.
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

        mutating func append(_ entry: ServiceEndpoints.Entry, _ number: UInt16, _ target: DomainName) {
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
            var set = RecordSet(family == .v4 ? .a : .aaaa, ttl: options.ttl)
            for address in addresses where address.family == family { set.append(address) }
            return set.isEmpty ? nil : set
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
