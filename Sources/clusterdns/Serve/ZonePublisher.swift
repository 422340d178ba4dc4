import AnswerTable
import ClusterZone
import DNSWire
import Diagnosis
import Glibc
import Logging
import ServiceRegistry
import StaticZones

/// The one writer of the answer table: what the registry's zones and the static zones tell, in the order told.
actor ZonePublisher {
    /// Changes handed to the table at a time: each hand-over looks at every reader once.
    private static let batch = 128

    private let table: AnswerTable
    private var zones: RegistryZones
    private let clusterZones: [AnswerTable.Zone]
    private let externalZones: [AnswerTable.Zone]
    /// Static zones by the file they come from.
    private var staticZones: [String: AnswerTable.Zone] = [:]

    private let log: Logger
    private var hasSaidFull = false
    private var counters = WriterCounters()

    init(table: AnswerTable, zones: RegistryZones, log: Logger) {
        self.log = log
        self.table = table
        self.zones = zones
        clusterZones = zones.cluster.origins.map { table.makeZone(origin: $0, isSyncing: true) }
        externalZones = zones.externalOrigins.map { table.makeZone(origin: $0, isSyncing: true) }
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
        Figures(
            objects: zones.registry.objectCount, names: table.nameCount, bytes: table.byteCount,
            counters: counters)
    }

    /// Everything that the registry's zones hold now.
    var listing: RecordListing { RecordListing(zones) }

    /// Publishes what exists before anything is known: until `.synced`, everything else is SERVFAIL.
    func begin() {
        write { zones, emit in zones.begin(emit) }
        serveZones()
    }

    /// Applies events that belong together.
    func apply(_ events: [RegistryEvent]) {
        let now = UInt32(truncatingIfNeeded: time(nil))
        write { zones, emit in zones.apply(events, now: now, emit) }
        if events.contains(.synced) {
            for zone in clusterZones + externalZones { table.setSynced(zone) }
        }
    }

    /// Puts a static zone in place of what its file said before; nil takes it away.
    func replace(file: String, by zone: StaticZone?) {
        let old = staticZones.removeValue(forKey: file)
        if let zone {
            let new = table.makeZone(origin: zone.origin)
            table.apply(zone.changes, to: [new])
            staticZones[file] = new
        }
        serveZones()
        if let old { table.dropZone(old) }
    }

    /// Where two zones have one origin, the cluster's answers first, then files, then external names.
    private func serveZones() {
        let files = staticZones.sorted { $0.key < $1.key }.map(\.value)
        table.serve(clusterZones + files + externalZones)
    }

    private func write(_ body: (inout RegistryZones, (RegistryZones.Place, RecordChange) -> Void) -> Void) {
        let started = ContinuousClock.now
        var recordChanges = 0
        var cluster: [RecordChange] = []
        cluster.reserveCapacity(ZonePublisher.batch)
        body(&zones) { place, change in
            recordChanges += 1
            switch place {
            case .cluster:
                cluster.append(change)
                if cluster.count == ZonePublisher.batch {
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
        if table.isFull && !hasSaidFull {
            hasSaidFull = true
            log.critical("the answer table is full: names that came last are not served")
        }
    }
}
