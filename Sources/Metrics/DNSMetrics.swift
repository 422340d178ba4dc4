/// What one zone of a server block has been asked and has answered (CoreDNS plugin/metrics/vars).
package struct DNSFigures: Sendable {
    /// `dns://:53`
    package var server: String
    /// The zone of the block, not that of the cluster: `.`; `dropped` for what no block took.
    package var zone: String
    package var view = ""
    /// Queries by transport (`udp`, `tcp`), family (1: IPv4, 2: IPv6) and type (`A`; `other` for the rare ones).
    package var requests: [(proto: String, family: Int, type: String, count: Int)] = []
    /// Seconds; buckets `time`.
    package var durations: Histogram?
    /// Octets by transport; buckets `size`.
    package var requestSizes: [(proto: String, octets: Histogram)] = []
    package var responseSizes: [(proto: String, octets: Histogram)] = []
    /// Queries with the DO bit.
    package var dnssecRequests = 0
    /// Answers by `rcodeName` and by the plugin that gave them.
    package var responses: [(rcode: String, plugin: String, count: Int)] = []

    package init(server: String, zone: String) {
        self.server = server
        self.zone = zone
    }

    /// The names that CoreDNS's label has: `NOERROR`, `NXDOMAIN`, `RCODE12`.
    package static func rcodeName(_ rcode: Int) -> String {
        let low = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ]
        let extended = ["BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE"]
        if low.indices.contains(rcode) { return low[rcode] }
        return extended.indices.contains(rcode - 16) ? extended[rcode - 16] : "RCODE\(rcode)"
    }
}

extension PrometheusText {
    /// `coredns_dns_*`.
    package mutating func write(dns blocks: [DNSFigures]) {
        counter("coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.") {
            for block in blocks {
                for request in block.requests {
                    $0.sample(
                        [
                            "server": block.server, "zone": block.zone, "view": block.view, "proto": request.proto,
                            "family": "\(request.family)", "type": request.type,
                        ], request.count)
                }
            }
        }
        histogram(
            "coredns_dns_request_duration_seconds", "Histogram of the time (in seconds) each request took per zone."
        ) {
            for block in blocks {
                guard let durations = block.durations else { continue }
                $0.histogram(["server": block.server, "zone": block.zone, "view": block.view], durations)
            }
        }
        sizes(
            "coredns_dns_request_size_bytes",
            "Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol.",
            blocks, \.requestSizes)
        counter("coredns_dns_do_requests_total", "Counter of DNS requests with DO bit set per zone.") {
            for block in blocks {
                $0.sample(["server": block.server, "zone": block.zone, "view": block.view], block.dnssecRequests)
            }
        }
        sizes(
            "coredns_dns_response_size_bytes", "Size of the returned response in bytes.", blocks, \.responseSizes)
        counter("coredns_dns_responses_total", "Counter of response status codes.") {
            for block in blocks {
                for response in block.responses {
                    $0.sample(
                        [
                            "server": block.server, "zone": block.zone, "view": block.view, "rcode": response.rcode,
                            "plugin": response.plugin,
                        ], response.count)
                }
            }
        }
    }

    private mutating func sizes(
        _ name: String, _ help: String, _ blocks: [DNSFigures],
        _ sizes: (DNSFigures) -> [(proto: String, octets: Histogram)]
    ) {
        histogram(name, help) {
            for block in blocks {
                for (proto, octets) in sizes(block) {
                    $0.histogram(
                        ["server": block.server, "zone": block.zone, "view": block.view, "proto": proto], octets)
                }
            }
        }
    }
}
