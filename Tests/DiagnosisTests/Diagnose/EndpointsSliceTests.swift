import Manifests
import NetworkAddress
import Testing

@testable import Diagnosis

@Suite struct EndpointsSliceTests {
    private static let bare = Sheet.service("web", "clusterIP: 10.96.1.1")
    private static let service = Sheet.service("web", "clusterIP: 10.96.1.1, selector: {app: web}")
    private static let pod = Sheet.pod("web-0", "app: web")

    private static func target(_ address: String, _ pod: String) -> String {
        "addresses: [\(address)], targetRef: {kind: Pod, name: \(pod)}"
    }

    private static let slices: [EndpointsCase] = [
        EndpointsCase(
            what: "a slice without its label",
            yaml: bare + Sheet.slice("web-1", label: nil, ["addresses: [192.0.2.1]"]),
            codes: ["EPS008"],
            mentions: [
                "EndpointSlice shop/web-1 has no label kubernetes.io/service-name", "192.0.2.1",
                "kubectl -n shop label endpointslice web-1 --overwrite kubernetes.io/service-name=web",
            ]),
        EndpointsCase(
            what: "a slice with a mistyped label",
            yaml: bare + Sheet.slice("ext", label: "wbe", ["addresses: [192.0.2.1]"]), codes: ["EPS008"],
            mentions: ["kubernetes.io/service-name=wbe", "--overwrite kubernetes.io/service-name=web"]),
        EndpointsCase(
            what: "a slice labelled as another Service's",
            yaml: bare + Sheet.service("api", "clusterIP: 10.96.1.2")
                + Sheet.slice("api-1", label: "api", ["addresses: [192.0.2.2]"])
                + Sheet.slice("web-1", label: "api", ["addresses: [192.0.2.1]"]), codes: ["EPS008"],
            mentions: ["kubernetes.io/service-name=api", "shop/web-1"]),
        EndpointsCase(
            what: "a slice in another namespace",
            yaml: bare + Sheet.slice("x", label: "web", ["addresses: [192.0.2.1]"], in: "prod"), codes: ["EPS008"],
            mentions: ["is in namespace prod"]),
        EndpointsCase(
            what: "a slice of a Service with a longer name",
            yaml: bare + Sheet.service("web-api", "clusterIP: 10.96.1.2")
                + Sheet.slice("web-api-1", label: "web-api", ["addresses: [192.0.2.2]"]), codes: ["SVC010"]),
        EndpointsCase(
            what: "somebody else's slice without a label",
            yaml: bare + Sheet.slice("db-1", label: nil, ["addresses: [192.0.2.2]"]), codes: ["SVC010"]),
        EndpointsCase(
            what: "a slice without a label whose name ends as the Service's",
            yaml: bare + Sheet.slice("external-web", label: nil, ["addresses: [192.0.2.1]"]), codes: ["EPS008"],
            mentions: ["shop/external-web", "--overwrite kubernetes.io/service-name=web"]),
        EndpointsCase(
            what: "a slice of a Service that was left out, with a short name",
            yaml: bare + Sheet.slice("db-1", label: "db", ["addresses: [192.0.2.2]"]), codes: ["SVC010"]),
        EndpointsCase(
            what: "an exported slice beside the Service's own",
            yaml: service + pod + Sheet.slice("web-x", label: "web", [target("10.244.0.1", "web-0")])
                + Sheet.slice("web-cluster1", label: nil, ["addresses: [10.244.0.1]"])),
        EndpointsCase(
            what: "a mistyped label on the only slice of the Pods",
            yaml: service + pod + Sheet.slice("x", label: "wbe", [target("10.244.0.1", "web-0")]), codes: ["EPS008"],
            mentions: ["kubernetes.io/service-name=wbe", "made from the Pods"]),
        EndpointsCase(
            what: "no label on the only slice of the Pods",
            yaml: service + pod + Sheet.slice("web-x", label: nil, [target("10.244.0.1", "web-0")]), codes: ["EPS008"]),
        EndpointsCase(
            what: "a slice of other Pods without a label",
            yaml: service + pod + Sheet.slice("web-x", label: nil, ["addresses: [192.0.2.1]"])),
        EndpointsCase(
            what: "a slice of another Service of the same Pods",
            yaml: service + pod + Sheet.service("web2", "selector: {app: web}")
                + Sheet.slice("web2-x", label: "web2", [target("10.244.0.1", "web-0")])),
        EndpointsCase(
            what: "a slice of a Service that was left out",
            yaml: bare + Sheet.slice("web-api-1", label: "web-api", ["addresses: [192.0.2.2]"]), codes: ["SVC010"]),
        EndpointsCase(
            what: "a slice as its controller writes it",
            yaml: service + pod + Sheet.slice("web-x", label: "web", [target("10.244.0.1", "web-0")])),
        EndpointsCase(
            what: "a Pod that does not exist",
            yaml: service + pod
                + Sheet.slice("web-x", label: "web", [target("10.244.0.1", "web-0"), target("10.244.0.7", "web-9")]),
            codes: ["EPS009"], mentions: ["10.244.0.7", "web-9, which does not exist", "EndpointSlice shop/web-x"]),
        EndpointsCase(
            what: "a Pod of another address",
            yaml: service + pod + Sheet.slice("web-x", label: "web", [target("10.244.0.7", "web-0")]),
            codes: ["EPS009"], mentions: ["10.244.0.7 is for Pod web-0, whose address is 10.244.0.1"]),
        EndpointsCase(
            what: "a Pod that has ended",
            yaml: service + pod + Sheet.pod("web-1", "app: web", ip: "10.244.0.2", ready: false, phase: "Failed")
                + Sheet.slice("web-x", label: "web", [target("10.244.0.1", "web-0"), target("10.244.0.2", "web-1")]),
            codes: ["EPS009"], mentions: ["web-1, which has ended (Failed)"]),
        EndpointsCase(
            what: "an address that is nobody's, behind a selector",
            yaml: service + pod + Sheet.slice("web-x", label: "web", ["addresses: [10.244.0.7]"]), codes: ["EPS009"],
            mentions: ["no Pod has the address 10.244.0.7"]),
        EndpointsCase(
            what: "Endpoints for a Pod of another address",
            yaml: bare + pod
                + Sheet.endpoints(
                    "web",
                    "addresses: [{ip: 10.244.0.9, targetRef: {kind: Pod, name: web-0}}], ports: [{name: http, port: 80}]"
                ),
            codes: ["EPS009"], mentions: ["Endpoints shop/web", "10.244.0.9", "10.244.0.1"]),
        EndpointsCase(
            what: "Endpoints beside Pods that have other addresses",
            yaml: service + pod
                + Sheet.endpoints(
                    "web",
                    "addresses: [{ip: 10.244.0.9, targetRef: {kind: Pod, name: web-0}}], ports: [{name: http, port: 80}]"
                ),
            codes: ["EPS009"], mentions: ["Endpoints shop/web: 10.244.0.9 is for Pod web-0"]),
        EndpointsCase(
            what: "Endpoints as their controller writes them, beside the Pods",
            yaml: service + pod
                + Sheet.endpoints(
                    "web",
                    "addresses: [{ip: 10.244.0.1, targetRef: {kind: Pod, name: web-0}}], ports: [{name: http, port: 80}]"
                )),
        EndpointsCase(
            what: "an address that is another Pod's",
            yaml: service + pod + Sheet.pod("web-1", "app: web", ip: "10.244.0.2")
                + Sheet.slice("web-x", label: "web", [target("10.244.0.1", "web-0"), target("10.244.0.1", "web-1")]),
            codes: ["EPS009"], mentions: ["10.244.0.1 is for Pod web-1, whose address is 10.244.0.2"]),
        EndpointsCase(
            what: "addresses outside, without a selector",
            yaml: bare + pod + Sheet.slice("web-x", label: "web", ["addresses: [192.0.2.1]"])),
        EndpointsCase(
            what: "an endpoint that is not ready has lost its Pod",
            yaml: service + pod
                + Sheet.slice(
                    "web-x", label: "web",
                    [target("10.244.0.1", "web-0"), target("10.244.0.7", "web-9") + ", conditions: {ready: false}"]),
            codes: ["EPS012"]),
    ]

