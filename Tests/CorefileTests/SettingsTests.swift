import DNSWire
import Findings
import Foundation
import NetworkAddress
import Testing

@testable import Corefile

/// The only plugin of `. { … }`.
private func settings(_ lines: String) throws -> PluginSettings {
    let block = try #require(try Corefile.parse(".:53 {\n\(lines)\n}").blocks.first)
    return try #require(block.plugins.count == 1 ? block.plugins[0] : nil)
}

@Suite struct SettingsTests {
    @Test func observing() throws {
        var log = LogSettings()
        log.names = [try DomainName("a.test"), try DomainName("b.test")]
        log.format = LogSettings.commonFormat + " \"{>opcode}\" {/kubernetes/namespace}"
        log.classes = [.denial, .error]
        #expect(
            try settings("log A.test b.test \"{combined} {/kubernetes/namespace}\" {\n class denial\n class error\n}")
                == .log(log))
        var errors = ErrorsSettings()
        errors.hasStacktrace = true
        errors.consolidations = [ErrorsSettings.Consolidation(period: .seconds(5), pattern: "x")]
        errors.consolidations[0].level = .info
        errors.consolidations[0].showsFirst = true
        #expect(try settings("errors stdout {\n stacktrace\n consolidate 5s x info show_first\n}") == .errors(errors))
        var ready = ReadySettings()
        ready.address = PageAddress(host: "::1", port: 9)
        ready.monitor = .continuously
        #expect(try settings("ready [::1]:9 {\n monitor continuously\n}") == .ready(ready))
        var pprof = PprofSettings()
        pprof.address = PageAddress(port: 6060)
        #expect(try settings("pprof :6060 { block 5 }") == .pprof(pprof))
        #expect(try settings("prometheus") == .prometheus(PrometheusSettings()))
        var reload = ReloadSettings()
        reload.interval = .seconds(10)
        reload.jitter = .seconds(5)
        #expect(try settings("reload 10s 9s") == .reload(reload))
        reload = ReloadSettings()
        reload.isOff = true
        #expect(try settings("reload off") == .reload(reload))
    }

    @Test func cache() throws {
        var cache = CacheSettings()
        cache.zones = [try DomainName("a.test"), try DomainName("10.in-addr.arpa")]
        cache.success = .init(maxTTL: 600)
        cache.success.capacity = 100
        cache.success.minTTL = 1
        cache.denial.maxTTL = 60
        cache.denial.capacity = 50
        cache.prefetch = .init(amount: 3)
        cache.prefetch?.duration = .seconds(30)
        cache.prefetch?.percentage = 25
        cache.serveStale = .init()
        cache.serveStale?.duration = .seconds(7200)
        cache.serveStale?.mode = .verify
        cache.serveStale?.verifyTimeout = .milliseconds(200)
        cache.servfailTTL = 1
        cache.disabledDenial = [.root]
        cache.keepsTTL = true
        let text = """
            cache 60 a.test 10.0.0.0/8 {
                success 100 600 1
                denial 50
                prefetch 3 30s 25%
                serve_stale 2h Verify 200ms
                servfail 500ms
                disable denial
                keepttl
            }
            """
        #expect(try settings(text) == .cache(cache))
        guard case .cache(let plain) = try settings("cache { prefetch 0 }") else { throw Unexpected() }
        #expect(plain.success.maxTTL == 3600 && plain.denial.maxTTL == 1800 && plain.prefetch == nil)
    }

    @Test func kubernetes() throws {
        var kubernetes = KubernetesSettings()
        kubernetes.zones = [.cluster, try DomainName("10.in-addr.arpa")]
        kubernetes.endpoint = "https://a:6443"
        kubernetes.tls = .init(certificate: "c", key: "k", authority: "a")
        kubernetes.kubeconfig = "config"
        kubernetes.context = "prod"
        kubernetes.namespaceLabels = "env in (a, b)"
        kubernetes.labels = "app=x"
        kubernetes.pods = .verified
        kubernetes.usesEndpointPodNames = true
        kubernetes.ttl = 60
        kubernetes.fallsThrough = .all
        kubernetes.ignoresEmptyServices = true
        kubernetes.isZonal = true
        kubernetes.startupTimeout = .seconds(90)
        kubernetes.isCoreDNSCompatible = true
        let text = """
            kubernetes Cluster.local 10.0.0.0/8 {
                endpoint https://a:6443 https://b:6443
                tls c k a
                kubeconfig config prod
                namespace_labels env in (a, b)
                labels app=x
                pods verified
                endpoint_pod_names
                ttl 60
                fallthrough
                ignore empty_service
                zonal
                startup_timeout 1m30s
                compat coredns
                upstream
                resyncperiod 5m
                apiserver_qps 5.5
            }
            """
        #expect(try settings(text) == .kubernetes(kubernetes))
        let findings = try Corefile.parse(". {\n\(text)\n}").findings
        #expect(
            findings.filter { $0.code == "CFG011" }.map { "\($0.severity) \($0.place!.line)" } == [
                "warning 3", "warning 16", "warning 17", "info 18",
            ])
        var embedded = KubernetesSettings()
        embedded.zones = [.cluster]
        embedded.namespaces = ["a", "b"]
        embedded.ignoresEndpoints = true
        embedded.manifests = ["/tmp"]
        embedded.state = "state"
        embedded.serviceCIDRs = [CIDR("10.96.0.0/12")!]
        embedded.podCIDRs = [CIDR("10.0.0.0/16")!, CIDR("fd00::/64")!]
        #expect(
            try settings(
                """
                kubernetes cluster.local {
                    namespaces a b a
                    noendpoints
                    manifests /tmp
                    state state
                    service_cidr 10.96.0.0/12
                    pod_cidr 10.0.0.0/16 fd00::/64
                }
                """) == .kubernetes(embedded))
    }

    @Test func forward() throws {
        var forward = ForwardSettings(
            from: try DomainName("10.in-addr.arpa"),
            to: [
                .server(UpstreamAddress(address: IPAddress("10.0.0.1")!)),
                .server(UpstreamAddress(address: IPAddress("2001:db8::1")!, port: 5353)),
                .server(UpstreamAddress(transport: .tls, address: IPAddress("9.9.9.9")!, serverName: "dns.quad9.net")),
                .server(
                    UpstreamAddress(
                        transport: .tls, address: IPAddress("2620:fe::9")!, port: 8853, serverName: "dns.quad9.net")),
                .server(UpstreamAddress(address: IPAddress("fe80::1")!)),
            ])
        forward.except = [try DomainName("a.test"), .cluster]
        forward.forcesTCP = true
        forward.prefersUDP = true
        forward.expire = .seconds(20)
        forward.maxFails = 0
        forward.maxIdleConnections = 7
        forward.policy = .roundRobin
        forward.healthCheck.interval = .milliseconds(250)
        forward.healthCheck.recursionDesired = false
        forward.healthCheck.domain = try DomainName("probe.test")
        forward.maxConcurrent = 10
        forward.next = [.nxDomain, .refused]
        forward.failover = [.servFail]
        forward.readTimeout = .milliseconds(1500)
        forward.sourceAddress = IPAddress("10.0.0.9")
        let text = """
            forward 10.0.0.0/8 10.0.0.1 dns://[2001:db8::1]:5353 tls://9.9.9.9%dns.quad9.net \
                tls://[2620:fe::9%dns.quad9.net]:8853 10.0.0.1:53 fe80::1%eth0 {
                except a.test
                except cluster.local
                force_tcp
                prefer_udp
                expire 20s
                max_fails 0
                max_idle_conns 7
                policy round_robin
                health_check 250ms no_rec domain probe.test
                max_concurrent 10
                next NXDOMAIN refused
                failover SERVFAIL
                failfast_all_unhealthy_upstreams
                read_timeout 1.5s
                source_address 10.0.0.9
                resolver 10.0.0.1
                max_age 1m
            }
            """
        #expect(try settings(text) == .forward(forward))
    }

    @Test func forwardTLS() throws {
        func tls(_ arguments: String) throws -> ForwardSettings.TLS? {
            guard case .forward(let forward) = try settings("forward . tls://9.9.9.9 {\n tls \(arguments)\n}") else {
                throw Unexpected()
            }
            return forward.tls
        }
        #expect(try tls("") == .init())
        #expect(try tls("ca") == .init(authority: "ca"))
        #expect(try tls("cert key") == .init(certificate: "cert", key: "key"))
        #expect(try tls("cert key ca") == .init(certificate: "cert", key: "key", authority: "ca"))
    }

    @Test func severalForwards() throws {
        let plugins = try Corefile.parse(". {\n forward . 10.0.0.2\n errors\n forward a.test 10.0.0.1\n}").blocks[0]
            .plugins
        #expect(
            plugins == [
                .errors(ErrorsSettings()),
                .forward(ForwardSettings(from: .root, to: [.server(UpstreamAddress(address: IPAddress("10.0.0.2")!))])),
                .forward(
                    ForwardSettings(
                        from: try DomainName("a.test"), to: [.server(UpstreamAddress(address: IPAddress("10.0.0.1")!))])
                ),
            ])
    }

    @Test func answering() throws {
        var file = FileSettings(file: "/zones/db.a")
        file.zones = [try DomainName("a.test")]
        file.reload = .zero
        file.fallsThrough = .zones([try DomainName("b.a.test")])
        #expect(
            try settings("root /zones\nfile db.a a.test {\n reload 0\n fallthrough b.a.test\n reload_by_mtime\n}")
                == .file(file))
        var hosts = HostsSettings()
        hosts.file = "/none/hosts"
        hosts.zones = [try DomainName("a.test")]
        hosts.inline = ["10.0.0.1 a b", "fd00::1 c", "fe80::1%eth0 d"]
        hosts.ttl = 60
        hosts.reload = .seconds(15)
        hosts.hasReverse = false
        #expect(
            try settings(
                """
                hosts /none/hosts a.test {
                    10.0.0.1 a  b # two
                    fd00::1 c
                    fe80::1%eth0 d
                    ttl 60
                    reload 15s
                    no_reverse
                }
                """) == .hosts(hosts))
        var autopath = AutopathSettings(source: .resolvConf("/etc/resolv.conf"))
        autopath.zones = [.cluster]
        #expect(try settings("autopath cluster.local /etc/resolv.conf") == .autopath(autopath))
        autopath.source = .kubernetes
        #expect(try settings("autopath cluster.local @kubernetes") == .autopath(autopath))
        var dns64 = DNS64Settings()
        dns64.prefix = CIDR("64:ff9b:1::/48")!
        dns64.translatesAll = true
        dns64.allowsIPv4 = true
        #expect(
            try settings("dns64 {\n prefix 64:ff9b:1::/48\n translate_all\n allow_ipv4\n}") == .dns64(dns64))
        var chaos = ChaosSettings()
        chaos.version = "1.0"
        chaos.authors = ["a", "b"]
        #expect(try settings("chaos 1.0 b a b") == .chaos(chaos))
        var nsid = NSIDSettings()
        nsid.data = "node 1"
        #expect(try settings("nsid node 1") == .nsid(nsid))
        let block = try Corefile.parse(
            "a.test {\n k8s_external b.test {\n apex ns\n ttl 30\n headless\n fallthrough\n }\n kubernetes\n}"
        ).blocks[0]
        var external = K8sExternalSettings()
        external.zones = [try DomainName("b.test")]
        external.apex = "ns"
        external.ttl = 30
        external.isHeadless = true
        external.fallsThrough = .all
        var kubernetes = KubernetesSettings()
        kubernetes.zones = [try DomainName("a.test")]
        #expect(block.plugins == [.k8sExternal(external), .kubernetes(kubernetes)])
    }

    @Test func passing() throws {
        var acl = ACLSettings()
        acl.zones = [try DomainName("a.test")]
        var allow = ACLSettings.Policy(action: .allow)
        allow.sources = [CIDR("10.0.0.0/8")!, CIDR("192.168.1.1/32")!, CIDR("fd00::1/128")!]
        var block = ACLSettings.Policy(action: .block)
        block.types = [.any, .axfr]
        acl.policies = [allow, block, .init(action: .filter), .init(action: .drop)]
        #expect(
            try settings(
                """
                acl a.test {
                    ALLOW net 10.0.0.0/8 192.168.1.1 fd00::1
                    block type ANY AXFR net *
                    filter
                    drop net 10.0.0.1 *
                }
                """) == .acl(acl))
        var bind = BindSettings()
        bind.addresses = ["lo", "10.0.0.1"]
        bind.except = ["127.0.0.1"]
        #expect(try settings("bind lo 10.0.0.1 { except 127.0.0.1 }") == .bind(bind))
        var bufsize = BufsizeSettings()
        bufsize.size = 512
        #expect(try settings("bufsize 512") == .bufsize(bufsize))
        var balance = LoadbalanceSettings()
        balance.policy = .weighted(file: "/w", reload: .seconds(10))
        balance.prefer = [CIDR("10.0.0.0/8")!]
        #expect(
            try settings("loadbalance weighted /w {\n reload 10s\n prefer 10.0.0.0/8\n}") == .loadbalance(balance))
    }

    @Test func template() throws {
        var template = TemplateSettings()
        template.recordClass = .in
        template.type = .a
        template.zones = [try DomainName("a.test"), try DomainName("b.test")]
        template.match = ["^x", "^y"]
        template.answer = ["{{ .Name }} 60 IN A 10.0.0.1", "{{ .Name }} 60 IN A 10.0.0.2"]
        template.additional = ["x"]
        template.authority = ["{{ .Zone }} 60 {{ .Class }} SOA"]
        template.rcode = .notImp
        template.extendedError = (21, "not here")
        template.fallsThrough = .zones([try DomainName("b.test")])
        #expect(
            try settings(
                """
                template IN A a.test b.test {
                    match ^x ^y
                    answer "{{ .Name }} 60 IN A 10.0.0.1"
                    answer "{{ .Name }} 60 IN A 10.0.0.2"
                    additional x
                    authority "{{ .Zone }} 60 {{ .Class }} SOA"
                    rcode NOTIMP
                    ederror 21 "not here"
                    fallthrough b.test
                }
                """) == .template(template))
    }

    /// Accepted, without effect: nothing is made of them, and one info says so.
    @Test func withoutEffect() throws {
        let corefile = try Corefile.parse(
            """
            . {
                cancel 1s
                multisocket 2
                timeouts {
                    read 5s
                    idle 10
                    maxtcpqueries -1
                }
                shed
                pprof
                debug
            }
            """)
        #expect(corefile.blocks[0].plugins == [.timeouts, .debug, .pprof(PprofSettings())])
        #expect(corefile.findings.filter { $0.code == "CFG011" }.map(\.place!.line) == [2, 3, 4, 9, 10])
    }

    @Test func order() throws {
        let lines = PluginNames.known.filter { $0 != "root" }.reversed().map { name in
            switch name {
            case "acl": "acl {\n allow\n}"
            case "timeouts": "timeouts {\n read 1s\n}"
            case "autopath": "autopath @kubernetes"
            case "bind": "bind 127.0.0.1"
            case "file": "file x"
            case "forward": "forward . 10.0.0.1"
            case "rewrite": "rewrite type A AAAA"
            case "template": "template ANY ANY"
            case "kubernetes": "kubernetes cluster.local"
            default: name
            }
        }
        let plugins = try Corefile.parse(". {\n\(lines.joined(separator: "\n"))\n}").blocks[0].plugins
        let names = plugins.map { String("\($0)".prefix { $0 != "(" }) }
        #expect(
            names == [
                "metadata", "timeouts", "reload", "nsid", "bufsize", "bind", "debug", "ready", "health", "pprof",
                "prometheus", "errors", "log", "local", "dns64", "any", "chaos", "loadbalance", "rewrite", "autopath",
                "acl", "cache", "minimal", "template", "hosts", "k8sExternal", "kubernetes", "file", "loop", "forward",
                "whoami",
            ])
    }

    @Test(arguments: [
        ("0", 0), ("5s", 5_000), ("1h30m", 5_400_000), ("1.5h", 5_400_000), ("300ms", 300), ("-2s", -2_000),
        ("+.5s", 500), ("1m1s1ms", 61_001), ("1.s", 1_000),
    ]) func durations(_ text: String, _ milliseconds: Int) {
        #expect(goDuration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "5", "s", "-", "1.2.3s", "5 s", "5x", ".s", "1e3s", "99999999999999999999h", "٣s"])
    func noDurations(_ text: String) { #expect(goDuration(text) == nil) }

    @Test func microseconds() {
        #expect(goDuration("7us") == .microseconds(7))
        #expect(goDuration("7µs") == .microseconds(7))
        #expect(goDuration("9ns") == .nanoseconds(9))
    }
}

struct Unexpected: Error {}
