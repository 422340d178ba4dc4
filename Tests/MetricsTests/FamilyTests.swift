import Testing

@testable import Metrics

/// Each family with something of everything in it.
@Suite struct FamilyTests {
    /// name, type, labels, help: as a page of CoreDNS 1.14 has them, or its sources (plugin/*/metrics.go).
    static let coredns: [(String, String, String, String)] = [
        (
            "coredns_build_info", "gauge", "version revision goversion",
            "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built."
        ),
        ("coredns_panics_total", "counter", "", "A metrics that counts the number of panics."),
        (
            "coredns_plugin_enabled", "gauge", "server zone view name",
            "A metric that indicates whether a plugin is enabled on per server and zone basis."
        ),
        (
            "coredns_dns_requests_total", "counter", "server zone view proto family type",
            "Counter of DNS requests made per zone, protocol and family."
        ),
        (
            "coredns_dns_request_duration_seconds", "histogram", "server zone view",
            "Histogram of the time (in seconds) each request took per zone."
        ),
        (
            "coredns_dns_request_size_bytes", "histogram", "server zone view proto",
            "Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol."
        ),
        (
            "coredns_dns_do_requests_total", "counter", "server zone view",
            "Counter of DNS requests with DO bit set per zone."
        ),
        (
            "coredns_dns_response_size_bytes", "histogram", "server zone view proto",
            "Size of the returned response in bytes."
        ),
        (
            "coredns_dns_responses_total", "counter", "server zone view rcode plugin",
            "Counter of response status codes."
        ),
        ("coredns_cache_entries", "gauge", "server type zones view", "The number of elements in the cache."),
        ("coredns_cache_requests_total", "counter", "server zones view", "The count of cache requests."),
        ("coredns_cache_hits_total", "counter", "server type zones view", "The count of cache hits."),
        (
            "coredns_cache_misses_total", "counter", "server zones view",
            "The count of cache misses. Deprecated, derive misses from cache hits/requests counters."
        ),
        (
            "coredns_cache_prefetch_total", "counter", "server zones view",
            "The number of times the cache has prefetched a cached item."
        ),
        (
            "coredns_cache_drops_total", "counter", "server zones view",
            "The number responses that are not cached, because the reply is malformed."
        ),
        (
            "coredns_cache_served_stale_total", "counter", "server zones view",
            "The number of requests served from stale cache entries."
        ),
        ("coredns_cache_evictions_total", "counter", "server type zones view", "The count of cache evictions."),
        (
            "coredns_forward_healthcheck_broken_total", "counter", "",
            "Counter of the number of complete failures of the healthchecks."
        ),
        (
            "coredns_forward_max_concurrent_rejects_total", "counter", "",
            "Counter of the number of queries rejected because the concurrent queries were at maximum."
        ),
        (
            "coredns_proxy_request_duration_seconds", "histogram", "proxy_name to rcode",
            "Histogram of the time each request took."
        ),
        (
            "coredns_proxy_healthcheck_failures_total", "counter", "proxy_name to",
            "Counter of the number of failed healthchecks."
        ),
        (
            "coredns_proxy_conn_cache_hits_total", "counter", "proxy_name to proto",
            "Counter of connection cache hits per upstream and protocol."
        ),
        (
            "coredns_proxy_conn_cache_misses_total", "counter", "proxy_name to proto",
            "Counter of connection cache misses per upstream and protocol."
        ),
        // The four that CoreDNS had until 1.10.
        ("coredns_forward_requests_total", "counter", "to", "Counter of requests made per upstream."),
        ("coredns_forward_responses_total", "counter", "to rcode", "Counter of responses received per upstream."),
        (
            "coredns_forward_request_duration_seconds", "histogram", "to rcode",
            "Histogram of the time each request took."
        ),
        (
            "coredns_forward_healthcheck_failures_total", "counter", "to",
            "Counter of the number of failed healthchecks."
        ),
        (
            "coredns_health_request_duration_seconds", "histogram", "",
            "Histogram of the time (in seconds) each request took."
        ),
        (
            "coredns_health_request_failures_total", "counter", "",
            "The number of times the health check failed."
        ),
        ("coredns_reload_failed_total", "counter", "", "Counter of the number of failed reload attempts."),
        (
            "coredns_reload_version_info", "gauge", "hash value",
            "A metric with a constant '1' value labeled by hash, and value which type of hash generated."
        ),
        (
            "coredns_hosts_entries", "gauge", "hostsfile", "The combined number of entries in hosts and Corefile."
        ),
        (
            "coredns_hosts_reload_timestamp_seconds", "gauge", "", "The timestamp of the last reload of hosts file."
        ),
        (
            "coredns_kubernetes_dns_programming_duration_seconds", "histogram", "service_kind",
            "Histogram of the time (in seconds) it took to program a dns instance."
        ),
        (
            "coredns_kubernetes_rest_client_request_duration_seconds", "histogram", "verb host",
            "Request latency in seconds. Broken down by verb and host."
        ),
        (
            "coredns_kubernetes_rest_client_rate_limiter_duration_seconds", "histogram", "verb host",
            "Client side rate limiter latency in seconds. Broken down by verb and host."
        ),
        (
            "coredns_kubernetes_rest_client_requests_total", "counter", "code method host",
            "Number of HTTP requests, partitioned by status code, method, and host."
        ),
        (
            "coredns_template_matches_total", "counter", "server zone view class type",
            "Counter of template regex matches."
        ),
        (
            "coredns_template_template_failures_total", "counter", "server zone view class type section template",
            "Counter of go template failures."
        ),
        (
            "coredns_template_rr_failures_total", "counter", "server zone view class type section template",
            "Counter of mis-templated RRs."
        ),
        (
            "coredns_acl_blocked_requests_total", "counter", "server zone view",
            "Counter of DNS requests being blocked."
        ),
        (
            "coredns_acl_filtered_requests_total", "counter", "server zone view",
            "Counter of DNS requests being filtered."
        ),
        (
            "coredns_acl_dropped_requests_total", "counter", "server zone view",
            "Counter of DNS requests being dropped."
        ),
        (
            "coredns_acl_allowed_requests_total", "counter", "server view",
            "Counter of DNS requests being allowed."
        ),
        ("coredns_autopath_success_total", "counter", "server", "Counter of requests that did autopath."),
        (
            "coredns_dns64_requests_translated_total", "counter", "server",
            "Counter of DNS requests translated by dns64."
        ),
        (
            "coredns_local_localhost_requests_total", "counter", "",
            "Counter of special localhost subdomain requests."
        ),
        (
            "coredns_shed_dropped_total", "counter", "server reason",
            "Counter of queries and responses dropped, per server, by reason."
        ),
    ]

