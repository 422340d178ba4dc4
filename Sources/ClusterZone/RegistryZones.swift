import DNSWire
import NetworkAddress
import ServiceRegistry

/// The registry and the zones made from it: events in, record changes out.
///
///     var zones = RegistryZones(cluster: zone, external: [])
///     zones.apply(events, now: 1_763_690_400) { place, change in ... }
///
/// The work follows the change: of a Service whose endpoints change, only the names of the changed endpoints are computed
/// and, where it is headless, its own; of one that changes itself, all its names as they were and as they are. Only the
/// difference is told. Names come before names go, so nothing that exists throughout is ever missing.
package struct RegistryZones: Sendable {
    /// Which zone a change is for.
    package enum Place: Hashable, Sendable {
        /// The cluster domain or one of its reverse zones.
        case cluster
        /// The external zone with this number, in the order given.
        case external(Int)
        /// Why names do not exist: zones that nobody is served (`Explanations.origins`).
        case reasons
    }

    package typealias Emit = (Place, RecordChange) -> Void

    package private(set) var registry = ServiceRegistry()
    package let cluster: ClusterZone
    package let clients: ClientNamespaces?
    var external: [ExternalNames]
    /// Pods that hold an address, under `pods verified`: two may, on one host's network.
    private var podsAtName: [DomainName: Int] = [:]
    /// The SOA serial: the time of the last change that DNS shows; 0 before any.
    package private(set) var serial: UInt32 = 0
    /// nil where nobody is told why.
    private(set) var explanations: Explanations?
    /// How many endpoints have come, gone or changed since the beginning.
    package private(set) var endpointChanges = 0

    /// - Parameter clients: told of every object; copies of these zones share it.
    package init(cluster: ClusterZone, external: [ExternalZone] = [], clients: ClientNamespaces? = nil) {
        self.cluster = cluster
        self.clients = clients
        explanations = cluster.options.keepsReasons ? Explanations(cluster) : nil
        self.external = external.map {
            ExternalNames($0, serverAddresses: cluster.options.nameServerAddresses)
        }
    }

    package var externalOrigins: [DomainName] { external.map(\.zone.origin) }

    /// What is served before anything is known.
    package func begin(_ emit: Emit) {
        for change in cluster.fixedRecords(serial: serial, in: registry) { emit(.cluster, change) }
        for (index, names) in external.enumerated() {
            for name in names.zone.fixedNames { emit(.external(index), names.change(at: name, serial: serial)) }
        }
    }

    /// The reasons that do not depend on objects; `begin` does not tell them.
    package func beginExplaining(_ emit: Emit) {
        for change in explanations?.classes ?? [] { emit(.reasons, change) }
    }

    /// What is said while not everything is known: `registry not synced: 403 list endpointslices`.
    package func explainWaiting(_ why: String, _ emit: Emit) {
        for change in explanations?.apexes(waiting: why) ?? [] { emit(.reasons, change) }
    }

    /// Applies events that belong together. What tells nothing new, as most of a list that is read again, costs a look.
    /// - Parameter now: seconds since 1970, the serial if a name changes.
    package mutating func apply(_ events: [RegistryEvent], now: UInt32, _ emit: Emit) {
        let ignoresEndpoints = cluster.options.ignoresEndpoints
        let events = news(ignoresEndpoints ? events.filter { $0.key?.kind != .endpointSlice } : events)
        var touched: Set<ObjectName> = []
        for event in events { touched.formUnion(registry.servicesTouched(by: event)) }
        let services = touched.sorted()
        let before = services.map { (service: registry.services[$0], slices: registry.slices(of: $0)) }

        var hasChanged = false
        var late: [RecordChange] = []
        var externalNames: [(Int, DomainName)] = []
        for event in events {
            let old = current(event)
            clients?.apply(event, insteadOf: event.key.flatMap(registry.object))
            registry.apply(event)
            let changes = objectChanges(from: old, to: current(event))
            for change in changes {
                hasChanged = true
                // What goes and comes again in one batch has not gone.
                late.removeAll { $0.owner == change.owner }
                if case .remove = change { late.append(change) } else { emit(.cluster, change) }
            }
            externalNames += updateExternal(event)
        }
        for (name, old) in zip(services, before) { externalNames += updateExternal(name, from: old.service) }
        for (name, old) in zip(services, before) { explain(name, insteadOf: old.service, old.slices, emit) }
        for (name, old) in zip(services, before) {
            let service = registry.services[name]
            let slices = registry.slices(of: name)
            if let service, service.kind != .externalName,
                old.service == nil || old.service == service && old.slices.isEmpty
            {
                endpointChanges += slices.reduce(0) { $0 + $1.packed.count }
                if tellAll(slices, of: service, isNew: old.service == nil, emit) { hasChanged = true }
                continue
            }
            let changes = EndpointChanges(from: old.slices, to: slices, cluster.options.endpointDetails)
            endpointChanges += changes.count
            let isDifferent =
                if let service, service == old.service, service.kind != .externalName {
                    tell(changes, of: service, emit, &late)
                } else {
                    tell(
                        from: cluster.records(of: old.service, old.slices),
                        to: cluster.records(of: service, changes.new), emit, &late)
                }
            if isDifferent { hasChanged = true }
        }
        for change in late { emit(.cluster, change) }

        let dnsServiceChanged = touched.contains(cluster.options.dnsService)
        guard hasChanged || !externalNames.isEmpty || dnsServiceChanged else { return }
        let serialChanged = max(now, serial) != serial
        serial = max(now, serial)
        for (index, name) in externalNames {
            emit(.external(index), external[index].change(at: name, serial: serial))
        }
        guard serialChanged || dnsServiceChanged else { return }
        begin(emit)
    }

    private mutating func explain(
        _ name: ObjectName, insteadOf old: Service?, _ slices: [EndpointSlice], _ emit: Emit
    ) {
        guard explanations != nil else { return }
        let (service, now) = (registry.services[name], registry.slices(of: name))
        for change in explanations?.update(name, from: (old, slices), to: (service, now)) ?? [] {
            emit(.reasons, change)
        }
    }

    /// Without the events that tell what is known, where none before it changes that.
    private func news(_ events: [RegistryEvent]) -> [RegistryEvent] {
        let isHeld = events.map(registry.holds)
        guard isHeld.contains(true) else { return events }
        var changing: Set<ObjectKey?> = []
        return zip(events, isHeld).filter { event, isHeld in
            if isHeld && !changing.contains(event.key) { return false }
            changing.insert(event.key)
            return true
        }.map(\.0)
    }

    /// The object that an event is about, as the registry has it.
    private func current(_ event: RegistryEvent) -> RegistryObject? {
        guard let key = event.key else { return nil }
        switch key.kind {
        case .namespace: return registry.namespaces[key.name.name].map(RegistryObject.namespace)
        case .pod: return registry.pods[key.name].map(RegistryObject.pod)
        default: return nil
        }
    }

    /// What a Namespace or Pod changes by itself.
    private mutating func objectChanges(from old: RegistryObject?, to new: RegistryObject?) -> [RecordChange] {
        guard old != new else { return [] }
        var changes: [RecordChange] = []
        let isPod = if case .pod = new ?? old { true } else { false }
        let before = records(of: old)
        let after = records(of: new)
        for (name, records) in after {
            if isPod { podsAtName[name, default: 0] += 1 }
            if before[name] != records { changes.append(.set(name, records.sets, records.traits)) }
        }
        for name in before.keys {
            if isPod, let left = podsAtName[name].map({ $0 - 1 }) {
                podsAtName[name] = left == 0 ? nil : left
                if left > 0 { continue }
            }
            if after[name] == nil { changes.append(.remove(name)) }
        }
        return changes
    }

    private func records(of object: RegistryObject?) -> [DomainName: OwnerRecords] {
        switch object {
        case .namespace(let namespace): cluster.records(of: namespace)
        case .pod(let pod): cluster.records(of: pod)
        default: [:]
        }
    }

    /// Tells what is new at once and keeps what goes for later.
    /// - Returns: whether there was anything to tell.
    private func tell(
        from old: ServiceRecords, to new: ServiceRecords, _ emit: Emit, _ late: inout [RecordChange]
    ) -> Bool {
        guard new != old else { return false }
        for (name, records) in new.owners where old.owners[name] != records {
            emit(.cluster, .set(name, records.sets, records.traits))
        }
        let oldPointers = new.pointers.isEmpty || old.pointers.isEmpty ? [] : Set(old.pointers)
        for pointer in new.pointers where !oldPointers.contains(pointer) { insert(pointer, emit) }
        let newPointers = new.pointers.isEmpty || old.pointers.isEmpty ? [] : Set(new.pointers)
        for pointer in old.pointers where !newPointers.contains(pointer) { withdraw(pointer, &late) }
        for name in old.owners.keys where new.owners[name] == nil { late.append(.remove(name)) }
        return true
    }

    /// The same for a Service that had no endpoints, where nothing can go. It is no ExternalName.
    private func tellAll(_ slices: [EndpointSlice], of service: Service, isNew: Bool, _ emit: Emit) -> Bool {
        guard let owner = cluster.name(of: service.name) else { return false }
        var isDifferent = false
        // What has no ready endpoint now had none before.
        if isNew || cluster.dependsOnEndpoints(service) && slices.contains(where: \.packed.hasReadyAddress) {
            let names = cluster.ownNames(of: service, slices, owner)
            for (name, records) in names { emit(.cluster, .set(name, records.sets, records.traits)) }
            isDifferent = !names.isEmpty
        }
        if isNew {
            for pointer in cluster.pointers(to: service, owner) {
                insert(pointer, emit)
                isDifferent = true
            }
        }
        let names = cluster.endpointNames(slices, owner)
        if !names.isEmpty { emit(.cluster, .insertAll(names)) }
        return isDifferent || !names.isEmpty
    }

    /// The same for a Service that has not changed itself.
    private func tell(
        _ changes: EndpointChanges, of service: Service, _ emit: Emit, _ late: inout [RecordChange]
    ) -> Bool {
        guard !changes.isEmpty, let owner = cluster.name(of: service.name) else { return false }
        let (before, after) = (changes.addresses(in: changes.old), changes.addresses(in: changes.new))
        var isDifferent = before != after
        if service.isHeadless {
            let new = cluster.endpoints(changes.new, owner)
            // One endpoint in two slices, as while the controller moves it, is nothing new.
            isDifferent = isDifferent || cluster.endpoints(changes.old, owner) != new
            guard isDifferent else { return false }
            tell(cluster.headless(new), insteadOf: cluster.headlessNames(changes.old, owner), emit, &late)
        } else if cluster.dependsOnEndpoints(service) {
            let old = cluster.clusterIP(service, changes.old, owner)
            let new = cluster.clusterIP(service, changes.new, owner)
            if old.count != new.count { tell(new, insteadOf: old.map(\.0), emit, &late) }
        }
        for (label, (old, new)) in zip(changes.labels, zip(before, after)) where old != new {
            guard let name = label.name(below: owner) else { continue }
            if new.isEmpty { late.append(.remove(name)) } else { emit(.cluster, .set(name, cluster.sets(of: new))) }
            for address in new where !old.contains(address) {
                insert(.init(address: address, target: name, isClusterIP: false), emit)
            }
            for address in old where !new.contains(address) {
                withdraw(.init(address: address, target: name, isClusterIP: false), &late)
            }
        }
        return isDifferent
    }

    /// Names as they are now; of the old ones, those that are not among them go.
    private func tell(
        _ names: [(DomainName, OwnerRecords)], insteadOf old: [DomainName], _ emit: Emit, _ late: inout [RecordChange]
    ) {
        for (name, records) in names { emit(.cluster, .set(name, records.sets, records.traits)) }
        let kept = Set(names.map(\.0))
        for name in old where !kept.contains(name) { late.append(.remove(name)) }
    }

    private func insert(_ pointer: ServiceRecords.Pointer, _ emit: Emit) {
        emit(
            .cluster,
            .insert(
                DomainName(reverseOf: pointer.address), ttl: cluster.options.ttl, .ptr(pointer.target),
                first: pointer.isClusterIP))
    }

    private func withdraw(_ pointer: ServiceRecords.Pointer, _ late: inout [RecordChange]) {
        late.append(.withdraw(DomainName(reverseOf: pointer.address), .ptr(pointer.target)))
    }
}
