import Corefile
import Logging
import ServiceLifecycle
import ServiceRegistry
import UnixSignals

/// Puts the Corefile in force again when it has changed: at SIGUSR1, and every so often where it says `reload`. SIGHUP has
/// the registry's sources read everything again.
struct Reloader: ServiceLifecycle.Service {
    let serving: Serving
    let pages: ServePages
    /// nil where the server was described by flags.
    let file: ConfigurationFile?
    let first: ConfigurationFile.Loaded?
    let signals: UnixSignalsSequence
    let log: Logger

    private enum Occasion: Sendable {
        case signal(UnixSignal)
        case interval
    }

    func run() async throws {
        let (occasions, tell) = AsyncStream.makeStream(of: Occasion.self, bufferingPolicy: .bufferingNewest(16))
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await signal in signals.cancelOnGracefulShutdown() { tell.yield(.signal(signal)) }
                tell.finish()
            }
            var (hash, settings) = (first?.hash ?? "", first?.reload)
            var timer = schedule(settings, tell)
            for await occasion in occasions {
                // CoreDNS's upgrade in place: images are upgraded by their Deployment.
                if case .signal(.sigusr2) = occasion { continue }
                if case .signal(.sighup) = occasion {
                    log.info("reading again")
                    for unit in serving.deployment.kubernetes { unit.source.rescan() }
                    for unit in serving.deployment.units.files.values { unit.load() }
                    if file == nil { continue }
                }
                guard
                    let loaded = await reload(
                        since: hash, isAsked: { if case .signal = occasion { true } else { false } }())
                else {
                    if case .interval = occasion { timer = schedule(settings, tell) }
                    continue
                }
                (hash, settings) = (loaded.hash, loaded.reload)
                timer.cancel()
                timer = schedule(settings, tell)
            }
            timer.cancel()
            try await group.waitForAll()
        }
    }

    private func schedule(_ settings: ReloadSettings?, _ tell: AsyncStream<Occasion>.Continuation) -> Task<Void, Never>
    {
        Task {
            guard let settings, file != nil else { return }
            // Replicas do not all reload at once.
            let jitter = settings.jitter * Double.random(in: 0...1)
            guard (try? await Task.sleep(for: settings.interval + jitter)) != nil else { return }
            tell.yield(.interval)
        }
    }

    /// - Returns: what is in force now; nil where that is what was.
    private func reload(since hash: String, isAsked: Bool) async -> ConfigurationFile.Loaded? {
        guard let file else { return nil }
        do {
            let loaded = try file.load()
            guard isAsked || loaded.hash != hash else { return nil }
            log.show(loaded.findings)
            log.info("reloading", metadata: ["file": "\(file.path)", "sha512": "\(loaded.hash)"])
            // The end does not wait for a registry that is being read.
            try await cancelWhenGracefulShutdown { try await serving.apply(loaded.blocks, pages) }
            pages.life.noteLoaded(hash: loaded.hash, isReload: true)
            log.info("reload complete", metadata: ["sha512": "\(loaded.hash)"])
            return loaded
        } catch {
            pages.life.noteFailedReload()
            log.error("the Corefile is not put in force; what was served before stays:\n\(error)")
            return nil
        }
    }
}
