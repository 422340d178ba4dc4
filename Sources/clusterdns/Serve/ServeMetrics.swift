import Corefile
import Forwarding
import Kubernetes
import Metrics
import DNSWire
import Plugins
import QueryLog
import ResponseCache
import Rewriting
import Server

/// What `serve` counts, under the names, labels and buckets that CoreDNS's dashboards ask for, and `clusterdns_` for what is
/// ours: filled in from who counts it.
struct ServeMetrics {
    private let serving: Serving
    private let life: ServeLife
    private let deployment: Deployment

    init(_ serving: Serving, _ life: ServeLife) {
        self.serving = serving
        self.life = life
        deployment = serving.deployment
    }

    var text: String {
        var text = PrometheusText()
        text.write(build: BuildFigures(version: Build.version, revision: "", compiler: Build.compiler))
        if let process = ProcessFigures.now() { text.write(process: process) }
        text.write(dns: dns)
        text.write(plugins: plugins)
        text.write(caches: caches)
        text.write(forwards: forwards)
        text.write(upstreams: upstreams)
        text.write(templates: templates)
        text.write(acls: acls)
        text.write(servers: servers)
        text.write(localhostRequests: steps(LocalStep.self).reduce(0) { $0 + $1.step.localhostRequests.value })
        text.write(hosts: deployment.units.hosts.values.map(\.figures))
        text.write(reload: life.reload)
        text.write(health: life.health)
        text.write(load: load)
        if let server = deployment.blocks.first?.places.first?.server {
            text.write(shed: [(server, queries: serving.server.receiveDrops, responses: 0)])
        }
        text.write(kubernetes: kubernetes)
        losses(&text)
        registries(&text)
        return text.text
    }

    /// Blocks that differ in nothing but their address count as one.
    private var dns: [DNSFigures] {
        deployment.units.counters.sorted { ($0.key.server, $0.key.zone) < ($1.key.server, $1.key.zone) }
            .map { key, counters in
                DNSFigures(QueryCounters.Sum(counters), server: key.server, zone: key.zone)
            }
    }

    private var plugins: [PluginFigures] {
        deployment.blocks.flatMap { block in
            block.places.map {
                PluginFigures(
                    server: $0.server, zone: $0.zone.description, names: block.plugins.map(\.name).uniqued(by: \.self))
            }
        }
    }

    private var caches: [CacheFigures] {
        deployment.units.caches.map { key, step in
            var figures = CacheFigures(server: key.server, zones: key.zone.description)
            let statistics = step.statistics
            figures.success.entries = statistics.success.entries
            figures.success.capacity = key.settings.success.capacity
            figures.success.hits = statistics.success.hits
            figures.success.evictions = statistics.success.evictions
            figures.denial.entries = statistics.denial.entries
            figures.denial.capacity = key.settings.denial.capacity
            figures.denial.hits = statistics.denial.hits
            figures.denial.evictions = statistics.denial.evictions
            figures.requests = statistics.requests
            figures.misses = statistics.misses
            figures.prefetches = statistics.prefetches
            figures.drops = statistics.drops
            figures.servedStale = statistics.servedStale
            return figures
        }
    }

    private var forwards: [ForwardFigures] {
        deployment.units.forwards.map { key, unit in
            var figures = ForwardFigures(server: key.server, zone: key.settings.from.description)
            let measures = unit.forwarder.measures
            figures.broken = measures.broken
            figures.rejected = measures.rejected
            figures.coalesced = measures.coalesced
            return figures
        }
    }

    /// An upstream that several lines name counts once.
    private var upstreams: [UpstreamFigures] {
        deployment.units.forwards.values.flatMap(\.forwarder.state).uniqued(by: \.address).map(UpstreamFigures.init)
    }

    private var templates: [TemplateFigures] {
        steps(TemplateStep.self).flatMap { step, block in
            step.figures.matches.map { labels, count in
                var figures = TemplateFigures(
                    server: block.server, zone: labels.zone, queryClass: labels.recordClass, type: labels.type)
                figures.matches = count
                for (failure, count) in step.figures.failures where failure.labels == labels {
                    figures.failures.append(
                        TemplateFigures.Failures(
                            section: failure.section, template: failure.template,
                            unexpanded: failure.kind == .template ? count : 0,
                            malformed: failure.kind == .record ? count : 0))
                }
                return figures
            }
        }
    }

    /// The steps of one kind, with a block that asks them.
    private func steps<Kind: Step>(_ kind: Kind.Type) -> [(step: Kind, block: Block)] {
        deployment.views.flatMap(\.blocks).uniqued(by: { ObjectIdentifier($0.chain) }).flatMap { block in
            block.chain.steps.compactMap { step in (step as? Kind).map { ($0, block) } }
        }
    }

