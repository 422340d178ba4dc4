import AnswerTable
import ArgumentParser
import CLinux
import ClusterZone
import DNSWire
import Diagnosis
import Dispatch
import Glibc
import HTTP
import Kubernetes
import Logging
import Manifests
import Server
import ServiceLifecycle
import ServiceRegistry
import StateFile
import Synchronization
import UnixSignals

struct ServeCommand: ParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer DNS for the Services of a cluster.",
        discussion: """
            The registry is read from manifests and watched: a change is served within milliseconds, a file that no \
            longer loads takes nothing down. SIGHUP reads everything again, SIGTERM answers what is in flight and ends.

              clusterdns serve --manifests cluster/ --listen 127.0.0.1:5300
              clusterdns serve --manifests cluster/ --zone-file corp.zone --external-zone example.com --state /var/lib/clusterdns

            Ask it:  dig @127.0.0.1 -p 5300 kubernetes.default.svc.cluster.local
            """)

    @OptionGroup var registry: RegistryOptions
    @OptionGroup(title: "A cluster's API as the registry") var cluster: ClusterOptions

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Master files of static zones, served as they are and read again when they change.",
            valueName: "file"))
    var zoneFile: [String] = []

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Addresses for UDP and TCP: 127.0.0.1:5300, [::1]:53, :53 for all, port 0 for a free one. (default: :53)",
            valueName: "addr:port"))
    var listen: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folder in which the cluster as last known, or allocated ClusterIPs and NodePorts, are kept across restarts.",
            valueName: "dir"))
    var state: String?

    @OptionGroup(title: "Pages over HTTP") var doors: PageOptions

    @Option(name: .long, help: "Threads that answer. (default: one for each core)")
    var workers: Int?

    func validate() throws {
        if registry.manifests.isEmpty && zoneFile.isEmpty && !cluster.isGiven {
            throw ValidationError("nothing to serve: name --manifests, --kubernetes, --kubeconfig or --zone-file")
        }
        if !registry.manifests.isEmpty && cluster.isGiven {
            throw ValidationError("one registry: --manifests, or a cluster's API")
        }
        if let workers, !(1...Epochs.maximumReaders).contains(workers) {
            throw ValidationError("--workers \(workers): 1 to \(Epochs.maximumReaders)")
        }
        _ = try addresses()
    }

    private func addresses() throws -> [ListenAddress] {
        try (listen.isEmpty ? [":53"] : listen).flatMap { text in
            guard let parsed = ListenAddress.parse(text) else {
                throw ValidationError("--listen \(text): want ADDRESS:PORT, [IPV6]:PORT or :PORT")
            }
            return parsed
        }
    }

    func run() throws {
        try waitFor { try await serve() }
    }

    private func makeSource(_ log: Logger) throws -> any RegistrySource {
        let kept = try state.map { try StateFile(directory: $0, log: log) }
        guard cluster.isGiven else {
            return try ManifestSource(
                paths: registry.manifests,
                options: ManifestOptions(serviceCIDRs: registry.serviceCidr, podCIDRs: registry.podCidr), state: kept,
                log: log)
        }
        let connection = try cluster.connection()
        log.info("watching a cluster", metadata: ["api": "\(connection)"])
        return KubernetesSource(
            connection, cluster.options(watchesPods: registry.pods == .verified), state: kept, log: log)
    }

    private func serve() async throws {
        // The heap grows in large steps: a first reading takes tens of megabytes, and a tenth of its time went into asking
        // for them 128 KiB at a time.
        mallopt(M_TOP_PAD, 16 << 20)
        let log = Logger(label: "clusterdns") { _ in StandardErrorLog() }
        let started = ContinuousClock.now
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let table = AnswerTable()
        let server: DNSServer
        let source: any RegistrySource
        let files: ZoneFileService
        do {
            server = try DNSServer(
                table: table, listen: addresses(), workers: workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
                log: log)
            source = try makeSource(log)
        } catch {
            throw UsageError("\(error)")
        }
        let ownAddresses = server.addresses.filter { !$0.isWildcard }.map(\.address)
        let publisher = ZonePublisher(
            table: table,
            zones: RegistryZones(
                cluster: try registry.clusterZone(nameServerAddresses: ownAddresses),
                external: try registry.externalZones()), log: log)
        files = ZoneFileService(paths: zoneFile, publisher: publisher, log: log)
        try requireReadable(zoneFile)
        let pages = ServePages(server: server, publisher: publisher, cluster: source as? KubernetesSource)
        let listeners: [HTTPListener]
        do {
            listeners = try doors.open(pages)
        } catch {
            throw UsageError("\(error)")
        }
        await files.load()
        publisher.begin()
        server.start()
        log.info(
            "listening",
            metadata: [
                "addresses": "\(server.addresses.map(\.description).joined(separator: ","))",
                "workers": "\(server.workerCount)",
                "pages": "\(listeners.map { "\($0.address)" }.joined(separator: ","))",
            ])

        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: DNSService(server: server, log: log)),
                    .init(service: RegistryService(source: source, publisher: publisher, started: started, log: log)),
                    .init(service: files),
                    .init(service: HangupService(signals: hangups, source: source, files: files, log: log)),
                    .init(service: PageService(listeners: listeners)),
                ], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "life") { _ in SwiftLogNoOpLogHandler() }))
        do {
            try await group.run()
        } catch {
            throw UsageError("\(error)")
        }
    }
}

/// Runs `body` while the first thread waits. An asynchronous `main` would give that thread to libdispatch, which ends it:
/// a process without its first thread is one that valgrind and some monitors cannot read.
private func waitFor(_ body: @escaping @Sendable () async throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let outcome = Mutex<(any Error)?>(nil)
    Task.detached {
        do { try await body() } catch { outcome.withLock { $0 = error } }
        done.signal()
    }
    done.wait()
    if let error = outcome.withLock({ $0 }) { throw error }
}
