import AnswerTable
import ClusterZone
import DNSWire
import Diagnosis
import Glibc
import ServiceRegistry
import Synchronization

/// What a registry comes to in the answer table: events in, its zones' names changed.
final class ZonePublisher: Sendable {
    /// The cluster domain and its reverse zones, and the zones of external addresses.
    let clusterSet = ZoneSet()
    let externalSet = ZoneSet()
    private let core: Mutex<Core>
    private let writer: TableWriter

    init(_ writer: TableWriter, zones: RegistryZones) {
        self.writer = writer
        core = Mutex(writer.change { Core(table: $0, zones: zones) })
    }

    /// How much there is.
    struct Figures {
        /// Objects in the registry.
        let objects: Int
        let counters: WriterCounters
    }

    var figures: Figures {
        core.withLock { Figures(objects: $0.zones.registry.objectCount, counters: $0.counters) }
    }

    /// Everything that the registry's zones hold now. It is put together after a copy of the zones is made, while changes
    /// go on.
    var listing: RecordListing { RecordListing(core.withLock { $0.zones }) }

    /// The objects as they are now.
    var registry: ServiceRegistry { core.withLock { $0.zones.registry } }

    /// Everything that the registry's source knew when it began is served.
    var isSynced: Bool { core.withLock { $0.zones.registry.isSynced } }

    /// The zones' origins.
    var clusterOrigins: [DomainName] { core.withLock { $0.zones.cluster.origins } }
    var externalOrigins: [DomainName] { core.withLock { $0.zones.externalOrigins } }

    /// Publishes what exists before anything is known: until `.synced`, everything else is SERVFAIL.
    func begin() {
        change { core, table in
            core.write(to: table) { zones, emit in
                zones.beginExplaining(emit)
                zones.begin(emit)
            }
            table.serve(core.clusterZones, in: clusterSet)
            table.serve(core.externalZones, in: externalSet)
        }
    }

    /// Applies events that belong together.
    func apply(_ batch: RegistryBatch) {
        change { core, table in
            let now = UInt32(truncatingIfNeeded: time(nil))
            core.write(to: table) { zones, emit in zones.apply(batch.events, now: now, emit) }
            if batch.events.contains(.synced) {
                for zone in core.clusterZones + core.externalZones { table.setSynced(zone) }
            }
            core.lastChange = .now
            core.counters.noteProgramming(of: batch.happened, in: core.zones.registry)
        }
    }

    /// Takes everything out of the table.
    func end() {
        change { core, table in
            table.serve([], in: clusterSet)
            table.serve([], in: externalSet)
            for zone in core.clusterZones + core.externalZones + core.reasonZones { table.dropZone(zone) }
        }
    }

    /// What is said of names while not everything is known.
    func explainWaiting(_ why: String) {
        change { core, table in core.write(to: table) { zones, emit in zones.explainWaiting(why, emit) } }
    }

    /// Whether a client may be told of names elsewhere in the cluster.
    func letTell(ofOtherPlaces isOpen: Bool) {
        change { core, table in
            for zone in core.reasonZones { table.letTell(zone, ofOtherPlaces: isOpen) }
        }
    }

    /// What a name's answer is made from, and how fresh it is.
    func look(at name: DomainName) -> (part: RegistryZones, object: String?, lastChange: ContinuousClock.Instant?) {
        core.withLock { core in
            (core.zones.part(about: name), core.zones.object(at: name), core.lastChange)
        }
    }

    private func change(_ body: (inout Core, AnswerTable) -> Void) {
        core.withLock { core in writer.change { body(&core, $0) } }
    }
}

private struct Core {
    /// Changes handed to the table at a time: each hand-over looks at every reader once.
    private static let batch = 128

    var zones: RegistryZones
    let clusterZones: [AnswerTable.Zone]
    let externalZones: [AnswerTable.Zone]
    /// Why the others deny something; empty where nobody is told.
    let reasonZones: [AnswerTable.Zone]
    var counters = WriterCounters()
    /// When the source has told something the last time.
    var lastChange: ContinuousClock.Instant?

    init(table: AnswerTable, zones: RegistryZones) {
        self.zones = zones
        clusterZones = zones.cluster.origins.map { table.makeZone(origin: $0, isSyncing: true) }
        externalZones = zones.externalOrigins.map { table.makeZone(origin: $0, isSyncing: true) }
        reasonZones = zones.cluster.options.keepsReasons ? Explanations.origins.map { table.makeZone(origin: $0) } : []
        guard !reasonZones.isEmpty else { return }
        for zone in clusterZones {
            let kind: Explanations.Zone = zone.origin == zones.cluster.options.domain ? .cluster : .reverse
            table.explain(zone, by: reasonZones[Int(kind.rawValue)])
        }
        for zone in externalZones { table.explain(zone, by: reasonZones[Int(Explanations.Zone.external.rawValue)]) }
    }

    mutating func write(
        to table: AnswerTable, _ body: (inout RegistryZones, (RegistryZones.Place, RecordChange) -> Void) -> Void
    ) {
        let started = ContinuousClock.now
        var recordChanges = 0
        var cluster: [RecordChange] = []
        cluster.reserveCapacity(Core.batch)
        body(&zones) { [clusterZones, externalZones, reasonZones] place, change in
            recordChanges += 1
            switch place {
            case .cluster:
                cluster.append(change)
                if cluster.count == Core.batch {
                    table.apply(cluster, to: clusterZones)
                    cluster.removeAll(keepingCapacity: true)
                    // Queries first, where they share the core.
                    sched_yield()
                }
            case .external(let index):
                table.apply(CollectionOfOne(change), to: [externalZones[index]])
            case .reasons:
                table.apply(CollectionOfOne(change), to: reasonZones)
            }
        }
        table.apply(cluster, to: clusterZones)
        counters.recordChanges += recordChanges
        counters.endpointChanges = zones.endpointChanges
        counters.seconds += (ContinuousClock.now - started) / .seconds(1)
    }
}