    @Test(arguments: slices) func slicesCases(_ test: EndpointsCase) throws { try test.check() }

    private static func families(_ spec: String, _ ip: String) -> String {
        Sheet.service("web", "selector: {app: web}, \(spec)") + Sheet.pod("web-0", "app: web", ip: ip)
    }
    private static let both =
        "ipFamilies: [IPv4, IPv6], clusterIPs: [10.96.1.1, 'fd00:96::1'], ipFamilyPolicy: RequireDualStack"

    private static let addresses: [EndpointsCase] = [
        EndpointsCase(
            what: "IPv6 before IPv4 Pods", yaml: families("ipFamilies: [IPv6], clusterIP: 'fd00:96::1'", "10.244.0.1"),
            codes: ["EPS010"], mentions: ["is IPv6", "IPv4 addresses only", "web-0 10.244.0.1", "fd00:96::1"]),
        EndpointsCase(
            what: "an IPv6 address alone", yaml: families("clusterIP: 'fd00:96::1'", "10.244.0.1"), codes: ["EPS010"]),
        EndpointsCase(
            what: "IPv4 before IPv6 Pods", yaml: families("clusterIP: 10.96.1.1", "fd00::1"), codes: ["EPS010"],
            mentions: ["is IPv4", "ipFamilies: [IPv6]"]),
        EndpointsCase(
            what: "headless IPv6 before IPv4 Pods", yaml: families("clusterIP: None, ipFamilies: [IPv6]", "10.244.0.1"),
            codes: ["EPS010"], mentions: ["NXDOMAIN"]),
        EndpointsCase(what: "both, and Pods of both", yaml: families(both, "10.244.0.1 fd00::1")),
        EndpointsCase(what: "one of both", yaml: families("clusterIP: 10.96.1.1", "10.244.0.1 fd00::1")),
        EndpointsCase(
            what: "headless of both before IPv4 Pods",
            yaml: families("clusterIP: None, ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6]", "10.244.0.1")),
        EndpointsCase(
            what: "both, and Pods of one", yaml: families(both, "10.244.0.1"), codes: ["EPS010"],
            mentions: ["fd00:96::1", "SingleStack"]),
        EndpointsCase(
            what: "a written slice of the other family",
            yaml: bare + Sheet.slice("web-1", label: "web", ["addresses: ['2001:db8::1']"], type: "IPv6"),
            codes: ["EPS010"], mentions: ["2001:db8::1"]),
        EndpointsCase(
            what: "two Pods, one address", yaml: service + pod + Sheet.pod("web-1", "app: web"), codes: ["EPS014"],
            mentions: ["2 Pods", "10.244.0.1", "shop/web-0, shop/web-1"]),
        EndpointsCase(
            what: "a Pod of somebody else with the address",
            yaml: service + pod + Sheet.pod("db-0", "app: db", in: "prod"), codes: ["EPS014"],
            mentions: ["prod/db-0"]),
        EndpointsCase(
            what: "Pods on their node's network",
            yaml: service + Sheet.pod("web-0", "app: web", spec: "hostNetwork: true")
                + Sheet.pod("web-1", "app: web", spec: "hostNetwork: true")),
        EndpointsCase(
            what: "the address of a Pod that has ended",
            yaml: service + pod + Sheet.pod("job", "app: job", ready: false, phase: "Succeeded")),
        EndpointsCase(
            what: "Endpoints with one address three times",
            yaml: bare
                + Sheet.endpoints(
                    "web",
                    "addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.1}, {ip: 192.0.2.1}], ports: [{name: http, port: 80}]"),
            codes: ["EPS014"], mentions: ["192.0.2.1 3 times"]),
        EndpointsCase(
            what: "Endpoints beside their Pods with one address three times",
            yaml: service + pod
                + Sheet.endpoints(
                    "web",
                    "addresses: [{ip: 10.244.0.1}, {ip: 10.244.0.1}, {ip: 10.244.0.1}], ports: [{name: http, port: 80}]"
                ),
            codes: ["EPS014"], mentions: ["10.244.0.1 3 times"]),
        EndpointsCase(
            what: "a slice with one address for two Pods that are not known",
            yaml: bare + Sheet.slice("web-1", label: "web", [target("10.244.0.1", "a"), target("10.244.0.1", "b")]),
            codes: ["EPS014"], mentions: ["2 Pods", "shop/a, shop/b"]),
        EndpointsCase(
            what: "an endpoint in two slices",
            yaml: bare + Sheet.slice("web-1", label: "web", [target("10.244.0.1", "a")])
                + Sheet.slice("web-2", label: "web", [target("10.244.0.1", "a")])),
    ]

    @Test(arguments: addresses) func addressesCases(_ test: EndpointsCase) throws { try test.check() }

    /// Endpoints that people wrote, in a block that is known to be the Pods'.
    @Test func anAddressOfThePodsBlockIsAPods() throws {
        var facts = try facts(
            Self.bare + Self.pod
                + Sheet.endpoints("web", "addresses: [{ip: 10.244.0.7}], ports: [{name: http, port: 80}]"))
        #expect(try inquiry("web.shop", facts).examine(.endpoints).codes == [])
        facts.podCIDRs = [CIDR("10.244.0.0/16")!]
        #expect(try inquiry("web.shop", facts).examine(.endpoints).codes == ["EPS009"])
    }
}
