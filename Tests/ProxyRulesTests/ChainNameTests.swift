import NetworkAddress
import ProxyRules
import Testing

/// Names that real nodes have.
@Suite struct ChainNameTests {
    @Test(arguments: [
        ("default", "webapp1-nodeport-svc", "", "J2DWGRZTH4C2LPA4"),
        // kubernetes.io, "Debug Services".
        ("default", "hostnames", "", "NWV5X2332I4OT4T3"),
        ("default", "hostnames", "default", "ODX2UBAZM7RQWOIU"),
        ("default", "my-nginx", "http", "SV7AMNAGZFKZEMQ4"),
        // pkg/proxy/iptables/proxier_test.go
        ("ns1", "svc1", "p80", "XPGD46QRK7WJZT7O"),
    ])
    func chainsOfServices(_ namespace: String, _ service: String, _ port: String, _ hash: String) {
        let name = ServicePortName(namespace: namespace, service: service, port: port, transport: "tcp")
        #expect(name.chainHashes.contains(hash))
    }

    @Test(arguments: [
        ("10.32.0.3:80", "YLXG4RMKAICGY2B3"), ("10.32.0.5:80", "4CGFRVESQ3AECDE7"),
    ])
    func chainsOfEndpoints(_ endpoint: String, _ hash: String) throws {
        let name = ServicePortName(
            namespace: "default", service: "webapp1-nodeport-svc", port: "", transport: "tcp")
        #expect(name.chainHashes(of: try #require(EndpointAddress(endpoint))).contains(hash))
    }

    @Test func aPortWithoutANameHasTwoSpellings() {
        let name = ServicePortName(namespace: "default", service: "web", port: "", transport: "udp")
        #expect(name.hashedNames == ["default/web", "default/web:"])
        #expect(Set(name.chainHashes).count == 2)
    }

    @Test func chainsOfNftables() {
        let name = ServicePortName(namespace: "ns4", service: "svc4", port: "p80", transport: "tcp")
        #expect(name.nftablesBase == "LAUZTJTB-ns4/svc4/tcp/p80")
        #expect(ServicePortName(chain: "service-LAUZTJTB-ns4/svc4/tcp/p80") == name)
        #expect(ServicePortName(chain: "endpoint-UNZV3OEC-ns4/svc4/tcp/p80__10.180.0.4/80") == name)
        let hyphens = ServicePortName(namespace: "a-b", service: "c-d", port: "", transport: "udp")
        #expect(ServicePortName(chain: "external-\(hyphens.nftablesBase)") == hyphens)
        for other in ["services", "service-ips", "mark-for-masquerade", "service-LAUZTJTB-ns4", "", "---"] {
            #expect(ServicePortName(chain: other) == nil, "\(other)")
        }
    }

    @Test(arguments: [
        ("10.0.0.1:80", true), ("[fd00::1]:80", true), ("fd00::1", false), ("10.0.0.1", false),
        ("10.0.0.1:65536", false),
        (":", false), ("", false), ("a:1", false),
    ])
    func endpointsFromText(_ text: String, _ isOne: Bool) {
        #expect((EndpointAddress(text) != nil) == isOne)
        if isOne { #expect(EndpointAddress(text)?.description == text) }
    }
}
