/// How the registry follows the cluster (CoreDNS plugin/kubernetes/metrics.go, object/metrics.go).
package struct KubernetesFigures: Sendable {
    /// Seconds from an endpoint's change to its being served, by `cluster_ip`, `headless_with_selector`,
    /// `headless_without_selector`; buckets `programming`.
    package var programming: [(serviceKind: String, seconds: Histogram)] = []
    /// Requests to APIs.
    package var clients: [Client] = []

    package struct Client: Sendable {
        /// `10.96.0.1:443`
        package var host: String
        /// Seconds by verb (`GET`); buckets `request`.
        package var durations: [(verb: String, seconds: Histogram)] = []
        /// Seconds that requests were held back here; buckets `request`.
        package var heldBack: [(verb: String, seconds: Histogram)] = []
        /// By status (`200`, `<error>` where none came) and method.
        package var requests: [(code: String, method: String, count: Int)] = []

        package init(host: String) { self.host = host }
    }

    package init() {}
}

extension PrometheusText {
    /// `coredns_kubernetes_*`.
    package mutating func write(kubernetes: KubernetesFigures) {
        histogram(
            "coredns_kubernetes_dns_programming_duration_seconds",
            "Histogram of the time (in seconds) it took to program a dns instance."
        ) {
            for (kind, seconds) in kubernetes.programming { $0.histogram(["service_kind": kind], seconds) }
        }
        histogram(
            "coredns_kubernetes_rest_client_request_duration_seconds",
            "Request latency in seconds. Broken down by verb and host."
        ) {
            for client in kubernetes.clients {
                for (verb, seconds) in client.durations {
                    $0.histogram(["verb": verb, "host": client.host], seconds)
                }
            }
        }
        histogram(
            "coredns_kubernetes_rest_client_rate_limiter_duration_seconds",
            "Client side rate limiter latency in seconds. Broken down by verb and host."
        ) {
            for client in kubernetes.clients {
                for (verb, seconds) in client.heldBack {
                    $0.histogram(["verb": verb, "host": client.host], seconds)
                }
            }
        }
        counter(
            "coredns_kubernetes_rest_client_requests_total",
            "Number of HTTP requests, partitioned by status code, method, and host."
        ) {
            for client in kubernetes.clients {
                for (code, method, count) in client.requests {
                    $0.sample(["code": code, "method": method, "host": client.host], count)
                }
            }
        }
    }
}
