import CLinux
import HTTP
import ServiceLifecycle
import Threads

/// Asks this process's own health page every second, as CoreDNS's health plugin does: a machine that is too busy for that is
/// too busy for DNS (coredns_health_request_duration_seconds).
struct HealthProbe: ServiceLifecycle.Service {
    let serving: Serving
    let life: ServeLife

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                guard let url = serving.healthPage else { continue }
                let began = clinux_nanoseconds()
                let isWell = await ask(url)
                life.noteHealthCheck(isWell ? Double(clinux_nanoseconds() - began) * 1e-9 : nil)
            }
        }
    }

    /// On a thread of its own: asking holds one.
    private func ask(_ url: String) async -> Bool {
        await withCheckedContinuation { done in
            NamedThread.detach("health") {
                let answer = try? HTTPClient().fetch(HTTPRequest(url), timeout: .seconds(5))
                done.resume(returning: answer?.head.status == 200)
            }
        }
    }
}
