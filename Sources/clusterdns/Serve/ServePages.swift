import Corefile
import Diagnosis
import Findings
import HTTP
import Kubernetes
import Metrics
import NetworkAddress
import Plugins
import Server

/// What this process tells over HTTP, whichever door it is asked at.
struct ServePages: Sendable {
    let serving: Serving
    let life: ServeLife

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
                contentType: PrometheusText.contentType, body: ServeMetrics(serving, life).text)
        case ServePages.ready: return readiness
        case ServePages.health: return HTTPListener.Reply(body: "OK")
        case ServePages.findings:
            return HTTPListener.Reply(body: JSONValue.array(clusterFindings.map(\.json)).text + "\n")
        case TapRequest.path: return tap.reply(to: request)
        case ExplainPage.path: return ExplainPage(deployment: serving.deployment).reply(to: request)
        case RecordsRequest.path:
            guard let request = RecordsRequest(query: request.query), let publisher = publishers.first else { break }
            do { return HTTPListener.Reply(body: try request.text(of: publisher.listing)) } catch {
                return HTTPListener.Reply(status: 400, body: "\(error)\n")
            }
        case ObjectsPage.path: return ObjectsPage.reply(serving.deployment.kubernetes.first)
        default: break
        }
        let known = [
            RecordsRequest.path, ObjectsPage.path, ExplainPage.path, TapRequest.path, ServePages.metrics,
            ServePages.ready, ServePages.health, ServePages.findings,
        ]
        return HTTPListener.Reply(status: 404, body: "there is \(known.joined(separator: ", "))\n")
    }

    private var tap: TapPage {
        TapPage(tap: serving.server.tap) { [self] in
            var names = PodNames()
            for kubernetes in serving.deployment.kubernetes { names.add(kubernetes.publishers[0].registry) }
            return names
        }
    }

    private var publishers: [ZonePublisher] { serving.deployment.kubernetes.flatMap(\.publishers) }

    private var clusterFindings: [Finding] {
        serving.deployment.kubernetes.compactMap(\.cluster).flatMap(\.findings)
    }

    /// As CoreDNS says it: 200 and `OK`, or 503 and the names of the plugins that are not ready; then, a line each, what is
    /// not as it should be.
    private var readiness: HTTPListener.Reply {
        let deployment = serving.deployment
        let details =
            clusterFindings.map { "\n\($0)" } + deployment.units.forwards.values.flatMap(\.notes).map { "\n\($0)" }
        let waiting = deployment.steps.compactMap(\.unready).uniqued(by: \.self)
        return waiting.isEmpty
            ? HTTPListener.Reply(body: "OK" + details.joined())
            : HTTPListener.Reply(status: 503, body: waiting.joined(separator: ",") + details.joined())
    }
}

extension Deployment {
    /// In the order of the blocks.
    var kubernetes: [KubernetesUnit] { Array(units.kubernetes.values) }

    /// The pages that its blocks ask for.
    var pages: [Serving.Page] {
        get throws {
            try blocks.flatMap(\.plugins).compactMap { plugin in
                switch plugin {
                case .health(let settings): try Serving.Page(path: ServePages.health, settings.address)
                case .ready(let settings): try Serving.Page(path: ServePages.ready, settings.address)
                case .prometheus(let settings): try Serving.Page(path: ServePages.metrics, settings.address)
                default: nil
                }
            }.uniqued(by: \.self)
        }
    }

    /// How long questions are answered after the word to end.
    var lameduck: Duration {
        blocks.flatMap(\.plugins).compactMap { if case .health(let health) = $0 { health.lameduck } else { nil } }.max()
            ?? .zero
    }
}

extension Serving.Page {
    /// - Throws: `UsageError` for a host that is no address.
    init(path: String, _ address: PageAddress) throws {
        self.path = path
        switch address.host {
        case nil, "": self.address = .tcp(nil, port: address.port)
        case "localhost": self.address = .tcp(IPAddress("127.0.0.1"), port: address.port)
        case let host?:
            guard let parsed = IPAddress(host) else {
                throw UsageError("\(host):\(address.port) for \(path) is no address")
            }
            self.address = .tcp(parsed, port: address.port)
        }
    }
}
