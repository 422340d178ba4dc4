/// What is known of one upstream (CoreDNS plugin/pkg/proxy/metrics.go).
package struct UpstreamFigures: Sendable {
    /// The plugin that asks: `forward`.
    package var proxyName: String
    /// `10.0.0.1:53`
    package var to: String
    /// Seconds of the exchanges, by the answer's rcode; buckets `time`.
    package var durations: [(rcode: String, seconds: Histogram)] = []
    package var healthcheckFailures = 0
    /// Connections that were there, or had to be made, by transport: `udp`, `tcp`, `tcp-tls`.
    package var connections: [Connections] = []
    package var isUp = true
    /// Whether it is left out because our own queries come back from it.
    package var isCut = false
    package var sentPackets = 0
    /// The most within one second.
    package var peakPacketsPerSecond = 0
    /// What came with another id, from another peer or for another question.
    package var ignoredReplies = 0

    package struct Connections: Sendable {
        package var proto: String
        package var hits: Int
        package var misses: Int

        package init(proto: String, hits: Int, misses: Int) {
            self.proto = proto
            self.hits = hits
            self.misses = misses
        }
    }

    package init(proxyName: String = "forward", to: String) {
        self.proxyName = proxyName
        self.to = to
    }
}

/// What one `forward` line has done (CoreDNS plugin/forward/metrics.go).
package struct ForwardFigures: Sendable {
    /// `dns://:53`
    package var server: String
    /// What it forwards: `.`.
    package var zone: String
    /// Queries that met no healthy upstream.
    package var broken = 0
    /// Queries refused because `max_concurrent` were in flight.
    package var rejected = 0
    /// Queries that waited for the answer to an equal one.
    package var coalesced = 0

    package init(server: String, zone: String) {
        self.server = server
        self.zone = zone
    }
}

extension PrometheusText {
    /// `coredns_forward_*`; there once something forwards.
    package mutating func write(forwards: [ForwardFigures]) {
        counter(
            "coredns_forward_healthcheck_broken_total",
            "Counter of the number of complete failures of the healthchecks."
        ) { for forward in forwards { $0.sample(forward.broken) } }
        counter(
            "coredns_forward_max_concurrent_rejects_total",
            "Counter of the number of queries rejected because the concurrent queries were at maximum."
        ) { for forward in forwards { $0.sample(forward.rejected) } }
        counter(
            "clusterdns_forward_coalesced_total", "Queries that waited for the answer to an equal one in flight."
        ) {
            for forward in forwards {
                $0.sample(["server": forward.server, "zone": forward.zone], forward.coalesced)
            }
        }
    }

    /// `coredns_proxy_*`, the names that these had before CoreDNS 1.11 (`coredns_forward_*`), and `clusterdns_upstream_*`.
    package mutating func write(upstreams: [UpstreamFigures]) {
        proxies(upstreams)
        formerNames(upstreams.filter { $0.proxyName == "forward" })
        let gauges: [(String, String, (UpstreamFigures) -> Int)] = [
            ("up", "Whether an upstream is asked: 0 while its health checks fail.", { $0.isUp && !$0.isCut ? 1 : 0 }),
            (
                "loop_cut", "Whether an upstream is left out because our own queries come back from it.",
                { $0.isCut ? 1 : 0 }
            ),
            (
                "peak_packets_per_second", "The most packets that an upstream was sent within one second.",
                { $0.peakPacketsPerSecond }
            ),
        ]
        for (name, help, number) in gauges {
            gauge("clusterdns_upstream_\(name)", help) {
                for each in upstreams { $0.sample(["proxy_name": each.proxyName, "to": each.to], number(each)) }
            }
        }
        let counters: [(String, String, (UpstreamFigures) -> Int)] = [
            ("sent_packets", "Packets sent to an upstream.", { $0.sentPackets }),
            (
                "ignored_replies", "Messages from an upstream with another id or question than any that it was asked.",
                { $0.ignoredReplies }
            ),
        ]
        for (name, help, number) in counters {
            counter("clusterdns_upstream_\(name)_total", help) {
                for each in upstreams { $0.sample(["proxy_name": each.proxyName, "to": each.to], number(each)) }
            }
        }
    }

    private mutating func proxies(_ upstreams: [UpstreamFigures]) {
        histogram("coredns_proxy_request_duration_seconds", "Histogram of the time each request took.") {
            for each in upstreams {
                for (rcode, seconds) in each.durations {
                    $0.histogram(["proxy_name": each.proxyName, "to": each.to, "rcode": rcode], seconds)
                }
            }
        }
        counter("coredns_proxy_healthcheck_failures_total", "Counter of the number of failed healthchecks.") {
            for each in upstreams {
                $0.sample(["proxy_name": each.proxyName, "to": each.to], each.healthcheckFailures)
            }
        }
        for (name, number) in [("hits", \UpstreamFigures.Connections.hits), ("misses", \.misses)] {
            counter(
                "coredns_proxy_conn_cache_\(name)_total",
                "Counter of connection cache \(name) per upstream and protocol."
            ) {
                for each in upstreams {
                    for connection in each.connections {
                        $0.sample(
                            ["proxy_name": each.proxyName, "to": each.to, "proto": connection.proto],
                            connection[keyPath: number])
                    }
                }
            }
        }
    }

    /// Alerts and dashboards ask for them still; CoreDNS has not had them since 1.11 (its pull request 5951).
    private mutating func formerNames(_ upstreams: [UpstreamFigures]) {
        counter("coredns_forward_requests_total", "Counter of requests made per upstream.") {
            for each in upstreams {
                $0.sample(["to": each.to], each.durations.reduce(0) { $0 + $1.seconds.count })
            }
        }
        counter("coredns_forward_responses_total", "Counter of responses received per upstream.") {
            for each in upstreams {
                for (rcode, seconds) in each.durations {
                    $0.sample(["to": each.to, "rcode": rcode], seconds.count)
                }
            }
        }
        histogram("coredns_forward_request_duration_seconds", "Histogram of the time each request took.") {
            for each in upstreams {
                for (rcode, seconds) in each.durations { $0.histogram(["to": each.to, "rcode": rcode], seconds) }
            }
        }
        counter("coredns_forward_healthcheck_failures_total", "Counter of the number of failed healthchecks.") {
            for each in upstreams { $0.sample(["to": each.to], each.healthcheckFailures) }
        }
    }
}
