import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

@Suite struct ExternalZoneTests {
    private func ingress(_ text: String, hosts: [String], _ status: LoadBalancerIngress...) -> RegistryObject {
        var ingress = Ingress(name: ObjectName("default", text), apiVersion: "networking.k8s.io/v1")
        ingress.rules = hosts.map { Ingress.Rule(host: $0, backends: []) }
        ingress.loadBalancer = status
        return .ingress(ingress)
    }

    @Test func servicesAnswerTheirExternalAddresses() {
        var cluster = Cluster(external: ["ext.example."])
        cluster.put(
            service(ips: ["10.96.0.5"], ports: [Service.Port(name: "http", port: 80)]) {
                $0.externalIPs = [ip("80.11.12.10")]
                $0.loadBalancer = [LoadBalancerIngress(address: ip("203.0.113.1")), .init(address: ip("2001:db8::1"))]
            },
            service("named", ips: ["10.96.0.6"]) {
                $0.loadBalancer = [LoadBalancerIngress(hostname: "lb.example.net")]
            },
            service("inside", ips: ["10.96.0.7"]))
        let outside = cluster.outside
        #expect(outside.records("web.default.ext.example.", .a) == ["203.0.113.1", "80.11.12.10"])
        #expect(outside.records("web.default.ext.example.", .aaaa) == ["2001:db8::1"])
        #expect(outside.records("_http._tcp.web.default.ext.example.", .srv) == ["0 33 80 web.default.ext.example."])
        #expect(outside.records("named.default.ext.example.", .cname) == ["lb.example.net."])
        #expect(outside.records("inside.default.ext.example.", .a) == nil)
        #expect(outside.records("ext.example.", .ns) == ["ns1.dns.ext.example."])
        #expect(cluster.told.records("web.default.svc.cluster.local.", .a) == ["10.96.0.5"])
        cluster.apply(.delete(ObjectKey(.service, ObjectName("default", "web"))))
        #expect(cluster.outside.records("web.default.ext.example.", .a) == nil)
    }

    @Test func hostsOfIngressesInTheZone() {
        var cluster = Cluster(external: ["example.com."])
        let address = LoadBalancerIngress(address: ip("192.0.2.30"))
        cluster.put(
            ingress("a", hosts: ["svc1.example.com", "elsewhere.org", ""], address),
            ingress("b", hosts: ["svc1.example.com", "*.apps.example.com"], .init(address: ip("192.0.2.31"))),
            ingress(
                "c", hosts: ["cname.example.com", "svc1.example.com", "example.com"], .init(hostname: "lb.example.net"))
        )
        #expect(cluster.outside.records("svc1.example.com.", .a) == ["192.0.2.30", "192.0.2.31"])
        #expect(cluster.outside.records("svc1.example.com.", .cname) == [], "addresses and a CNAME do not go together")
        #expect(cluster.outside.records("cname.example.com.", .cname) == ["lb.example.net."])
        #expect(cluster.outside.traits[name("*.apps.example.com.")] == .wildcard)
        #expect(cluster.outside.records("elsewhere.org.", .a) == nil)
        #expect(cluster.outside.records("example.com.", .cname) == [])
        cluster.apply(.delete(ObjectKey(.ingress, ObjectName("default", "b"))))
        #expect(cluster.outside.records("svc1.example.com.", .a) == ["192.0.2.30"])
        cluster.apply(.delete(ObjectKey(.ingress, ObjectName("default", "a"))))
        #expect(cluster.outside.records("svc1.example.com.", .cname) == ["lb.example.net."])
    }
}
