import Glibc
import Kubernetes
import Metrics

/// How fresh the registry of a cluster is.
enum ClusterMetrics {
    static func write(_ cluster: KubernetesSource, to text: inout PrometheusText) {
        let watches = cluster.watches
        let now = WatchStatus.now
        text.gauge("clusterdns_watch_live", "Whether the API has told all of a resource, and is watched.") {
            for watch in watches {
                $0.sample(["resource": "\(watch.resource)"], watch.isLive && watch.failure == nil ? 1 : 0)
            }
        }
        text.gauge("clusterdns_watch_age_seconds", "Time since the last event, bookmark or answer of a watch.") {
            for watch in watches {
                guard let sign = watch.lastSign else { continue }
                $0.sample(["resource": "\(watch.resource)"], max(0, now - sign))
            }
        }
        let counters: [(String, String, (WatchStatus) -> Int)] = [
            ("events", "Changes that a watch has told.", { $0.events }),
            ("lists", "Lists that were read to their end; more than one: relists.", { $0.lists }),
            ("failures", "Requests that failed or ended early.", { $0.failures }),
            ("decode_errors", "Objects that could not be read.", { $0.faults }),
        ]
        for (name, help, count) in counters {
            text.counter("clusterdns_watch_\(name)_total", help) {
                for watch in watches { $0.sample(["resource": "\(watch.resource)"], count(watch)) }
            }
        }
        text.gauge("clusterdns_watch_objects", "Objects known of a resource.") {
            for watch in watches { $0.sample(["resource": "\(watch.resource)"], watch.objects) }
        }
        text.gauge("clusterdns_snapshot_age_seconds", "Age of the snapshot that is served until the API confirms it.") {
            if let time = cluster.snapshotTime { $0.sample(Int(max(0, Int64(Glibc.time(nil)) - time))) }
        }
    }
}
