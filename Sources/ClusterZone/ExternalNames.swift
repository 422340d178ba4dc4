import DNSWire
import NetworkAddress
import ServiceRegistry

/// What each object adds to the names of an external zone: several Ingresses may share a host.
struct ExternalNames: Sendable {
    let zone: ExternalZone
    /// Of the zone's server.
    var serverAddresses: [IPAddress]
    private var added: [DomainName: [ObjectKey: [RecordSet]]] = [:]
    private var names: [ObjectKey: Set<DomainName>] = [:]

    init(_ zone: ExternalZone, serverAddresses: [IPAddress]) {
        self.zone = zone
        self.serverAddresses = serverAddresses
    }

    /// Puts an object in place of what it was; nil where it is gone.
    /// - Parameter slices: a Service's.
    /// - Returns: the names that now have something else.
    mutating func update(_ key: ObjectKey, to object: RegistryObject?, _ slices: [EndpointSlice] = []) -> [DomainName] {
        let new = object.map { zone.records(of: $0, slices) } ?? [:]
        let old = names[key] ?? []
        guard !new.isEmpty || !old.isEmpty else { return [] }
        var changed: [DomainName] = []
        for name in old.union(new.keys) {
            guard added[name]?[key] != new[name] else { continue }
            changed.append(name)
            added[name, default: [:]][key] = new[name]
            if added[name]?.isEmpty == true { added[name] = nil }
        }
        names[key] = new.isEmpty ? nil : Set(new.keys)
        return changed.sorted()
    }

    /// What a name has now: the sets of all its objects together, addresses before a CNAME, which then is left out.
    func change(at name: DomainName, serial: UInt32) -> RecordChange {
        let isApex = name == zone.origin
        var sets = zone.fixedRecords(at: name, serial: serial, serverAddresses)
        let contributions = (added[name] ?? [:]).sorted { $0.key < $1.key }
        let hasAddress = contributions.contains { $0.value.contains { $0.type != .cname } }
        for set in contributions.flatMap(\.value) where !(set.type == .cname && hasAddress) {
            if let place = sets.firstIndex(where: { $0.type == set.type }) {
                // One name has one CNAME (RFC 1034 3.6.2); the first object's stays.
                guard set.type != .cname else { continue }
                sets[place].data = (sets[place].data + set.data).uniqued()
                sets[place].glue += set.glue
            } else {
                sets.append(set)
            }
        }
        // A Namespace's name has no sets.
        if sets.isEmpty && contributions.isEmpty && !zone.fixedNames.contains(name) { return .remove(name) }
        let isWildcard = name.labels.first.map { $0.elementsEqual([UInt8(ascii: "*")]) } ?? false
        return .set(name, sets, isApex ? .certain : isWildcard ? .wildcard : [])
    }

    /// Every name, those first that are always there, then in canonical order.
    var allNames: [DomainName] {
        let fixed = zone.fixedNames
        return fixed + added.keys.sorted().filter { !fixed.contains($0) }
    }
}
