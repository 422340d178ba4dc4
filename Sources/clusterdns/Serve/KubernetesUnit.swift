import AnswerTable
import CLinux
import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Findings
import Kubernetes
import Logging
import Manifests
import NetworkAddress
import Server
import ServiceRegistry
import StateFile
import Synchronization

/// A `kubernetes` line at work: its registry, from the source to the answer table.
final class KubernetesUnit: Sendable {
    /// What it is made from; a line that says the same goes on with the same unit.
    struct Key: Hashable, Sendable {
        var settings: KubernetesSettings
        /// Zones of external addresses, from the same registry.
        var external: [K8sExternalSettings] = []
        /// Which namespace a client is in is asked for (autopath).
        var knowsClients = false
        /// What `ns.dns` has while the DNS Service has no address.
        var nameServerAddresses: [IPAddress] = []
    }

    let settings: KubernetesSettings
    let source: any RegistrySource
    /// The primary zone's first, then one for each further domain.
    let publishers: [ZonePublisher]
    /// Which namespace a client is in.
    let clients: ClientNamespaces?
    private let log: Logger
    private let task = Mutex<Task<Void, Never>?>(nil)
    /// Tells why not everything is known yet, where answers say so.
    private let waitingTask = Mutex<Task<Void, Never>?>(nil)

    /// - Throws: `UsageError` where the settings do not come to a registry.
    init(_ key: Key, _ writer: TableWriter, log: Logger) throws {
        let settings = key.settings
        self.settings = settings
        self.log = log
        let forward = settings.zones.filter { !$0.isAtOrBelow(.inAddrArpa) && !$0.isAtOrBelow(.ip6Arpa) }
        let reverse = settings.zones.filter { $0.isAtOrBelow(.inAddrArpa) || $0.isAtOrBelow(.ip6Arpa) }
        guard !forward.isEmpty else { throw UsageError("kubernetes: no zone but reverse ones") }
        let clients = key.knowsClients ? ClientNamespaces() : nil
        self.clients = clients
        do {
            publishers = try forward.enumerated().map { index, domain in
                var options = ClusterZoneOptions(
                    domain: domain, reverseZones: index == 0 ? reverse : [], ttl: settings.ttl,
                    pods: ClusterZoneOptions.Pods(rawValue: settings.pods.rawValue)!,
                    nameServerAddresses: key.nameServerAddresses)
                options.usesEndpointPodNames = settings.usesEndpointPodNames
                options.isZonal = settings.isZonal
                options.ignoresEndpoints = settings.ignoresEndpoints
                options.ignoresEmptyServices = settings.ignoresEmptyServices
                options.keepsReasons = settings.hasExtendedErrors
                options.isCoreDNSCompatible = settings.isCoreDNSCompatible
                options.serviceCIDRs = settings.serviceCIDRs
                options.podCIDRs = settings.podCIDRs
                let external = index == 0 ? try key.externalZones() : []
                return ZonePublisher(
                    writer,
                    zones: RegistryZones(
                        cluster: try ClusterZone(options), external: external, clients: index == 0 ? clients : nil))
            }
            let kept = try settings.state.map { try StateFile(directory: $0, log: log) }
            source = try KubernetesUnit.makeSource(settings, state: kept, log: log)
        } catch {
            throw UsageError("\(error)")
        }
    }

    private static func makeSource(
        _ settings: KubernetesSettings, state: StateFile?, log: Logger
    ) throws -> any RegistrySource {
        if settings.isEmbedded || !settings.manifests.isEmpty {
            return try ManifestSource(
                paths: settings.manifests,
                options: ManifestOptions(serviceCIDRs: settings.serviceCIDRs, podCIDRs: settings.podCIDRs),
                state: state, log: log)
        }
        let connection = try settings.connection()
        log.info("watching a cluster", metadata: ["api": "\(connection)"])
        return KubernetesSource(connection, settings.options, state: state, log: log)
    }

    /// The registry of a cluster; nil where it is a folder.
    var cluster: KubernetesSource? { source as? KubernetesSource }

    var isSynced: Bool { publishers.allSatisfy(\.isSynced) }

    /// What exists before anything is known is served from now on.
    func begin() {
        for publisher in publishers { publisher.begin() }
    }

    /// Follows the source from now on.
    func start() {
        if settings.hasExtendedErrors { waitingTask.withLock { $0 = Task { await tellWaiting() } } }
        let started = ContinuousClock.now
        task.withLock { task in
            task = Task { [source, publishers, log] in
                do {
                    try await source.run { batch in
                        for publisher in publishers { publisher.apply(batch) }
                        if batch.events.contains(.synced) { noteSynced(publishers[0], since: started, log) }
                    }
                } catch is CancellationError {
                } catch {
                    log.critical("the registry's source has ended; what was served before stays: \(error)")
                }
            }
        }
    }

    /// Ends the source; returns when it has ended, with what it keeps written.
    func stop() async {
        let running = task.withLock { $0 }
        waitingTask.withLock { $0 }?.cancel()
        running?.cancel()
        await running?.value
    }

    /// Takes everything out of the table.
    func remove() {
        for publisher in publishers { publisher.end() }
    }
}

private func noteSynced(_ publisher: ZonePublisher, since started: ContinuousClock.Instant, _ log: Logger) {
    let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
    // What reading everything took and needs no more: the system's again.
    malloc_trim(0)
    DNSServer.putWorkersFirst(beside: KubernetesSource.threadNames)
    log.info(
        "synced", metadata: ["objects": "\(publisher.figures.objects)", "ms": "\(Int(milliseconds))"])
}

extension KubernetesUnit.Key {
    func externalZones() throws -> [ExternalZone] {
        try external.flatMap { line in
            try line.zones.map { zone in
                var options = ExternalZoneOptions()
                options.ttl = line.ttl
                options.isK8sExternal = !line.hasIngressHosts
                options.apexLabel = line.apex
                options.hasHeadless = line.isHeadless
                options.usesEndpointPodNames = settings.usesEndpointPodNames
                options.primary = line.zones.first
                return try ExternalZone(origin: zone, options)
            }
        }
    }
}
