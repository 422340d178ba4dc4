import DNSWire
import NetworkAddress
import ServiceRegistry

/// Makes the record sets of endpoints, whatever zone they are for.
struct EndpointRecords {
    /// Seconds.
    let ttl: UInt32

    /// DNS spec 2.4: the ready addresses, SRV for each endpoint and named port. Without a ready address there is no name.
    func headless(_ endpoints: ServiceEndpoints) -> [(DomainName, OwnerRecords)] {
        guard !endpoints.isEmpty else { return [] }
        let targets = targets(of: endpoints)
        var out = [(endpoints.owner, OwnerRecords(sets: own(endpoints, targets)))]
        for port in endpoints.namedPorts {
            guard let name = EndpointRecords.portName(port.name, port.transport, endpoints.owner),
                !out.contains(where: { $0.0 == name }), let locations = locations(endpoints, targets, port: port)
            else { continue }
            out.append((name, OwnerRecords(sets: [locations] + sets(of: endpoints.addresses(with: port)))))
        }
        return out
    }

    /// The addresses of endpoints, and SRV for each of their ports.
    func own(_ endpoints: ServiceEndpoints) -> [RecordSet] { own(endpoints, targets(of: endpoints)) }

    private func own(_ endpoints: ServiceEndpoints, _ targets: [DomainName]) -> [RecordSet] {
        sets(of: endpoints.addresses) + [locations(endpoints, targets, port: nil)].compactMap { $0 }
    }

    /// The names of the entries.
    private func targets(of endpoints: ServiceEndpoints) -> [DomainName] {
        endpoints.entries.map { $0.label.name(below: endpoints.owner) ?? endpoints.owner }
    }

    /// A and AAAA sets of addresses in their order.
    func sets(of addresses: [IPAddress]) -> [RecordSet] {
        [IPAddress.Family.v4, .v6].compactMap { family in
            var set = RecordSet(family == .v4 ? .a : .aaaa, ttl: ttl)
            for address in addresses where address.family == family { set.append(address) }
            return set.isEmpty ? nil : set
        }
    }

    /// SRV for every endpoint that has the port, or with nil for every endpoint and each of its ports.
    /// - Parameter targets: the names of the entries.
    private func locations(_ endpoints: ServiceEndpoints, _ targets: [DomainName], port: NamedPort?) -> RecordSet? {
        let all = endpoints.ports.map { ServiceEndpoints.numbers(of: port, in: $0) }
        let weight = ServiceLocation.weight(of: endpoints.entries.reduce(0) { $0 + all[$1.ports].count })
        let numbers = all.map { $0.uniqued() }
        // Where no name has several addresses or sets of ports, nothing can come twice.
        if endpoints.ports.count == 1 && endpoints.haveNamesOneAddress {
            var set = RecordSet(.srv, ttl: ttl)
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
        return RecordSet(.srv, ttl: ttl, records.data, glue: records.glue)
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
