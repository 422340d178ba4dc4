/// What is running.
package struct BuildFigures: Sendable {
    /// `1.14.7`
    package var version: String
    /// The commit; empty where it is not known.
    package var revision: String
    /// What compiled it, where CoreDNS names Go: `swift6.3`.
    package var compiler: String

    package init(version: String, revision: String, compiler: String) {
        self.version = version
        self.revision = revision
        self.compiler = compiler
    }
}

/// What became of the Corefiles that were read after the first (CoreDNS plugin/reload/metrics.go).
package struct ReloadFigures: Sendable {
    package var applied = 0
    package var failed = 0
    /// Whether what lies on disk is what is served.
    package var isCurrent = true
    /// The SHA-512 of the Corefile that is served, with its imports, in hexadecimal.
    package var hash: String

    package init(hash: String) { self.hash = hash }
}

/// What `/health` found, asked by the process itself each second (CoreDNS plugin/health/overloaded.go).
package struct HealthFigures: Sendable {
    /// Seconds; buckets `slimTime`.
    package var durations: Histogram
    package var failures: Int

    package init(durations: Histogram, failures: Int) {
        self.durations = durations
        self.failures = failures
    }
}

/// Queries that a worker could not answer in place, and what was lost on the way.
package struct LoadFigures: Sendable {
    /// Queries that left the workers: now, at most, and since the start.
    package var late = 0
    package var lateLimit = 0
    package var lateTotal = 0
    /// Queries refused because `lateLimit` were under way.
    package var lateRejected = 0
    /// Lines of the query log for which there was no room.
    package var logLinesDropped = 0

    package init() {}
}

extension PrometheusText {
    /// `coredns_build_info`, and `coredns_panics_total`: there is nothing here that goes on after a fault, so that is 0.
    package mutating func write(build: BuildFigures) {
        gauge(
            "coredns_build_info",
            "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built."
        ) {
            $0.sample(["version": build.version, "revision": build.revision, "goversion": build.compiler], 1)
        }
        counter("coredns_panics_total", "A metrics that counts the number of panics.") { $0.sample(0) }
    }

    /// `coredns_reload_*`, `clusterdns_reload_*`.
    package mutating func write(reload: ReloadFigures) {
        counter("coredns_reload_failed_total", "Counter of the number of failed reload attempts.") {
            $0.sample(reload.failed)
        }
        gauge(
            "coredns_reload_version_info",
            "A metric with a constant '1' value labeled by hash, and value which type of hash generated."
        ) { $0.sample(["hash": "sha512", "value": reload.hash], 1) }
        counter("clusterdns_reload_applied_total", "Corefiles that took the place of the one served before.") {
            $0.sample(reload.applied)
        }
        gauge("clusterdns_reload_current", "Whether the Corefile on disk is the one that is served.") {
            $0.sample(reload.isCurrent ? 1 : 0)
        }
    }

    /// `coredns_health_*`.
    package mutating func write(health: HealthFigures) {
        histogram(
            "coredns_health_request_duration_seconds", "Histogram of the time (in seconds) each request took."
        ) { $0.histogram(health.durations) }
        counter("coredns_health_request_failures_total", "The number of times the health check failed.") {
            $0.sample(health.failures)
        }
    }

    /// `clusterdns_late_*`, `clusterdns_log_lines_dropped_total`.
    package mutating func write(load: LoadFigures) {
        gauge("clusterdns_late_queries", "Queries that wait for more than the worker has.") { $0.sample(load.late) }
        gauge("clusterdns_late_queries_limit", "Queries that may wait at a time.") { $0.sample(load.lateLimit) }
        counter("clusterdns_late_queries_total", "Queries that a worker could not answer in place.") {
            $0.sample(load.lateTotal)
        }
        counter("clusterdns_late_queries_rejected_total", "Queries refused because too many waited.") {
            $0.sample(load.lateRejected)
        }
        counter("clusterdns_log_lines_dropped_total", "Lines of the query log for which there was no room.") {
            $0.sample(load.logLinesDropped)
        }
    }

    /// `coredns_shed_dropped_total` (CoreDNS plugin/shed): queries for which a socket had no room, answers that the kernel
    /// did not take.
    package mutating func write(shed: [(server: String, queries: Int, responses: Int)]) {
        counter(
            "coredns_shed_dropped_total", "Counter of queries and responses dropped, per server, by reason."
        ) {
            for each in shed {
                $0.sample(["server": each.server, "reason": "query"], each.queries)
                $0.sample(["server": each.server, "reason": "response"], each.responses)
            }
        }
    }
}
