import Kubernetes
import Metrics
import Server

/// What `serve` counts, under the names, labels and buckets that CoreDNS's dashboards ask for (plugin/metrics/vars), and
/// `clusterdns_` for what is ours.
enum ServeMetrics {
    /// One server block answers all: for every zone, on the DNS port.
    private static let server = "dns://:53"
    private static let zone = "."

    static func text(_ server: DNSServer, _ writer: ZonePublisher.Figures, _ cluster: KubernetesSource?) -> String {
        var text = PrometheusText()
        answers(server.answered, &text)
        losses(server, &text)
        text.gauge("clusterdns_table_names", "Names in the answer table, empty non-terminals included.") {
            $0.sample(writer.names)
        }
        text.gauge("clusterdns_table_bytes", "Memory of the answer table in use.") { $0.sample(writer.bytes) }
        text.counter("clusterdns_writer_changes_total", "Record changes that the writer made.") {
            $0.sample(writer.counters.recordChanges)
        }
        text.counter("clusterdns_writer_endpoints_total", "Endpoints that came, went or changed.") {
            $0.sample(writer.counters.endpointChanges)
        }
        text.counter("clusterdns_writer_seconds_total", "Time spent making changes.") {
            $0.sample(writer.counters.seconds)
        }
        text.histogram(
            "coredns_kubernetes_dns_programming_duration_seconds",
            "In seconds, from the time of a change to its being served."
        ) {
            for kind in WriterCounters.ServiceClass.allCases {
                guard let durations = writer.counters.programming[kind] else { continue }
                $0.histogram(
                    ["service_kind": kind.rawValue], bounds: DurationHistogram.bounds,
                    counts: durations.counts, sum: durations.sum * 1000, unit: 1e-3)
            }
        }
        text.gauge("clusterdns_registry_objects", "Objects in the registry.") { $0.sample(writer.objects) }
        if let cluster { ClusterMetrics.write(cluster, to: &text) }
        return text.text
    }

    private static func answers(_ answered: QueryCounters.Sum, _ text: inout PrometheusText) {
        text.counter("coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.") {
            for carrier in QueryCounters.Carrier.allCases {
                for family in QueryCounters.Family.allCases {
                    let names = QueryCounters.types.map(\.name) + ["other"]
                    for (name, count) in zip(names, answered.requests(carrier, family)) where count > 0 {
                        $0.sample(
                            [
                                "server": server, "zone": zone, "view": "", "proto": "\(carrier)",
                                "family": family == .ipv4 ? "1" : "2", "type": name,
                            ], count)
                    }
                }
            }
        }
        text.histogram(
            "coredns_dns_request_duration_seconds",
            "Histogram of the time (in seconds) each request took per zone."
        ) {
            let durations = answered.durations
            $0.histogram(
                ["server": server, "zone": zone, "view": ""], bounds: durations.bounds, counts: durations.counts,
                sum: Double(durations.sum), unit: 1e-9)
        }
        let sizes: [(String, String, (QueryCounters.Carrier) -> QueryCounters.Histogram)] = [
            ("request", "requests", answered.requestSizes), ("response", "responses", answered.responseSizes),
        ]
        for (name, help, sizes) in sizes {
            text.histogram("coredns_dns_\(name)_size_bytes", "Size of the \(help) in bytes.") {
                for carrier in QueryCounters.Carrier.allCases {
                    let sizes = sizes(carrier)
                    guard sizes.counts.contains(where: { $0 > 0 }) else { continue }
                    $0.histogram(
                        ["server": server, "zone": zone, "view": "", "proto": "\(carrier)"], bounds: sizes.bounds,
                        counts: sizes.counts, sum: Double(sizes.sum))
                }
            }
        }
        text.counter("coredns_dns_do_requests_total", "Counter of DNS requests with DO bit set per zone.") {
            $0.sample(["server": server, "zone": zone, "view": ""], answered.wantsDNSSEC)
        }
        text.counter("coredns_dns_responses_total", "Counter of response status codes.") {
            for rcode in 0..<QueryCounters.rcodeCount where answered.responses(rcode: rcode) > 0 {
                $0.sample(
                    [
                        "server": server, "zone": zone, "view": "", "rcode": name(ofRcode: rcode),
                        "plugin": "kubernetes",
                    ],
                    answered.responses(rcode: rcode))
            }
        }
    }

    private static func losses(_ server: DNSServer, _ text: inout PrometheusText) {
        text.counter(
            "clusterdns_udp_receive_drops_total",
            "Queries shed under overload: newest first, where a worker's queue was full."
        ) { $0.sample(server.receiveDrops) }
        text.counter("clusterdns_udp_unsent_total", "Answers that the kernel did not take.") {
            $0.sample(server.answered.unsent)
        }
        text.counter(
            "clusterdns_dropped_messages_total", "Messages that get no answer: responses, fragments of a header."
        ) {
            $0.sample(server.answered.dropped)
        }
        text.counter("clusterdns_tcp_evicted_connections_total", "Connections closed because there were too many.") {
            $0.sample(server.answered.evictedConnections)
        }
    }

    /// The names that miekg/dns gives, which CoreDNS's label has.
    private static func name(ofRcode rcode: Int) -> String {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ]
        return rcode < names.count ? names[rcode] : rcode == 16 ? "BADVERS" : "RCODE\(rcode)"
    }
}
