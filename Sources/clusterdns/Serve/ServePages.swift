import Diagnosis
import Findings
import HTTP
import Kubernetes
import Metrics
import Server

/// What this process tells over HTTP, whichever door it is asked at.
struct ServePages: Sendable {
    let server: DNSServer
    let publisher: ZonePublisher
    /// nil: the registry is a folder.
    let cluster: KubernetesSource?

    static let metrics = "/metrics"
    static let ready = "/ready"
    static let health = "/health"
    /// What is wrong with this server, as `diagnose` says it.
    static let findings = "/findings"

    /// A door to one page, as probes and scrapers use it.
    func door(to path: String) -> @Sendable (HTTPListener.Request) -> HTTPListener.Reply {
        { request in
            request.path == path
                ? reply(to: request) : HTTPListener.Reply(status: 404, body: "there is \(path)\n")
        }
    }

    func reply(to request: HTTPListener.Request) -> HTTPListener.Reply {
        switch request.path {
        case ServePages.metrics:
            return HTTPListener.Reply(
                contentType: PrometheusText.contentType, body: ServeMetrics.text(server, publisher.figures, cluster))
        case ServePages.ready: return readiness
        case ServePages.health: return HTTPListener.Reply(body: "OK")
        case ServePages.findings:
            return HTTPListener.Reply(body: JSONValue.array((cluster?.findings ?? []).map(\.json)).text + "\n")
        case RecordsRequest.path:
            guard let request = RecordsRequest(query: request.query) else { break }
            do { return HTTPListener.Reply(body: try request.text(of: publisher.listing)) } catch {
                return HTTPListener.Reply(status: 400, body: "\(error)\n")
            }
        default: break
        }
        let known = [RecordsRequest.path, ServePages.metrics, ServePages.ready, ServePages.health, ServePages.findings]
        return HTTPListener.Reply(status: 404, body: "there is \(known.joined(separator: ", "))\n")
    }

    /// As CoreDNS says it: 200 and `OK`, or 503 and the names of the plugins that are not ready; then, a line each, what is
    /// not as it should be.
    private var readiness: HTTPListener.Reply {
        let findings = cluster?.findings ?? []
        let details = findings.map { "\n\($0)" }.joined()
        return publisher.isSynced
            ? HTTPListener.Reply(body: "OK" + details)
            : HTTPListener.Reply(status: 503, body: "kubernetes" + details)
    }
}
