import Findings
import HTTP
import Glibc
import Logging
import ServiceRegistry
import StateFile
import Synchronization

/// The registry of a cluster: its API server, listed and watched.
///
///     let source = try KubernetesSource(connection, KubernetesOptions(), state: nil, log: log)
///     try await source.run { batch in ... }
///     source.watches                          // how fresh it is
///
/// With a state file it begins with the cluster as last known, told and `.synced` before the API is asked, and takes the
/// watches up from there; `snapshotTime` says how old it is until they are.
package final class KubernetesSource: RegistrySource {
    /// Objects of a snapshot that are told at a time.
    private static let batch = 256

    package let connection: ClusterConnection
    private let options: KubernetesOptions
    private let log: Logger
    private let snapshot: SnapshotStore?
    private let threads: [WatchThread]
    private let core: Mutex<Core>

    private struct Core {
        var filter: NamespaceFilter
        /// Resources that the API has told all of.
        var live: Set<Resource> = []
        var isSynced = false
        /// Seconds since 1970, of the snapshot that is served; nil: none is.
        var snapshotTime: Int64?
    }

    /// - Parameter state: where the cluster as last known is kept; nil: nowhere.
    package init(_ connection: ClusterConnection, _ options: KubernetesOptions, state: StateFile?, log: Logger) {
        self.connection = connection
        self.options = options
        self.log = log
        let identity = ([connection.server] + options.identity).joined(separator: "\n")
        snapshot = state.map { SnapshotStore(file: $0, identity: identity, log: log) }
        threads = options.resources.map {
            WatchThread(connection: connection, resource: $0, keeping: options.detail, log: log)
        }
        core = Mutex(Core(filter: NamespaceFilter(options)))
    }

    /// The threads that read and tell.
    package static let threadNames = Set(Resource.allCases.map(\.rawValue))

    /// How each watch is doing.
    package var watches: [WatchStatus] { threads.map(\.status) }

    /// What the API was asked since the start.
    package var requests: APIRequests { threads.reduce(APIRequests()) { $0 + $1.requests } }

    /// `10.96.0.1:443`
    package var host: String { HTTPURL(connection.server).authority }

    /// When what is served was written down, while it has not been confirmed by the API: seconds since 1970.
    package var snapshotTime: Int64? { core.withLock { $0.snapshotTime } }

    /// What is wrong, most important first; nothing while all is well.
    package var findings: [Finding] {
        let now = WatchStatus.now
        var findings = watches.compactMap { $0.finding(at: now) }.sorted { $0.severity > $1.severity }
        if let time = snapshotTime {
            let age = max(0, Int64(Glibc.time(nil)) - time)
            findings.append(
                Finding(
                    "DNS004", .warning,
                    "stale: serving the cluster as it was \(age) s ago, not confirmed by \(connection.server)"))
        }
        return findings
    }

    package func run(into sink: @escaping RegistrySink) async throws {
        let saved = tellSnapshot(sink)
        snapshot?.start()
        for (thread, resource) in zip(threads, options.resources) {
            var ask = Reflector.Options()
            ask.labelSelector = options.labelSelector(resource)
            ask.fieldSelector = options.fieldSelector(resource)
            let reflector = Reflector(
                resource, ask, resourceVersion: saved[resource]?.version, known: saved[resource]?.names ?? [])
            thread.start(reflector) { [self] batch, status in tell(batch, status, sink) }
        }
        // Until the task is cancelled.
        let (ends, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in ends {}
        for thread in threads { thread.stop() }
        snapshot?.stop()
    }

    package func rescan() { for thread in threads { thread.listAgain() } }

    private func tell(_ batch: RegistryBatch, _ status: WatchStatus, _ sink: RegistrySink) {
        var shown = batch
        shown.events = core.withLock { $0.filter.filtered(batch.events) }
        if !shown.events.isEmpty { sink(shown) }
        snapshot?.note(status.resource, batch.events, version: status.resourceVersion)
        guard status.isLive else { return }
        let (isFirst, wasStale) = core.withLock { core in
            guard core.live.insert(status.resource).inserted, core.live.count == threads.count else {
                return (false, false)
            }
            defer { (core.isSynced, core.snapshotTime) = (true, nil) }
            return (!core.isSynced, core.snapshotTime != nil)
        }
        if isFirst { sink(RegistryBatch([.synced])) }
        if wasStale { log.info("what is served is confirmed by the API", metadata: ["api": "\(connection)"]) }
    }

    /// Tells the cluster as last known.
    /// - Returns: the watches to take up, with the objects told.
    private func tellSnapshot(_ sink: RegistrySink) -> [Resource: (version: String, names: Set<ObjectName>)] {
        guard let snapshot else { return [:] }
        do {
            guard let (objects, saved) = try snapshot.read(options.resources),
                let oldest = saved.values.map(\.seen).min()
            else { return [:] }
            var names: [ObjectKind: Set<ObjectName>] = [:]
            for object in objects { names[object.key.kind, default: []].insert(object.key.name) }
            for start in stride(from: 0, to: objects.count, by: KubernetesSource.batch) {
                let part = objects[start..<min(start + KubernetesSource.batch, objects.count)]
                let events = core.withLock { $0.filter.filtered(part.map(RegistryEvent.put)) }
                if !events.isEmpty { sink(RegistryBatch(events)) }
            }
            core.withLock { ($0.isSynced, $0.snapshotTime) = (true, oldest) }
            sink(RegistryBatch([.synced]))
            log.warning(
                "serving the cluster as last known until the API confirms it",
                metadata: ["seconds": "\(Int64(time(nil)) - oldest)", "objects": "\(objects.count)"])
            return saved.reduce(into: [:]) { $0[$1.key] = ($1.value.version, names[$1.key.kind] ?? []) }
        } catch {
            log.error("the snapshot cannot be read; the cluster is read anew", metadata: ["reason": "\(error)"])
            return [:]
        }
    }
}
