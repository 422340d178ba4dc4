import DNSWire
import Diagnosis
import NetworkAddress
import ServiceRegistry
import Testing

@Suite struct PodResolverTests {
    static let node = ResolverFile(
        parsing: "nameserver 192.0.2.53\nsearch corp.example cluster.local eu.internal.\noptions timeout:2 edns0\n")

    static let cases: [(policy: String, host: Bool, config: PodDNSConfig?, node: ResolverFile?, text: String)] = [
        (
            "ClusterFirst", false, nil, nil,
            "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n"
        ),
        (
            "ClusterFirst", false, nil, node,
            "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example eu.internal\nnameserver 10.0.0.10\noptions ndots:5\n"
        ),
        (
            "ClusterFirst", true, nil, node,
            "search corp.example cluster.local eu.internal\nnameserver 192.0.2.53\noptions timeout:2 edns0\n"
        ),
        (
            "ClusterFirstWithHostNet", true, nil, nil,
            "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n"
        ),
        (
            "Default", false,
            PodDNSConfig(nameservers: ["192.0.2.53", "1.1.1.1"], options: [.init(name: "timeout", value: "1")]),
            node,
            "search corp.example cluster.local eu.internal\nnameserver 192.0.2.53\nnameserver 1.1.1.1\noptions timeout:1 edns0\n"
        ),
        (
            "None", false,
            PodDNSConfig(
                nameservers: ["10.0.0.10"], searches: ["a.test"], options: [.init(name: "use-vc", value: nil)]),
            node, "search a.test\nnameserver 10.0.0.10\noptions use-vc\n"
        ),
        (
            "ClusterFirst", false,
            PodDNSConfig(
                nameservers: ["10.0.0.10", "8.8.8.8"], searches: ["svc.cluster.local", "a.test"],
                options: [.init(name: "ndots", value: "2"), .init(name: "edns0", value: nil)]), nil,
            "search shop.svc.cluster.local svc.cluster.local cluster.local a.test\nnameserver 10.0.0.10\nnameserver 8.8.8.8\noptions ndots:2 edns0\n"
        ),
    ]

    @Test(arguments: cases) func asTheKubeletWritesIt(
        policy: String, host: Bool, config: PodDNSConfig?, node: ResolverFile?, text: String
    ) throws {
        var pod = Pod(name: ObjectName("shop", "cli"))
        pod.dnsPolicy = policy
        pod.hostNetwork = host
        pod.dnsConfig = config
        let resolver = PodResolver(
            pod, clusterDomain: try DomainName("cluster.local"), clusterDNS: [try #require(IPAddress("10.0.0.10"))],
            node: node)
        #expect(resolver.text == text)
        #expect(resolver.reason.hasPrefix("namespace shop, dnsPolicy \(policy)"))
    }

    @Test func limits() throws {
        var pod = Pod(name: ObjectName("shop", "cli"))
        let long = Array(repeating: String(repeating: "x", count: 60), count: 5).joined(separator: ".")
        pod.dnsConfig = PodDNSConfig(
            nameservers: ["192.0.2.1", "192.0.2.2", "192.0.2.3"], searches: [long] + (0..<40).map { "s\($0).test" })
        let domain = try DomainName("cluster.local")
        let resolver = PodResolver(pod, clusterDomain: domain, clusterDNS: [IPAddress(v4: 0x0A00_000A)])
        #expect(resolver.nameservers == ["10.0.0.10", "192.0.2.1", "192.0.2.2"])
        #expect(resolver.omittedNameservers == ["192.0.2.3"])
        // The name that is too long is one of the 32, and then left out.
        #expect(resolver.searches.count == 31)
        #expect(resolver.searches.last == "s27.test")
        pod.dnsConfig?.searches = (0..<20).map {
            "s\($0).\(String(repeating: "y", count: 62)).\(String(repeating: "z", count: 62))"
        }
        let wide = PodResolver(pod, clusterDomain: domain, clusterDNS: [IPAddress(v4: 0x0A00_000A)])
        #expect(wide.searches.joined(separator: " ").utf8.count <= 2048)
        #expect(wide.searches.count + wide.omittedSearches.count == 23)
    }

    @Test func aNodeThatNobodyGave() throws {
        var pod = Pod(name: ObjectName("shop", "cli"))
        pod.dnsPolicy = "Default"
        let resolver = PodResolver(pod, clusterDomain: try DomainName("cluster.local"), clusterDNS: [])
        #expect(resolver.needsNode)
        #expect(resolver.base == .node)
    }
}

@Suite struct LookupOfAPodTests {
    private func query(_ spec: String, node: ResolverFile? = nil) throws -> LookupQuery {
        let resolver = try PodResolver(of: ClientCluster.pod, in: try ClientCluster.facts(spec), node: node)
        var request = LookupRequest(words: ["web"])
        request.podNamespace = "shop"
        return try request.query(on: try resolver.configuration, file: resolver.reason) { _ in [] }.query
    }

    @Test func itAsksAsThePodDoes() throws {
        let query = try query("dnsConfig: {options: [{name: ndots, value: \"2\"}]}")
        #expect(query.servers.map(\.description) == ["10.0.0.10"])
        #expect(
            query.plan.candidates.map { "\($0.name)" } == [
                "web.shop.svc.cluster.local.", "web.svc.cluster.local.", "web.cluster.local.", "web.",
            ])
        #expect(query.plan.reason == "ndots:2, \"web\" has no dot: search list first")
        #expect(query.searchSource == "namespace shop, dnsPolicy ClusterFirst, dnsConfig")
        #expect(query.namespace == "shop")
    }

    @Test func aNodesResolverHasToBeGiven() throws {
        #expect(throws: UsageError.self) { try query("dnsPolicy: Default") }
        let node = ResolverFile(parsing: "nameserver 192.0.2.53\nsearch corp.example\n")
        #expect(try query("dnsPolicy: Default", node: node).servers.map(\.description) == ["192.0.2.53"])
    }

    @Test func podsThatAreNone() throws {
        #expect(throws: UsageError("there is no Pod shop/x; namespace shop has cli, web-1")) {
            try PodResolver(of: ObjectName("shop", "x"), in: try ClientCluster.facts())
        }
        #expect(try PodResolver.podName("web-0") == ObjectName("default", "web-0"))
        for text in ["", "/", "a/", "/a", "a/b/c"] {
            #expect(throws: UsageError.self) { try PodResolver.podName(text) }
        }
    }
}
