import DNSWire
import Findings
import Foundation
import NetworkAddress
import TestSupport
import Testing

@testable import Corefile

@Suite struct FixtureTests {
    static let cluster = [DomainName.cluster, .inAddrArpa, .ip6Arpa]

    @Test(arguments: Fixtures.names) func loads(_ name: String) throws {
        let corefile = try Fixtures.load(name)
        #expect(!corefile.blocks.isEmpty)
        #expect(corefile.files.first == Fixtures.path(name))
        // Infos, and files that are on their hosts only.
        let unexpected = corefile.findings.filter { $0.severity > .info && !$0.message.hasPrefix("there is no file") }
        #expect(unexpected.filter { $0.code != FindingCode.forwardsToItself.rawValue } == [])
    }

    /// What is written out again is the same Corefile.
    @Test(arguments: Fixtures.names) func textIsStable(_ name: String) throws {
        let corefile = try Fixtures.load(name)
        let again = try Corefile.parse(corefile.text)
        #expect(again.text == corefile.text)
        #expect(again.blocks.map(\.plugins) == corefile.blocks.map(\.plugins))
    }

    @Test func kubeadm() throws {
        let block = try #require(try Fixtures.load("kubeadm").blocks.first)
        #expect(block.keys.map(\.zone) == [.root])
        #expect(block.keys.map(\.port) == [53])
        var health = HealthSettings()
        health.lameduck = .seconds(5)
        var prometheus = PrometheusSettings()
        prometheus.address = PageAddress(port: 9153)
        var cache = CacheSettings()
        cache.zones = [.root]
        cache.success.maxTTL = 30
        cache.denial.maxTTL = 30
        cache.disabledSuccess = [.cluster]
        cache.disabledDenial = [.cluster]
        var kubernetes = KubernetesSettings()
        kubernetes.zones = Self.cluster
        kubernetes.pods = .insecure
        kubernetes.fallsThrough = .zones([.inAddrArpa, .ip6Arpa])
        kubernetes.ttl = 30
        var forward = ForwardSettings(from: .root, to: [.resolvConf("/etc/resolv.conf")])
        forward.maxConcurrent = 1000
        #expect(
            block.plugins == [
                .reload(ReloadSettings()), .ready(ReadySettings()), .health(health), .prometheus(prometheus),
                .errors(ErrorsSettings()), .loadbalance(LoadbalanceSettings()), .cache(cache), .kubernetes(kubernetes),
                .loop, .forward(forward),
            ])
    }

    @Test func minikube() throws {
        let block = try #require(try Fixtures.load("minikube").blocks.first)
        var hosts = HostsSettings()
        hosts.zones = [.root]
        hosts.inline = ["192.168.49.1 host.minikube.internal"]
        hosts.fallsThrough = .all
        #expect(block.plugins.contains(.hosts(hosts)))
        #expect(block.plugins.contains(.log(LogSettings())))
    }

    @Test func k3s() throws {
        let corefile = try Fixtures.load("k3s")
        #expect(corefile.blocks.map { $0.keys[0].zone } == [.root, try DomainName("company.test")])
        var log = LogSettings()
        log.classes = [.error]
        #expect(corefile.blocks[0].plugins.contains(.log(log)))
        let folder = Fixtures.folder + "/k3s/custom/"
        #expect(
            corefile.files == [
                Fixtures.path("k3s"), folder + "*.override", folder + "log.override", folder + "*.server",
                folder + "company.server",
            ])
        #expect(corefile.blocks[1].place.file == folder + "company.server")
        #expect(
            corefile.blocks[1].plugins.last
                == .forward(
                    ForwardSettings(
                        from: .root, to: [.server(UpstreamAddress(address: try #require(IPAddress("10.0.0.53"))))])))
    }

    @Test func k3sWithoutCustomFiles() throws {
        let folder = try TestFolder()
        let path = try folder.write("Corefile", try Fixtures.text("k3s"))
        let corefile = try Corefile.load(path: path, environment: [:])
        #expect(corefile.blocks.count == 1)
        #expect(corefile.findings.filter { $0.message.hasPrefix("no file matches") }.map(\.severity) == [.info, .info])
    }

    @Test func aks() throws {
        let block = try #require(try Fixtures.load("aks").blocks.first)
        var cloudapp = TemplateSettings()
        cloudapp.zones = [try DomainName("internal.cloudapp.net")]
        cloudapp.match = [#"^(?:[^.]+\.){4,}internal\.cloudapp\.net\.$"#]
        cloudapp.rcode = .nxDomain
        cloudapp.fallsThrough = .all
        var reddog = TemplateSettings()
        reddog.zones = [try DomainName("reddog.microsoft.com")]
        reddog.rcode = .nxDomain
        let templates = block.plugins.filter { if case .template = $0 { true } else { false } }
        #expect(templates == [.template(cloudapp), .template(reddog)])
        #expect(
            block.plugins.contains(
                .rewrite(
                    RewriteSettings(
                        change: .name(
                            .substring("apps.example.com."), with: "default.svc.cluster.local.", answers: [])))))
    }

    @Test func aksLocalDNS() throws {
        let blocks = try Fixtures.load("aks-localdns").blocks
        #expect(blocks.count == 5)
        var bind = BindSettings()
        bind.addresses = ["169.254.10.10", "169.254.10.11"]
        #expect(blocks[0].plugins == [.bind(bind), .whoami])
        var cache = CacheSettings()
        cache.zones = [.root]
        cache.success.maxTTL = 3600
        cache.denial.maxTTL = 3600
        cache.servfailTTL = 0
        cache.serveStale = CacheSettings.ServeStale()
        #expect(blocks[1].plugins.contains(.cache(cache)))
        cache.zones = [.cluster]
        cache.serveStale?.mode = .verify
        #expect(blocks[2].plugins.contains(.cache(cache)))
        var ready = ReadySettings()
        ready.address = PageAddress(host: "169.254.10.11", port: 8181)
        #expect(blocks[3].plugins.contains(.ready(ready)))
        var nsid = NSIDSettings()
        nsid.data = "localdns-pod"
        #expect(blocks[4].plugins.contains(.nsid(nsid)))
    }

    @Test func openshift() throws {
        let blocks = try Fixtures.load("openshift").blocks
        var forward = ForwardSettings(
            from: .root,
            to: [.server(UpstreamAddress(transport: .tls, address: try #require(IPAddress("3.3.3.3"))))])
        forward.tlsServerName = "dns.example.com"
        forward.tls = ForwardSettings.TLS(authority: "/etc/pki/example.com-ca/ca-bundle.crt")
        #expect(blocks[1].plugins.last == .forward(forward))
        #expect(blocks[3].plugins == [.chaos(ChaosSettings())])
        #expect(blocks[3].keys[0].port == 5353)
        var cache = CacheSettings()
        cache.zones = [.root]
        cache.success.maxTTL = 900
        cache.denial.maxTTL = 30
        #expect(blocks[2].plugins.contains(.cache(cache)))
        var aaaa = TemplateSettings()
        aaaa.type = .aaaa
        aaaa.zones = [.root]
        aaaa.recordClass = nil
        #expect(blocks[2].plugins.contains(.template(aaaa)))
    }

    @Test func gardener() throws {
        let block = try #require(try Fixtures.load("gardener").blocks.first)
        let labels = #"(^(?:[^\.]+\.)+)"#
        let back = labels + #"svc\.cluster\.local\.$"#
        #expect(
            block.plugins.contains(
                .rewrite(
                    RewriteSettings(
                        change: .name(
                            .regex(labels + #"svc\.foo\.svc\.cluster\.local\.$"#), with: "{1}svc.cluster.local.",
                            answers: [
                                .name(back, "{1}svc.foo.svc.cluster.local."),
                                .value(back, "{1}svc.foo.svc.cluster.local."),
                            ])))))
    }

    @Test func kubespray() throws {
        let blocks = try Fixtures.load("kubespray").blocks
        #expect(blocks[0].keys.map(\.port) == [53, 53])
        #expect(
            blocks[0].plugins.contains(
                .rewrite(
                    RewriteSettings(
                        change: .name(.suffix(".example.com."), with: ".internal.example.com.", answers: [.auto])))))
        var errors = ErrorsSettings()
        errors.consolidations = [
            ErrorsSettings.Consolidation(period: .seconds(300), pattern: ".* i/o timeout$"),
            ErrorsSettings.Consolidation(period: .seconds(30), pattern: "^Failed to .+"),
        ]
        errors.consolidations[0].level = .warning
        #expect(blocks[1].plugins.contains(.errors(errors)))
        var external = K8sExternalSettings()
        external.zones = [try DomainName("external.example")]
        #expect(blocks[1].plugins.contains(.k8sExternal(external)))
        let cache = try #require(
            blocks[1].plugins.compactMap { if case .cache(let cache) = $0 { cache } else { nil } }.first)
        var prefetch = CacheSettings.Prefetch(amount: 10)
        prefetch.percentage = 20
        #expect(cache.prefetch == prefetch)
    }

    @Test func nodeLocal() throws {
        let blocks = try Fixtures.load("nodelocal").blocks
        #expect(blocks.map { $0.keys[0].zone } == [.cluster, .inAddrArpa, .ip6Arpa, .root])
        var health = HealthSettings()
        health.address = PageAddress(host: "169.254.20.10", port: 8080)
        #expect(blocks[0].plugins.contains(.health(health)))
        // As it is shipped, with the placeholders that node-cache fills in.
        let fault = #expect(throws: CorefileError.self) { try Fixtures.load("nodelocal-base") }
        #expect(
            fault?.errors.first?.description
                == "\(Fixtures.path("nodelocal-base")):10:15: error CFG010: __PILLAR__CLUSTER__DNS__ is a placeholder "
                + "that node-cache fills in, and is not filled in")
    }

    /// Whatever is cut off, there is a Corefile or an error with a place.
    @Test(arguments: Fixtures.names + ["nodelocal-base"]) func everyPrefixIsRead(_ name: String) throws {
        let text = Array(try Fixtures.text(name).unicodeScalars)
        for length in 0...text.count {
            var part = String.UnicodeScalarView()
            part.append(contentsOf: text[..<length])
            do {
                _ = try Corefile.parse(String(part), file: Fixtures.path(name))
            } catch {
                #expect(!error.errors.isEmpty && error.errors.allSatisfy { $0.place != nil })
            }
        }
    }

    /// The same for texts in which words have changed their places.
    @Test func shuffledWordsAreRead() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let words = try Fixtures.names.flatMap { name in
            try Fixtures.text(name).split(separator: " ").map(String.init)
        }
        for _ in 0..<500 {
            let count = Int.random(in: 1...60, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
            do {
                _ = try Corefile.parse(text, file: Fixtures.path("kubeadm"))
            } catch {
                #expect(!error.errors.isEmpty, "seed \(seed)")
            }
        }
    }
}

extension DomainName {
    static let cluster = try! DomainName("cluster.local")
}
