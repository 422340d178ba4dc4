import Findings
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Manifests

private func ip(_ text: String) -> IPAddress { IPAddress(text)! }

/// A control plane and what it has told, object by object.
private struct Cluster {
    var plane: ControlPlane
    var objects: [ObjectKey: RegistryObject] = [:]
    var findings: [String] = []

    init(_ blocks: [String] = [], remembered: [ObjectName: Allocation] = [:]) {
        plane = ControlPlane(ManifestOptions(serviceCIDRs: blocks.map { CIDR($0)! }), remembered: remembered)
    }

    mutating func apply(_ key: ObjectKey, _ object: RegistryObject?) { apply([key: object]) }

    mutating func put(_ objects: RegistryObject...) {
        apply(Dictionary(uniqueKeysWithValues: objects.map { ($0.key, $0) }))
    }

    private mutating func apply(_ changes: [ObjectKey: RegistryObject?]) {
        let outcome = plane.apply(changes)
        findings += outcome.faults.map { "\($0.code) Service \($0.service)" }
        for event in outcome.events {
            switch event {
            case .put(let object): objects[object.key] = object
            case .delete(let key): objects[key] = nil
            case .synced: break
            }
        }
    }

    func service(_ name: String, _ namespace: String = "default") -> Service? {
        guard case .service(let service)? = objects[ObjectKey(.service, ObjectName(namespace, name))] else {
            return nil
        }
        return service
    }

    func slices(_ name: String) -> [EndpointSlice] {
        objects.values.compactMap {
            if case .endpointSlice(let slice) = $0, slice.serviceName == name { slice } else { nil }
        }
        .sorted { $0.name < $1.name }
    }
}

private func service(_ name: String, _ change: (inout Service) -> Void = { _ in }) -> RegistryObject {
    var service = Service(name: ObjectName("default", name))
    service.ports = [Service.Port(port: 80)]
    change(&service)
    return .service(service)
}

private func pod(
    _ name: String, _ labels: Labels = ["app": "web"], at address: String, _ change: (inout Pod) -> Void = { _ in }
)
    -> RegistryObject
{
    var pod = Pod(name: ObjectName("default", name))
    pod.labels = labels
    pod.addresses = [ip(address)]
    pod.isReady = true
    change(&pod)
    return .pod(pod)
}

@Suite struct ControlPlaneTests {
    @Test func everyClusterHasTheseServices() {
        var cluster = Cluster()
        cluster.put()
        #expect(cluster.service("kubernetes")?.clusterIPs == [ip("10.96.0.1")])
        #expect(cluster.service("kube-dns", "kube-system")?.clusterIPs == [ip("10.96.0.10")])
        #expect(cluster.objects[ObjectKey(.namespace, ObjectName("", "default"))] != nil)
        cluster.put(service("kubernetes") { $0.clusterIPs = [ip("10.96.0.7")] })
        #expect(cluster.service("kubernetes")?.clusterIPs == [ip("10.96.0.7")])
        cluster.apply(ObjectKey(.service, ObjectName("default", "kubernetes")), nil)
        #expect(cluster.service("kubernetes")?.clusterIPs == [ip("10.96.0.1")])
    }

    @Test func addressesComeFromTheUpperBandInOrder() {
        var cluster = Cluster()
        cluster.put(service("b"), service("a"), service("old") { $0.created = 1 })
        #expect(cluster.service("old")?.clusterIPs == [ip("10.96.1.1")])
        #expect(cluster.service("a")?.clusterIPs == [ip("10.96.1.2")])
        #expect(cluster.service("b")?.clusterIPs == [ip("10.96.1.3")])
        // Kept on update, free after a deletion, and not given twice.
        cluster.put(service("a") { $0.labels = ["x": "y"] })
        #expect(cluster.service("a")?.clusterIPs == [ip("10.96.1.2")])
        cluster.apply(ObjectKey(.service, ObjectName("default", "a")), nil)
        cluster.put(service("c"), service("d"))
        #expect(cluster.service("c")?.clusterIPs == [ip("10.96.1.2")])
        #expect(cluster.service("d")?.clusterIPs == [ip("10.96.1.4")])
        // Headless gives it back.
        cluster.put(service("c") { $0.isHeadless = true })
        #expect(cluster.service("c")?.clusterIPs == [])
        cluster.put(service("e"))
        #expect(cluster.service("e")?.clusterIPs == [ip("10.96.1.2")])
    }

    @Test func theLowerBandIsLastAndAFullBlockGivesNothing() {
        var allocator = AddressAllocator(CIDR("10.0.0.0/27")!)
        let given = (0..<40).compactMap { _ in allocator.allocate()?.description }
        #expect(given.count == 32 - 4, "not the network, the broadcast, .1 and .10")
        #expect(given.first == "10.0.0.17")
        #expect(given[14] == "10.0.0.2")
        #expect(Set(given).isDisjoint(with: ["10.0.0.0", "10.0.0.1", "10.0.0.10", "10.0.0.31"]))
        allocator.release(ip("10.0.0.20"))
        #expect(allocator.allocate() == ip("10.0.0.20"))
        #expect(allocator.allocate() == nil)
    }

