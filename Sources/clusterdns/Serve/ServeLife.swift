import Glibc
import Metrics
import Synchronization

/// What happened to this process: reloads, and how long its own health page takes.
final class ServeLife: Sendable {
    private let reloads = Mutex(ReloadFigures(hash: ""))
    private let healthChecks = Mutex(HealthFigures(durations: Histogram(.slimTime), failures: 0))

    var reload: ReloadFigures { reloads.withLock { $0 } }
    var health: HealthFigures { healthChecks.withLock { $0 } }

    func noteLoaded(hash: String, isReload: Bool) {
        reloads.withLock {
            $0.hash = hash
            $0.isCurrent = true
            if isReload { $0.applied += 1 }
        }
    }

    func noteFailedReload() {
        reloads.withLock {
            $0.failed += 1
            $0.isCurrent = false
        }
    }

    /// - Parameter seconds: nil where the page did not answer.
    func noteHealthCheck(_ seconds: Double?) {
        healthChecks.withLock {
            if let seconds { $0.durations.observe(seconds) } else { $0.failures += 1 }
        }
    }
}