    private var acls: [ACLFigures] {
        steps(ACLStep.self).flatMap { step, block in
            var allowed = ACLFigures(server: block.server, zone: block.label)
            allowed.allowed = step.allowed.value
            return [allowed]
                + step.lines.flatMap { line in
                    zip(line.zones, line.counts).map { zone, counts in
                        var figures = ACLFigures(server: block.server, zone: zone.description)
                        figures.blocked = counts.blocked.value
                        figures.filtered = counts.filtered.value
                        figures.dropped = counts.dropped.value
                        return figures
                    }
                }
        }
    }

    private var servers: [ServerFigures] {
        let servers = deployment.blocks.flatMap(\.places).map(\.server).uniqued(by: \.self)
        return servers.map { server in
            var figures = ServerFigures(server: server)
            let autopaths = steps(AutopathStep.self).filter { $0.block.server == server }
            let dns64s = steps(DNS64Step.self).filter { $0.block.server == server }
            if !autopaths.isEmpty { figures.autopathSuccesses = autopaths.reduce(0) { $0 + $1.step.successes.value } }
            if !dns64s.isEmpty { figures.dns64Translations = dns64s.reduce(0) { $0 + $1.step.translated.value } }
            return figures
        }
    }

    private var load: LoadFigures {
        var load = LoadFigures()
        let lane = serving.lane.figures
        load.late = lane.waiting
        load.lateLimit = serving.lane.capacity
        load.lateTotal = lane.taken
        load.lateRejected = lane.refused
        load.logLinesDropped = serving.context.queryLog.dropped
        return load
    }

    private var kubernetes: KubernetesFigures {
        var figures = KubernetesFigures()
        for publisher in deployment.kubernetes.flatMap(\.publishers).prefix(1) {
            for (kind, durations) in publisher.figures.counters.programming.sorted(by: {
                $0.key.rawValue < $1.key.rawValue
            }) {
                figures.programming.append((kind.rawValue, durations))
            }
        }
        for source in deployment.kubernetes.compactMap(\.cluster) {
            figures.clients.append(KubernetesFigures.Client(source.requests, host: source.host))
        }
        return figures
    }

    private func losses(_ text: inout PrometheusText) {
        let losses = serving.server.losses
        text.counter(
            "clusterdns_udp_receive_drops_total",
            "Queries shed under overload: newest first, where a worker's queue was full."
        ) { $0.sample(serving.server.receiveDrops) }
        text.counter("clusterdns_udp_unsent_total", "Answers that the kernel did not take.") {
            $0.sample(losses.unsent)
        }
        text.counter(
            "clusterdns_dropped_messages_total", "Messages that get no answer: responses, fragments of a header."
        ) { $0.sample(losses.dropped) }
        text.counter("clusterdns_tap_dropped_total", "Answers that those who tap read too slowly to see.") {
            $0.sample(serving.server.tap.dropped)
        }
        text.gauge("clusterdns_taps", "Those who tap now.") { $0.sample(serving.server.tap.readerCount) }
        text.counter("clusterdns_tcp_evicted_connections_total", "Connections closed because there were too many.") {
            $0.sample(losses.evictedConnections)
        }
    }

    private func registries(_ text: inout PrometheusText) {
        let table = serving.context.writer.figures
        text.gauge("clusterdns_table_names", "Names in the answer table, empty non-terminals included.") {
            $0.sample(table.names)
        }
        text.gauge("clusterdns_table_bytes", "Memory of the answer table in use.") { $0.sample(table.bytes) }
        let figures = deployment.kubernetes.flatMap(\.publishers).map(\.figures)
        text.counter("clusterdns_writer_changes_total", "Record changes that the writer made.") {
            $0.sample(figures.reduce(0) { $0 + $1.counters.recordChanges })
        }
        text.counter("clusterdns_writer_endpoints_total", "Endpoints that came, went or changed.") {
            $0.sample(figures.reduce(0) { $0 + $1.counters.endpointChanges })
        }
        text.counter("clusterdns_writer_seconds_total", "Time spent making changes.") {
            $0.sample(figures.reduce(0) { $0 + $1.counters.seconds })
        }
        text.gauge("clusterdns_registry_objects", "Objects in the registry.") {
            $0.sample(figures.first?.objects ?? 0)
        }
        if let cluster = deployment.kubernetes.lazy.compactMap(\.cluster).first {
            ClusterMetrics.write(cluster, to: &text)
        }
    }
}