    static let page = text { text in
        let server = "dns://:53"
        var dns = DNSFigures(server: server, zone: ".")
        dns.requests = [("udp", 1, "A", 5), ("tcp", 2, "other", 1)]
        dns.durations = Histogram(.time)
        dns.requestSizes = [("udp", Histogram(.size))]
        dns.responseSizes = [("udp", Histogram(.size))]
        dns.responses = [("NOERROR", "kubernetes", 6)]
        text.write(dns: [dns])
        text.write(build: BuildFigures(version: "1.0", revision: "abc", compiler: "swift6.3"))
        text.write(plugins: [PluginFigures(server: server, zone: ".", names: ["kubernetes", "cache"])])
        var cache = CacheFigures(server: server, zones: ".")
        cache.success.hits = 7
        cache.denial.entries = 3
        text.write(caches: [cache])
        var forward = ForwardFigures(server: server, zone: ".")
        forward.broken = 2
        text.write(forwards: [forward, forward])
        var upstream = UpstreamFigures(to: "10.0.0.1:53")
        var seconds = Histogram(.time)
        for _ in 0..<3 { seconds.observe(0.002) }
        upstream.durations = [("NOERROR", seconds), ("SERVFAIL", Histogram(.time))]
        upstream.healthcheckFailures = 4
        upstream.connections = [UpstreamFigures.Connections(proto: "tcp", hits: 5, misses: 6)]
        var other = upstream
        other.proxyName = "grpc"
        text.write(upstreams: [upstream, upstream, other])
        text.write(health: HealthFigures(durations: Histogram(.slimTime), failures: 0))
        text.write(reload: ReloadFigures(hash: "00ff"))
        text.write(hosts: [HostsFigures(file: "a", entries: 1, modified: 5), HostsFigures(file: "", entries: 2)])
        var kubernetes = KubernetesFigures()
        kubernetes.programming = [("cluster_ip", Histogram(.programming))]
        var client = KubernetesFigures.Client(host: "10.96.0.1:443")
        client.durations = [("GET", Histogram(.request))]
        client.heldBack = [("GET", Histogram(.request))]
        client.requests = [("200", "GET", 3)]
        kubernetes.clients = [client]
        text.write(kubernetes: kubernetes)
        var template = TemplateFigures(server: server, zone: "a.", queryClass: "IN", type: "A")
        template.failures = [
            TemplateFigures.Failures(section: "answer", template: "{{ .Name }}", unexpanded: 1, malformed: 2)
        ]
        text.write(templates: [template])
        text.write(acls: [ACLFigures(server: server, zone: "."), ACLFigures(server: server, zone: "a.")])
        var counts = ServerFigures(server: server)
        counts.autopathSuccesses = 1
        counts.dns64Translations = 2
        text.write(servers: [counts, ServerFigures(server: "dns://:54")])
        text.write(localhostRequests: 1)
        text.write(shed: [(server, 3, 4)])
        text.write(load: LoadFigures())
    }

