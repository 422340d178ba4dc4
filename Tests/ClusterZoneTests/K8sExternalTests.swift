import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

/// External zones as CoreDNS's plugin k8s_external has them.
@Suite struct K8sExternalTests {
    private static let http = Service.Port(name: "http", port: 80)

    private static func zone(_ origin: String, _ change: (inout ExternalZoneOptions) -> Void = { _ in }) -> ExternalZone
    {
        var options = ExternalZoneOptions()
        options.isK8sExternal = true
        options.primary = name("example.org.")
        change(&options)
        return try! ExternalZone(origin: name(origin), options)
    }

    private static let load = service("load", ips: ["10.96.0.6"], ports: [http]) {
        $0.loadBalancer = [LoadBalancerIngress(address: ip("203.0.113.1"))]
        $0.externalIPs = [ip("2001:db8::1")]
    }

    @Test func theApexAndItsServer() {
        var cluster = Cluster(
            options { $0.nameServerAddresses = [ip("192.0.2.1")] },
            more: [
                Self.zone("example.org.") {
                    $0.apexLabel = "xdns"
                    $0.ttl = 400
                }
            ])
        #expect(
            cluster.outside.records("example.org.", .soa)
                == ["ns1.xdns.example.org. hostmaster.xdns.example.org. 0 7200 1800 86400 400"])
        #expect(cluster.outside.names[name("example.org.")]?.first?.ttl == 400)
        #expect(cluster.outside.records("example.org.", .ns) == ["ns1.xdns.example.org."])
        #expect(cluster.outside.records("ns1.xdns.example.org.", .a) == ["192.0.2.1"])
        let dns = service("kube-dns", namespace: "kube-system", ips: ["10.96.0.10"], ports: [Self.http]) {
            $0.loadBalancer = [LoadBalancerIngress(address: ip("203.0.113.53")), .init(address: ip("2001:db8::53"))]
        }
        cluster.put(dns)
        #expect(cluster.outside.records("ns1.xdns.example.org.", .a) == ["203.0.113.53"])
        #expect(cluster.outside.records("ns1.xdns.example.org.", .aaaa) == ["2001:db8::53"])
        let glue = cluster.outside.names[name("example.org.")]?.last?.glue.map(\.address)
        #expect(glue == [ip("203.0.113.53"), ip("2001:db8::53")])
        cluster.put(service("kube-dns", namespace: "kube-system", ips: ["10.96.0.10"], ports: [Self.http]))
        #expect(cluster.outside.records("ns1.xdns.example.org.", .a) == ["192.0.2.1"], "the server's own again")
        cluster.apply(.delete(dns.key))
        #expect(cluster.outside.records("ns1.xdns.example.org.", .a) == ["192.0.2.1"])
    }

    @Test func servicesAndNamespaces() {
        var cluster = Cluster(more: [
            Self.zone("example.org."), Self.zone("10.in-addr.arpa."), Self.zone("in-addr.arpa."),
        ])
        var ingress = Ingress(name: ObjectName("default", "i"), apiVersion: "networking.k8s.io/v1")
        ingress.rules = [Ingress.Rule(host: "shop.example.org", backends: [])]
        ingress.loadBalancer = [LoadBalancerIngress(address: ip("192.0.2.30"))]
        cluster.put(
            .namespace(Namespace(name: "default")), .namespace(Namespace(name: "dns")), Self.load, .ingress(ingress),
            service("in-dns", namespace: "dns", ips: ["10.96.0.7"], ports: [Self.http]) {
                $0.externalIPs = [ip("10.9.9.9")]
            },
            service("named", ips: ["10.96.0.8"], ports: [Self.http]) {
                $0.loadBalancer = [LoadBalancerIngress(hostname: "lb.example.net")]
            }, service("inside", ips: ["10.96.0.9"], ports: [Self.http]),
            service("twin", ips: ["10.96.0.10"], ports: [Self.http]) { $0.externalIPs = [ip("203.0.113.1")] })
        let outside = cluster.outside
        #expect(outside.records("load.default.example.org.", .a) == ["203.0.113.1"])
        #expect(outside.records("load.default.example.org.", .aaaa) == ["2001:db8::1"])
        #expect(outside.records("load.default.example.org.", .srv) == ["0 50 80 load.default.example.org."])
        #expect(outside.records("_http._tcp.load.default.example.org.", .srv) == ["0 50 80 load.default.example.org."])
        #expect(outside.records("named.default.example.org.", .cname) == ["lb.example.net."])
        #expect(outside.records("inside.default.example.org.", .a) == nil)
        #expect(outside.records("default.example.org.", .a) == [], "a Namespace exists")
        #expect(outside.records("nosuch.example.org.", .a) == nil)
        #expect(outside.records("shop.example.org.", .a) == nil, "no Ingresses")
        #expect(
            outside.names.keys.filter { $0.isAtOrBelow(name("dns.example.org.")) } == [name("ns1.dns.example.org.")])
        #expect(
            outside.records("1.113.0.203.in-addr.arpa.", .ptr)
                == ["load.default.example.org.", "twin.default.example.org."])
        #expect(outside.records("9.0.96.10.in-addr.arpa.", .ptr) == nil, "a ClusterIP is no address outside")
        cluster.apply(.delete(Self.load.key))
        cluster.apply(.delete(ObjectKey(.namespace, ObjectName("", "default"))))
        #expect(cluster.outside.records("1.113.0.203.in-addr.arpa.", .ptr) == ["twin.default.example.org."])
        #expect(cluster.outside.records("load.default.example.org.", .a) == nil)
        #expect(cluster.outside.names[name("default.example.org.")] == nil)
    }

    @Test func headlessServices() {
        var cluster = Cluster(
            more: [
                Self.zone("example.org.") {
                    $0.hasHeadless = true
                    $0.usesEndpointPodNames = true
                }, Self.zone("plain.example."),
            ])
        cluster.put(
            service(ports: [Self.http]),
            slice("s", endpoint("10.0.0.1", host: "h"), endpoint("10.0.0.2"), endpoint("10.0.0.3", pod: "p-0")),
            service("both", ports: [Self.http]) { $0.externalIPs = [ip("192.0.2.9")] },
            slice("b", of: "both", endpoint("10.0.0.4")))
        let web = "web.default.example.org."
        #expect(cluster.outside.records(web, .a) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
        #expect(cluster.outside.records("h.\(web)", .a) == ["10.0.0.1"])
        #expect(cluster.outside.records("10-0-0-2.\(web)", .a) == ["10.0.0.2"])
        #expect(cluster.outside.records("p-0.\(web)", .a) == ["10.0.0.3"])
        #expect(
            cluster.outside.records("_http._tcp.\(web)", .srv)
                == ["0 33 8080 10-0-0-2.\(web)", "0 33 8080 h.\(web)", "0 33 8080 p-0.\(web)"])
        #expect(
            cluster.outside.records("both.default.example.org.", .a) == ["192.0.2.9"],
            "its addresses outside come first")
        #expect(cluster.outside.records("web.default.plain.example.", .a) == nil)
        cluster.put(slice("s", endpoint("10.0.0.2"), endpoint("10.0.0.5", ready: false)))
        #expect(cluster.outside.records(web, .a) == ["10.0.0.2"])
        #expect(cluster.outside.records("h.\(web)", .a) == nil)
        cluster.put(slice("s", endpoint("10.0.0.2", ready: false)))
        #expect(cluster.outside.records(web, .a) == nil)
    }

    @Test func anApexLabelThatIsNoLabelIsRefused() {
        #expect(throws: WireError.self) {
            var options = ExternalZoneOptions()
            options.apexLabel = String(repeating: "x", count: 64)
            _ = try ExternalZone(origin: name("example.org."), options)
        }
    }
}
