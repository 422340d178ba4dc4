import CLinux
import HTTP
import Kubernetes
import Logging
import Server
import ServiceLifecycle
import ServiceRegistry
import UnixSignals

/// The threads that answer: they end last of all they can, after what is in flight.
struct DNSService: ServiceLifecycle.Service {
    let server: DNSServer
    let log: Logger

    func run() async throws {
        try? await gracefulShutdown()
        await server.stop()
        log.info("stopped", metadata: ["queries": "\(server.answered.queries)"])
    }
}

/// The registry's source, told to the publisher until the end.
struct RegistryService: ServiceLifecycle.Service {
    let source: any RegistrySource
    let publisher: ZonePublisher
    let started: ContinuousClock.Instant
    let log: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await source.run { [publisher, log, started] batch in
                    publisher.apply(batch)
                    if batch.events.contains(.synced) {
                        let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
                        // What reading everything took and needs no more: the system's again.
                        malloc_trim(0)
                        DNSServer.putWorkersFirst(beside: KubernetesSource.threadNames)
                        let figures = publisher.figures
                        log.info(
                            "synced",
                            metadata: [
                                "objects": "\(figures.objects)", "names": "\(figures.names)",
                                "ms": "\(Int(milliseconds))",
                            ])
                    }
                }
            } catch is CancellationError {}
        }
    }
}

/// SIGHUP: everything is read again.
struct HangupService: ServiceLifecycle.Service {
    /// Trapped before anything is served: a signal that comes early must not end the process.
    let signals: UnixSignalsSequence
    let source: any RegistrySource
    let files: ZoneFileService
    let log: Logger

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            log.info("reading again")
            source.rescan()
            await files.load()
        }
    }
}

/// The doors to this process's pages, open until the end.
struct PageService: ServiceLifecycle.Service {
    let listeners: [HTTPListener]

    func run() async throws {
        try? await gracefulShutdown()
        for listener in listeners { listener.stop() }
    }
}
