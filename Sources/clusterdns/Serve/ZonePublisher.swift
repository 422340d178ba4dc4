import AnswerTable
import ClusterZone
import DNSWire
import Diagnosis
import Glibc
import Logging
import ServiceRegistry
import StaticZones
import Synchronization

/// The one writer of the answer table: what the registry's zones and the static zones tell, in the order told. Whoever has
/// something to tell does so on its own thread, one at a time.
final class ZonePublisher: Sendable {
    private let core: Mutex<Core>
    private let log: Logger

    init(table: AnswerTable, zones: RegistryZones, log: Logger) {
        self.log = log
        core = Mutex(Core(table: table, zones: zones))
    }

    /// How much there is.
    struct Figures {
        /// Objects in the registry.
        let objects: Int
        /// Names in the table, empty non-terminals included.
        let names: Int
        /// Octets that the table uses.
        let bytes: Int
        let counters: WriterCounters
    }

    var figures: Figures {
        core.withLock { core in
            Figures(
                objects: core.zones.registry.objectCount, names: core.table.nameCount, bytes: core.table.byteCount,
                counters: core.counters)
        }
    }

    /// Everything that the registry's zones hold now. It is put together after a copy of the zones is made, while changes
    /// go on.
    var listing: RecordListing { RecordListing(core.withLock { $0.zones }) }

    /// Everything that the registry's source knew when it began is served.
    var isSynced: Bool { core.withLock { $0.zones.registry.isSynced } }

    /// Publishes what exists before anything is known: until `.synced`, everything else is SERVFAIL.
    func begin() {
        change { core in
            core.write { zones, emit in zones.begin(emit) }
            core.serveZones()
        }
    }

    /// Applies events that belong together.
    func apply(_ batch: RegistryBatch) {
        change { core in
            let now = UInt32(truncatingIfNeeded: time(nil))
            core.write { zones, emit in zones.apply(batch.events, now: now, emit) }
            if batch.events.contains(.synced) {
                for zone in core.clusterZones + core.externalZones { core.table.setSynced(zone) }
            }
            core.counters.noteProgramming(of: batch.happened, in: core.zones.registry)
        }
    }

    /// Puts a static zone in place of what its file said before; nil takes it away.
    func replace(file: String, by zone: StaticZone?) {
        change { core in
            let old = core.staticZones.removeValue(forKey: file)
            if let zone {
                let new = core.table.makeZone(origin: zone.origin)
                core.table.apply(zone.changes, to: [new])
                core.staticZones[file] = new
            }
            core.serveZones()
            if let old { core.table.dropZone(old) }
        }
    }

    private func change(_ body: (inout Core) -> Void) {
        let isNewlyFull = core.withLock { core in
            body(&core)
            defer { core.hasSaidFull = core.table.isFull }
            return core.table.isFull && !core.hasSaidFull
        }
        if isNewlyFull { log.critical("the answer table is full: names that came last are not served") }
    }
}

private struct Core {
    /// Changes handed to the table at a time: each hand-over looks at every reader once.
    private static let batch = 128

    let table: AnswerTable
    var zones: RegistryZones
    let clusterZones: [AnswerTable.Zone]
    let externalZones: [AnswerTable.Zone]
    /// Static zones by the file they come from.
    var staticZones: [String: AnswerTable.Zone] = [:]
    var counters = WriterCounters()
    var hasSaidFull = false

    init(table: AnswerTable, zones: RegistryZones) {
        self.table = table
        self.zones = zones
        clusterZones = zones.cluster.origins.map { table.makeZone(origin: $0, isSyncing: true) }
        externalZones = zones.externalOrigins.map { table.makeZone(origin: $0, isSyncing: true) }
    }

    /// Where two zones have one origin, the cluster's answers first, then files, then external names.
    func serveZones() {
        let files = staticZones.sorted { $0.key < $1.key }.map(\.value)
        table.serve(clusterZones + files + externalZones)
    }

    mutating func write(_ body: (inout RegistryZones, (RegistryZones.Place, RecordChange) -> Void) -> Void) {
        let started = ContinuousClock.now
        var recordChanges = 0
        var cluster: [RecordChange] = []
        cluster.reserveCapacity(Core.batch)
        body(&zones) { [table, clusterZones, externalZones] place, change in
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
            }
        }
        table.apply(cluster, to: clusterZones)
        counters.recordChanges += recordChanges
        counters.endpointChanges = zones.endpointChanges
        counters.seconds += (ContinuousClock.now - started) / .seconds(1)
    }
}