    @Test func allOfCoreDNSs() {
        let families = FamilyTests.page.families.filter { $0.name.hasPrefix("coredns_") }
        #expect(Set(families.map(\.name)) == Set(FamilyTests.coredns.map(\.0)))
    }

    @Test(arguments: coredns.indices)
    func asCoreDNSHasIt(_ index: Int) throws {
        let (name, type, labels, help) = FamilyTests.coredns[index]
        let family = try #require(FamilyTests.page.families.first { $0.name == name })
        #expect(family.type == type)
        #expect(family.labels.joined(separator: " ") == labels)
        #expect(family.help == help)
    }

    @Test func noFamilyStandsTwice() {
        let names = FamilyTests.page.families.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(
        arguments: [
            (
                "coredns_dns_requests_total{server=\"dns://:53\",zone=\".\",view=\"\",proto=\"tcp\",family=\"2\",type=\"other\"}",
                "1"
            ),
            ("coredns_cache_hits_total{server=\"dns://:53\",type=\"success\",zones=\".\",view=\"\"}", "7"),
            ("coredns_cache_entries{server=\"dns://:53\",type=\"denial\",zones=\".\",view=\"\"}", "3"),
            ("coredns_forward_healthcheck_broken_total", "4"),
            // Two lines that forward to one upstream are one series; another plugin's upstreams have no former names.
            (
                "coredns_proxy_request_duration_seconds_count{proxy_name=\"forward\",to=\"10.0.0.1:53\",rcode=\"NOERROR\"}",
                "6"
            ),
            (
                "coredns_proxy_request_duration_seconds_count{proxy_name=\"grpc\",to=\"10.0.0.1:53\",rcode=\"NOERROR\"}",
                "3"
            ),
            ("coredns_forward_requests_total{to=\"10.0.0.1:53\"}", "6"),
            ("coredns_forward_responses_total{to=\"10.0.0.1:53\",rcode=\"SERVFAIL\"}", "0"),
            ("coredns_forward_request_duration_seconds_bucket{to=\"10.0.0.1:53\",rcode=\"NOERROR\",le=\"0.001\"}", "0"),
            ("coredns_forward_request_duration_seconds_bucket{to=\"10.0.0.1:53\",rcode=\"NOERROR\",le=\"0.002\"}", "6"),
            ("coredns_forward_healthcheck_failures_total{to=\"10.0.0.1:53\"}", "8"),
            ("coredns_proxy_conn_cache_misses_total{proxy_name=\"grpc\",to=\"10.0.0.1:53\",proto=\"tcp\"}", "6"),
            ("coredns_hosts_entries{hostsfile=\"\"}", "2"),
            ("coredns_hosts_reload_timestamp_seconds", "5"),
            ("coredns_shed_dropped_total{server=\"dns://:53\",reason=\"response\"}", "4"),
            ("coredns_autopath_success_total{server=\"dns://:53\"}", "1"),
            ("coredns_autopath_success_total{server=\"dns://:54\"}", nil),
            ("clusterdns_upstream_up{proxy_name=\"forward\",to=\"10.0.0.1:53\"}", "1"),
            ("clusterdns_reload_current", "1"),
        ] as [(String, String?)])
    func whatWasFilledIn(_ series: String, _ value: String?) {
        #expect(FamilyTests.page.samples[series] == value)
    }

    @Test func anUpstreamThatIsCutIsNotUp() {
        var upstream = UpstreamFigures(to: "a")
        upstream.isCut = true
        let page = text { $0.write(upstreams: [upstream]) }
        #expect(page.samples["clusterdns_upstream_up{proxy_name=\"forward\",to=\"a\"}"] == "0")
        #expect(page.samples["clusterdns_upstream_loop_cut{proxy_name=\"forward\",to=\"a\"}"] == "1")
    }

    @Test(arguments: [
        (0, "NOERROR"), (2, "SERVFAIL"), (11, "RCODE11"), (16, "BADVERS"), (23, "BADCOOKIE"), (24, "RCODE24"),
    ])
    func namesOfRcodes(_ rcode: Int, _ name: String) {
        #expect(DNSFigures.rcodeName(rcode) == name)
    }
}
