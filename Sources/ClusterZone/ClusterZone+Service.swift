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
        let endpoints = self.endpoints(slices, owner)
        var out = ServiceRecords()
        out.owners = Dictionary(
            uniqueKeysWithValues: service.isHeadless ? headless(endpoints) : clusterIP(service, slices, owner))
        out.pointers = pointers(to: service, owner)
        addEndpointNames(endpoints, to: &out)
        return out
    }

    /// The names of a Service without its endpoints', each once. It is no ExternalName.
    func ownNames(of service: Service, _ slices: [EndpointSlice], _ owner: DomainName) -> [(DomainName, OwnerRecords)] {
        service.isHeadless ? headless(endpoints(slices, owner)) : clusterIP(service, slices, owner)
    }

    /// Whether a Service's own names change with its endpoints.
    func dependsOnEndpoints(_ service: Service) -> Bool { service.isHeadless || options.ignoresEmptyServices }

    func endpoints(_ slices: [EndpointSlice], _ owner: DomainName) -> ServiceEndpoints {
        ServiceEndpoints(slices, below: owner, options.endpointDetails)
    }

    /// PTR records of a Service's own addresses.
    func pointers(to service: Service, _ owner: DomainName) -> [ServiceRecords.Pointer] {
        service.clusterIPs.map { .init(address: $0, target: owner, isClusterIP: true) }
    }

    /// And the endpoints' own names alone.
    func endpointNames(_ slices: [EndpointSlice], _ owner: DomainName) -> AddressNames {
        var names = AddressNames(below: owner, ttl: options.ttl)
        let details = options.endpointDetails.intersection(.podNames)
        for slice in slices where slice.addressType != .fqdn {
            names.reserve(slice.packed.count)
            slice.packed.forEachReadyAddress(details) { hostname, address, _ in
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
            // CoreDNS leaves such a Service out (plugin/kubernetes/kubernetes.go, findServices).
            if isAddress && options.isCoreDNSCompatible { return out }
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
    func clusterIP(_ service: Service, _ slices: [EndpointSlice], _ owner: DomainName) -> [(DomainName, OwnerRecords)] {
        guard !options.ignoresEmptyServices || slices.contains(where: \.packed.hasReadyAddress) else { return [] }
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
            guard let name = EndpointRecords.portName(port.name, port.transport, owner),
                !out.contains(where: { $0.0 == name }), let locations = location([port])
            else { continue }
            out.append((name, OwnerRecords(sets: [locations] + addressSets)))
        }
        return out
    }

    /// The names of a headless Service without its endpoints', each once.
    func headless(_ endpoints: ServiceEndpoints) -> [(DomainName, OwnerRecords)] {
        endpointRecords.headless(endpoints) + (options.isZonal ? zonalNames(endpoints) : [])
    }

    /// The names that `headless` gives records.
    func headlessNames(_ slices: [EndpointSlice], _ owner: DomainName) -> [DomainName] {
        guard !options.isZonal else { return headless(endpoints(slices, owner)).map(\.0) }
        let ready = slices.filter { $0.packed.hasReadyAddress && $0.addressType != .fqdn }
        guard !ready.isEmpty else { return [] }
        let ports = ServiceEndpoints.namedPorts(ready.map(\.ports)).compactMap {
            EndpointRecords.portName($0.name, $0.transport, owner)
        }
        return [owner] + ports
    }

    /// DNS spec 2.4.1 and, for endpoints of a ClusterIP too, CoreDNS: each endpoint's name and PTR.
    private func addEndpointNames(_ endpoints: ServiceEndpoints, to out: inout ServiceRecords) {
        for (name, addresses) in endpoints.names {
            out.owners[name] = OwnerRecords(sets: sets(of: addresses))
            out.pointers += addresses.map { .init(address: $0, target: name, isClusterIP: false) }
        }
    }

    /// A and AAAA sets of addresses in their order.
    func sets(of addresses: [IPAddress]) -> [RecordSet] { endpointRecords.sets(of: addresses) }

    var endpointRecords: EndpointRecords { EndpointRecords(ttl: options.ttl) }
}