    @Test func whatAManifestSaysWins() {
        var cluster = Cluster(["10.96.0.0/16"])
        cluster.put(service("a"))
        #expect(cluster.service("a")?.clusterIPs == [ip("10.96.1.1")])
        cluster.put(service("b") { $0.clusterIPs = [ip("10.96.1.1")] })
        #expect(cluster.service("b")?.clusterIPs == [ip("10.96.1.1")])
        #expect(cluster.service("a")?.clusterIPs == [ip("10.96.1.2")], "given another")
        #expect(cluster.findings.isEmpty)
        cluster.put(service("c") { $0.clusterIPs = [ip("10.96.1.1")] })
        #expect(cluster.findings == ["SVC002 Service default/c"])
        #expect(cluster.service("c")?.clusterIPs == [ip("10.96.1.1")], "served as written")
        cluster.put(service("d") { $0.clusterIPs = [ip("192.0.2.1")] })
        #expect(cluster.findings.last == "SVC004 Service default/d")
    }

    @Test func impliedServicesGiveWay() {
        var cluster = Cluster()
        cluster.put(service("my-dns") { $0.clusterIPs = [ip("10.96.0.10")] })
        #expect(cluster.service("my-dns")?.clusterIPs == [ip("10.96.0.10")])
        #expect(cluster.service("kube-dns", "kube-system")?.clusterIPs == [ip("10.96.1.1")])
        cluster.put(service("api") { $0.clusterIPs = [ip("10.96.0.1")] })
        #expect(cluster.service("kubernetes")?.clusterIPs == [ip("10.96.1.2")])
        #expect(cluster.findings.isEmpty)
    }

    @Test func familiesAsTheAPIServerDefaultsThem() {
        var cluster = Cluster(["10.96.0.0/16", "fd00::/112"])
        cluster.put(
            service("single"), service("dual") { $0.familyPolicy = .preferDualStack },
            service("six") { $0.families = [.v6] },
            service("turned") {
                $0.familyPolicy = .requireDualStack; $0.families = [.v6, .v4]
            },
            service("headless") {
                $0.isHeadless = true; $0.selector = ["a": "b"]
            },
            service("bare") { $0.isHeadless = true })
        #expect(cluster.service("single")?.clusterIPs.map(\.family) == [.v4])
        #expect(cluster.service("dual")?.clusterIPs.map(\.family) == [.v4, .v6])
        #expect(cluster.service("six")?.clusterIPs.map(\.family) == [.v6])
        #expect(cluster.service("turned")?.clusterIPs.map(\.family) == [.v6, .v4])
        #expect(cluster.service("headless")?.families == [.v4])
        #expect(cluster.service("bare")?.families == [.v4, .v6])
    }

    @Test func nodePorts() {
        var cluster = Cluster()
        let two = [Service.Port(name: "t", port: 53), Service.Port(name: "u", transport: .udp, port: 53)]
        cluster.put(
            service("a") { $0.kind = .nodePort },
            service("both") {
                $0.kind = .nodePort; $0.ports = two
            },
            service("lb") { $0.kind = .loadBalancer },
            service("none") {
                $0.kind = .loadBalancer; $0.allocateLoadBalancerNodePorts = false
            },
            service("own") {
                $0.kind = .nodePort; $0.ports = [Service.Port(port: 80, nodePort: 30086)]
            })
        #expect(cluster.service("own")?.ports[0].nodePort == 30086)
        #expect(cluster.service("a")?.ports[0].nodePort == 30087)
        #expect(cluster.service("both")?.ports.map(\.nodePort) == [30088, 30088])
        #expect(cluster.service("lb")?.ports[0].nodePort == 30089)
        #expect(cluster.service("none")?.ports[0].nodePort == nil)
        cluster.put(
            service("other") {
                $0.kind = .nodePort; $0.ports = [Service.Port(port: 80, nodePort: 30086)]
            })
        #expect(cluster.findings == ["SVC003 Service default/other"])
        cluster.put(
            service("far") {
                $0.kind = .nodePort; $0.ports = [Service.Port(port: 80, nodePort: 8080)]
            })
        #expect(cluster.findings.last == "SVC003 Service default/far")
    }

