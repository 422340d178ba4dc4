import AnswerTable
import ArgumentParser
import CLinux
import Diagnosis
import Dispatch
import Glibc
import HTTP
import Kubernetes
import Logging
import Server
import ServiceLifecycle
import Synchronization
import UnixSignals

struct ServeCommand: ParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer DNS for the Services of a cluster.",
        discussion: """
            With a Corefile it is what CoreDNS is with it, flags included (-conf, -dns.port, -p, -pidfile, -plugins, -quiet, \
            -version; the word `serve` may be left out). Without one, flags describe one server block. A change of the \
            registry is served within milliseconds, a file that no longer loads takes nothing down.

              clusterdns serve --conf /etc/coredns/Corefile
              clusterdns serve --manifests cluster/ --listen 127.0.0.1:5300
              clusterdns serve --manifests cluster/ --zone-file corp.zone --external-zone example.com --state /var/lib/clusterdns

            SIGUSR1 reads the Corefile again, SIGHUP the registry, SIGTERM answers what is in flight and ends.
            Ask it:  dig @127.0.0.1 -p 5300 kubernetes.default.svc.cluster.local
            """)

    @OptionGroup(title: "A Corefile") var conf: CorefileOptions
    @OptionGroup var flags: FlagOptions

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where this server tells about itself (`clusterdns records --admin ADDRESS`): unix:PATH or a path, "
                + "which only its owner may open; ADDRESS:PORT, for whoever reaches it.",
            valueName: "address"))
    var admin: [AdminDoor] = []

    @Option(name: .long, help: "Threads that answer. (default: one for each core that this process may use)")
    var workers: Int?

    /// The table has places for these and for the tasks that read it.
    private static let maximumWorkers = Epochs.maximumReaders - 64

    func validate() throws {
        if conf.plugins || conf.version { return }
        if conf.file != nil && !flags.isEmpty {
            throw ValidationError(
                "a Corefile or flags: --conf goes without --manifests, --zone-file and a cluster's flags")
        }
        if corefile == nil && flags.isEmpty {
            throw ValidationError(
                "nothing to serve: name --conf, --manifests, --kubernetes, --kubeconfig or --zone-file")
        }
        if let workers, !(1...ServeCommand.maximumWorkers).contains(workers) {
            throw ValidationError("--workers \(workers): 1 to \(ServeCommand.maximumWorkers)")
        }
    }

    func run() throws {
        if conf.plugins { return show(CorefileOptions.pluginList) }
        if conf.version { return show("CoreDNS-compatible clusterdns-\(Build.version)\nlinux, \(Build.compiler)\n") }
        try waitFor { try await serve() }
    }

    /// As CoreDNS: without `-conf` the Corefile of the working folder, if there is one.
    private var corefile: String? {
        conf.file ?? (flags.isEmpty && access("Corefile", R_OK) == 0 ? "Corefile" : nil)
    }

    private func serve() async throws {
        // The heap grows in large steps: a first reading takes tens of megabytes, and a tenth of its time went into asking
        // for them 128 KiB at a time.
        mallopt(M_TOP_PAD, 16 << 20)
        var log = Logger(label: "clusterdns") { _ in StandardErrorLog() }
        if conf.quiet { log.logLevel = .warning }
        // Trapped before anything is served: a signal that comes early must not end the process by itself.
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigusr2)
        let ends = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let file = corefile.map { ConfigurationFile(path: $0, defaultPort: conf.port) }
        let life = ServeLife()
        let serving: Serving
        let pages: ServePages
        let first: ConfigurationFile.Loaded?
        var doors: [HTTPListener] = []
        do {
            first = try file?.load()
            if let first { log.show(first.findings) }
            try requireReadable(flags.zoneFile)
            serving = try Serving(
                workers: workers ?? min(Processors.usable, ServeCommand.maximumWorkers), log: log)
            pages = ServePages(serving: serving, life: life)
            try await serving.apply(first?.blocks ?? [flags.block()], pages)
            life.noteLoaded(hash: first?.hash ?? "", isReload: false)
            for door in admin {
                doors.append(try HTTPListener(on: door.address) { [pages] in pages.reply(to: $0) })
            }
            try conf.writeProcessID()
            try serving.start {
                let listeners = serving.server.listeners.compactMap { $0?.description }
                let pages = serving.pageAddresses + doors.map(\.address)
                log.info(
                    "listening",
                    metadata: [
                        "addresses": "\(listeners.joined(separator: ","))", "workers": "\(serving.server.workerCount)",
                        "pages": "\(pages.map(\.description).joined(separator: ","))",
                    ])
            }
        } catch {
            throw UsageError("\(error)")
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: ServingService(serving: serving, doors: doors, log: log)),
                    .init(
                        service: Reloader(
                            serving: serving, pages: pages, file: file, first: first, signals: signals, log: log)),
                    .init(service: HealthProbe(serving: serving, life: life)),
                ], logger: Logger(label: "life") { _ in SwiftLogNoOpLogHandler() }))
        let end = Task {
            for await _ in ends { await group.triggerGracefulShutdown() }
        }
        defer { end.cancel() }
        do {
            try await group.run()
        } catch {
            throw UsageError("\(error)")
        }
    }
}

/// The running server, until the word to end: then probes are told first, and questions are answered as long as `lameduck`
/// says, and until none is in flight.
private struct ServingService: ServiceLifecycle.Service {
    let serving: Serving
    let doors: [HTTPListener]
    let log: Logger

    func run() async throws {
        try? await gracefulShutdown()
        serving.close(pages: ServePages.ready)
        let lameduck = serving.deployment.lameduck
        if lameduck > .zero {
            log.info("going to end", metadata: ["lameduck": "\(lameduck)"])
            // Graceful shutdown does not cancel: the time is whole.
            try? await Task.sleep(for: lameduck)
        }
        await serving.stop()
        for door in doors { door.stop() }
        log.info("stopped", metadata: ["queries": "\(serving.answered)"])
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
