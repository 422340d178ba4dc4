import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

private let http = Service.Port(name: "http", port: 80, target: .number(8080))
private let web = "web.default.svc.cluster.local."

/// endpoint_pod_names, noendpoints and ignore empty_service.
@Suite struct EndpointOptionsTests {
    @Test func podNamesAreLabelsWhereTheyCanBe() {
        var cluster = Cluster(options { $0.usesEndpointPodNames = true })
        cluster.put(
            service(ports: [http]),
            slice(
                "s", endpoint("10.0.0.1", pod: "web-7d4b-x"), endpoint("10.0.0.2", host: "h", pod: "web-7d4b-y"),
                endpoint("10.0.0.3", pod: String(repeating: "p", count: 64)), endpoint("10.0.0.4", pod: "a.b"),
                endpoint("10.0.0.5", pod: String(repeating: "q", count: 63))))
        #expect(cluster.told.records("web-7d4b-x.\(web)", .a) == ["10.0.0.1"])
        #expect(cluster.told.records("10-0-0-1.\(web)", .a) == nil)
        #expect(cluster.told.records("h.\(web)", .a) == ["10.0.0.2"], "a hostname comes first")
        #expect(cluster.told.records("10-0-0-3.\(web)", .a) == ["10.0.0.3"], "64 octets are no label")
        #expect(cluster.told.records("10-0-0-4.\(web)", .a) == ["10.0.0.4"], "nor are two labels")
        #expect(cluster.told.records("\(String(repeating: "q", count: 63)).\(web)", .a) == ["10.0.0.5"])
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) == ["web-7d4b-x.\(web)"])
        #expect(cluster.told.records("_http._tcp.\(web)", .srv)?.contains("0 20 8080 web-7d4b-x.\(web)") == true)
        // A Pod that is replaced at its address.
        cluster.put(slice("s", endpoint("10.0.0.1", pod: "web-7d4b-z")))
        #expect(cluster.told.records("web-7d4b-x.\(web)", .a) == nil)
        #expect(cluster.told.records("web-7d4b-z.\(web)", .a) == ["10.0.0.1"])
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) == ["web-7d4b-z.\(web)"])
    }

    @Test func podNamesAreNothingByDefault() {
        var cluster = Cluster()
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]), slice("s", endpoint("10.0.0.1", pod: "p", zone: "z")))
        #expect(cluster.told.records("10-0-0-1.\(web)", .a) == ["10.0.0.1"])
        #expect(cluster.told.records("p.\(web)", .a) == nil)
        let changes = cluster.apply(.put(slice("s", endpoint("10.0.0.1", pod: "q", zone: "y"))), now: 2000)
        #expect(changes == [] && cluster.zones.serial == 1000)
    }

    @Test func withoutEndpointsOnlyClusterIPsHaveNames() {
        var cluster = Cluster(options { $0.ignoresEndpoints = true })
        cluster.put(
            service(ports: [http]), slice("s", endpoint("10.0.0.1", host: "h")),
            service("vip", ips: ["10.96.0.5"], ports: [http]), slice("v", of: "vip", endpoint("10.0.0.2")))
        #expect(cluster.told.records(web, .a) == nil)
        #expect(cluster.told.records("h.\(web)", .a) == nil)
        #expect(cluster.told.records("vip.default.svc.cluster.local.", .a) == ["10.96.0.5"])
        #expect(cluster.told.records("10-0-0-2.vip.default.svc.cluster.local.", .a) == nil)
        #expect(cluster.told.records("2.0.0.10.in-addr.arpa.", .ptr) == nil)
        #expect(cluster.apply(.put(slice("s", endpoint("10.0.0.9"))), now: 2000) == [])
    }

    @Test func anEmptyServiceComesAndGoesWithItsEndpoints() {
        var cluster = Cluster(options { $0.ignoresEmptyServices = true })
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]))
        func isThere() -> Bool {
            let (own, port) = (cluster.told.records(web, .a), cluster.told.records("_http._tcp.\(web)", .srv))
            #expect((own == nil) == (port == nil))
            return own == ["10.96.0.5"]
        }
        #expect(!isThere())
        #expect(cluster.told.records("5.0.96.10.in-addr.arpa.", .ptr) == [web], "as CoreDNS: the address is its still")
        cluster.put(slice("s", endpoint("10.0.0.1", ready: false)))
        #expect(!isThere())
        cluster.put(slice("s", endpoint("10.0.0.1")))
        #expect(isThere())
        let changes = cluster.apply(.put(slice("t", endpoint("10.0.0.2"))))
        #expect(!changes.contains { $0.owner == name(web) }, "it was there before")
        cluster.put(slice("s", endpoint("10.0.0.1", ready: false)))
        #expect(isThere(), "the other slice has one")
        cluster.apply(.delete(ObjectKey(.endpointSlice, ObjectName("default", "t"))))
        #expect(!isThere())
        cluster.put(slice("s", endpoint("10.0.0.1")))
        cluster.apply(.delete(ObjectKey(.service, ObjectName("default", "web"))))
        #expect(!isThere())
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]))
        #expect(isThere(), "new, with endpoints that were there before")
        #expect(cluster.told.records("5.0.96.10.in-addr.arpa.", .ptr) == [web])
    }

    @Test func addressesOfTheClusterAreItsOwn() throws {
        let zone = try ClusterZone(
            options {
                $0.serviceCIDRs = [CIDR("10.96.0.0/12")!, CIDR("fd00:1::/108")!]
                $0.podCIDRs = [CIDR("10.244.0.0/16")!]
            })
        for own in ["10.96.0.1", "10.111.255.255", "fd00:1::f", "10.244.7.7"] {
            #expect(zone.isOwnAddress(ip(own)), "\(own)")
        }
        for other in ["10.112.0.0", "fd00:2::", "10.245.0.0", "::ffff:10.96.0.1"] {
            #expect(!zone.isOwnAddress(ip(other)), "\(other)")
        }
        #expect(try !ClusterZone(ClusterZoneOptions()).isOwnAddress(ip("10.96.0.1")))
    }
}