    @Test func endpointsFromPods() {
        var cluster = Cluster()
        cluster.put(
            service("web") {
                $0.selector = ["app": "web"]
                $0.ports = [
                    Service.Port(name: "n", port: 80, target: .name("http")),
                    Service.Port(name: "m", port: 81, target: .number(9)),
                ]
            },
            pod("a", at: "10.0.0.1") {
                $0.containerPorts = [ContainerPort(name: "http", port: 8080)]
                $0.hostname = "h"
                $0.subdomain = "web"
            },
            pod("b", at: "10.0.0.2") { $0.containerPorts = [ContainerPort(name: "http", transport: .udp, port: 8080)] },
            pod("c", at: "10.0.0.3") { $0.isReady = false }, pod("d", at: "10.0.0.4") { $0.phase = .succeeded },
            pod("e", ["app": "other"], at: "10.0.0.5"), pod("f", at: "fd00::6"),
            pod("g", at: "10.0.0.7") { $0.isTerminating = true })
        let slices = cluster.slices("web")
        #expect(slices.map { $0.ports.map { "\($0.name)\($0.port ?? 0)" } } == [["n8080", "m9"], ["m9"]])
        let all = slices.flatMap(\.endpoints).map { "\($0.addresses[0]) \($0.isReady) \($0.hostname) \($0.podName)" }
        #expect(all == ["10.0.0.1 true h a", "10.0.0.2 true  b", "10.0.0.3 false  c", "10.0.0.7 false  g"])
        // A Pod that changes its labels leaves; one that is ready now is.
        cluster.put(pod("a", ["app": "gone"], at: "10.0.0.1"), pod("c", at: "10.0.0.3"))
        #expect(
            cluster.slices("web").flatMap(\.endpoints).map { "\($0.podName) \($0.isReady)" } == [
                "b true", "c true", "g false",
            ])
        // Slices that somebody wrote win.
        var own = EndpointSlice(name: ObjectName("default", "own"), serviceName: "web", addressType: .ipv4)
        own.endpoints = [Endpoint(addresses: [ip("10.9.9.9")])]
        cluster.put(.endpointSlice(own))
        #expect(cluster.slices("web").map(\.name.name) == ["own"])
        cluster.apply(ObjectKey(.endpointSlice, own.name), nil)
        #expect(cluster.slices("web").flatMap(\.endpoints).count == 3)
    }

    @Test func endpointsAreInTheirNodesZones() {
        var cluster = Cluster()
        func node(_ name: String, _ zone: String?) -> RegistryObject {
            .node(Node(name: name, labels: zone.map { ["topology.kubernetes.io/zone": $0] } ?? [:]))
        }
        cluster.put(
            node("n1", "east"), service("web") { $0.selector = ["app": "web"] },
            pod("a", at: "10.0.0.1") { $0.nodeName = "n1" }, pod("b", at: "10.0.0.2") { $0.nodeName = "n2" })
        func zones() -> [String] { cluster.slices("web").flatMap(\.endpoints).map(\.zone) }
        #expect(zones() == ["east", ""])
        cluster.put(node("n2", "west"))
        #expect(zones() == ["east", "west"])
        cluster.put(node("n1", "north"))
        #expect(zones() == ["north", "west"])
        cluster.put(node("n1", nil))
        #expect(zones() == ["", "west"])
    }

    @Test func readinessIsNotAskedForWherePeersMustMeet() {
        var cluster = Cluster()
        cluster.put(
            service("web") {
                $0.selector = ["app": "web"]; $0.publishNotReadyAddresses = true
            },
            pod("a", at: "10.0.0.1") { $0.isReady = false })
        #expect(cluster.slices("web").flatMap(\.endpoints).map(\.isReady) == [true])
    }

    @Test func endpointsAreMirrored() {
        var cluster = Cluster()
        let subset = Endpoints.Subset(
            endpoints: [Endpoint(addresses: [ip("10.0.0.1")]), Endpoint(addresses: [ip("fd00::1")])],
            ports: [EndpointPort(port: 80)])
        cluster.put(service("web"), .endpoints(Endpoints(name: ObjectName("default", "web"), subsets: [subset])))
        #expect(cluster.slices("web").map(\.addressType) == [.ipv4, .ipv6])
        cluster.apply(ObjectKey(.endpoints, ObjectName("default", "web")), nil)
        #expect(cluster.slices("web").isEmpty)
    }

    @Test func namespacesExistWhileSomethingIsInThem() {
        var cluster = Cluster()
        let key = ObjectKey(.namespace, ObjectName("", "shop"))
        var web = Service(name: ObjectName("shop", "web"))
        web.ports = [Service.Port(port: 80)]
        cluster.put(.service(web))
        #expect(cluster.objects[key] != nil)
        cluster.apply(ObjectKey(.service, web.name), nil)
        #expect(cluster.objects[key] == nil)
        cluster.put(.namespace(Namespace(name: "shop")))
        #expect(cluster.objects[key] != nil)
    }

    @Test func whatWasRememberedIsKept() {
        let name = ObjectName("default", "b")
        var cluster = Cluster(remembered: [name: Allocation(addresses: [ip("10.96.1.0")])])
        cluster.put(service("a"), service("b"))
        #expect(cluster.service("b")?.clusterIPs == [ip("10.96.1.0")])
        #expect(cluster.service("a")?.clusterIPs == [ip("10.96.1.1")])
    }
}
