import CLinux
import Logging
import Manifests
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

/// The manifests, told to the publisher until the end.
struct ManifestService: ServiceLifecycle.Service {
    let source: ManifestSource
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
                        DNSServer.putWorkersFirst()
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
    let source: ManifestSource
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

/// The admin endpoint, where one was asked for.
struct AdminService: ServiceLifecycle.Service {
    let socket: AdminSocket?
    let publisher: ZonePublisher
    let server: DNSServer

    func run() async throws {
        socket?.start { [publisher, server] target in
            if target == ServeMetrics.path {
                return AdminSocket.Reply(body: ServeMetrics.text(server, publisher.figures))
            }
            guard let request = RecordsRequest(target: target) else {
                return AdminSocket.Reply(
                    status: 404, body: "there is \(RecordsRequest.path) and \(ServeMetrics.path)\n")
            }
            do {
                return AdminSocket.Reply(body: try request.text(of: publisher.listing))
            } catch {
                return AdminSocket.Reply(status: 400, body: "\(error)\n")
            }
        }
        try? await gracefulShutdown()
        socket?.stop()
    }
}
