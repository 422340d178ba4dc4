import DNSWire
import NetworkAddress
import ServiceRegistry

/// A port name and protocol, as an SRV name has them.
struct NamedPort: Hashable {
    let name: String
    let transport: TransportProtocol
}

/// The ready endpoints of a Service, address by address, in the order of its slices.
struct ServiceEndpoints: Equatable {
    struct Entry: Hashable {
        let label: EndpointLabel
        let address: IPAddress
        /// The place of its ports in `ports`.
        let ports: Int

        func hash(into hasher: inout Hasher) {
            hasher.combine(address)
            if case .hostname(let text) = label { hasher.combine(text) }
        }
    }

    let owner: DomainName
    private(set) var entries: [Entry] = []
    /// The sets of ports that the slices have, each once.
    private(set) var ports: [[EndpointPort]] = []
    /// The topology zones of the entries, in lower case, each once; empty where they are not asked for.
    private(set) var zones: [String] = []
    /// For each entry the place of its zone in `zones`.
    private var zoneOfEntry: [Int] = []
    /// No name has several addresses: none is a hostname.
    private(set) var haveNamesOneAddress = true

    var isEmpty: Bool { entries.isEmpty }

    /// Each address once.
    var addresses: [IPAddress] {
        let all = entries.map(\.address)
        return ports.count == 1 && haveNamesOneAddress ? all : all.uniqued()
    }

    /// Those of endpoints with a port, each once.
    func addresses(with port: NamedPort) -> [IPAddress] {
        let having = ports.map { !ServiceEndpoints.numbers(of: port, in: $0).isEmpty }
        if !having.contains(false) { return addresses }
        return entries.filter { having[$0.ports] }.map(\.address).uniqued()
    }

    var namedPorts: [NamedPort] {
        let used = ports.count == 1 ? [0] : Set(entries.map(\.ports)).sorted()
        return entries.isEmpty ? [] : ServiceEndpoints.namedPorts(used.map { ports[$0] })
    }

    static func namedPorts(_ ports: [[EndpointPort]]) -> [NamedPort] {
        ports.joined().filter { !$0.name.isEmpty && $0.port != nil }
            .map { NamedPort(name: $0.name, transport: $0.transport) }.uniqued()
    }

    /// Each endpoint name with each of its addresses once.
    var pairs: [Entry] {
        // Entries differ; without a second set of ports they differ in name or address.
        guard ports.count > 1 else { return entries }
        return entries.map { Entry(label: $0.label, address: $0.address, ports: 0) }.uniqued()
    }

    /// The endpoints' own names, each with its addresses, in the order of the first one's place.
    var names: [(name: DomainName, addresses: [IPAddress])] {
        var out: [(name: DomainName, addresses: [IPAddress])] = []
        var places: [EndpointLabel: Int] = [:]
        for entry in pairs {
            if let place = places[entry.label] {
                out[place].addresses.append(entry.address)
            } else if let name = entry.label.name(below: owner) {
                places[entry.label] = out.count
                out.append((name, [entry.address]))
            }
        }
        return out
    }

    /// - Parameter details: `.podNames`: endpoints without a hostname have their Pod's name; `.zones`: with their zones.
    init(_ slices: [EndpointSlice], below owner: DomainName, _ details: PackedEndpoints.Details = []) {
        self.owner = owner
        var seen: Set<Entry> = []
        let most = slices.reduce(0) { $0 + $1.packed.count }
        seen.reserveCapacity(most)
        entries.reserveCapacity(most)
        for slice in slices where slice.addressType != .fqdn {
            let place = ports.firstIndex(of: slice.ports) ?? ports.count
            if place == ports.count { ports.append(slice.ports) }
            slice.packed.forEachReadyAddress(details) { hostname, address, zone in
                let label = EndpointLabel(hostname, address)
                if label != .address(address) { haveNamesOneAddress = false }
                let entry = Entry(label: label, address: address, ports: place)
                // The same endpoint may stand in two slices while the controller moves it.
                guard label.fits(below: owner), seen.insert(entry).inserted else { return }
                entries.append(entry)
                if details.contains(.zones) { note(zone.lowercased()) }
            }
        }
    }

    /// The zone of the last entry.
    private mutating func note(_ zone: String) {
        let place = zones.firstIndex(of: zone) ?? zones.count
        if place == zones.count { zones.append(zone) }
        zoneOfEntry.append(place)
    }

    /// Those of one zone.
    func inZone(_ zone: String) -> ServiceEndpoints {
        guard let place = zones.firstIndex(of: zone) else { return self }
        var part = self
        part.entries = zip(entries, zoneOfEntry).filter { $0.1 == place }.map(\.0)
        (part.zones, part.zoneOfEntry) = ([zone], part.entries.map { _ in 0 })
        return part
    }

    /// Port numbers: those of one port, or with nil all.
    static func numbers(of port: NamedPort?, in ports: [EndpointPort]) -> [UInt16] {
        ports.compactMap { candidate in
            if let port, candidate.name != port.name || candidate.transport != port.transport { return nil }
            return candidate.port
        }
    }
}
