import ClusterZone
import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@Suite struct ClientNamespacesTests {
    private let clients = ClientNamespaces()

    private func cluster() -> Cluster { Cluster(clients: clients) }

    private func pod(_ text: String, _ namespace: String, _ address: String, _ change: (inout Pod) -> Void = { _ in })
        -> RegistryObject
    {
        var pod = Pod(name: ObjectName(namespace, text))
        pod.addresses = [ip(address)]
        change(&pod)
        return .pod(pod)
    }

    @Test func slicesTellWhereTheirEndpointsAre() {
        var cluster = cluster()
        cluster.put(
            slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.2", ready: false)),
            slice("t", of: "other", namespace: "shop", type: .ipv6, endpoint("fd00::1")),
            slice("u", of: nil, endpoint("10.0.0.9")))
        #expect(clients.namespace(of: ip("10.0.0.1")) == "default")
        #expect(clients.namespace(of: ip("10.0.0.2")) == "default", "not ready, and it may ask")
        #expect(clients.namespace(of: ip("fd00::1")) == "shop")
        #expect(clients.namespace(of: ip("10.0.0.9")) == nil)
        #expect(clients.namespace(of: ip("10.0.0.7")) == nil)
        cluster.put(slice("s", endpoint("10.0.0.2")))
        #expect(clients.namespace(of: ip("10.0.0.1")) == nil)
        #expect(clients.namespace(of: ip("10.0.0.2")) == "default")
        cluster.apply(.delete(ObjectKey(.endpointSlice, ObjectName("shop", "t"))))
        #expect(clients.namespace(of: ip("fd00::1")) == nil)
        #expect(clients.count == 1)
    }

    @Test func anAddressOfTwoNamespacesIsNobodys() {
        var cluster = cluster()
        cluster.put(
            slice("a", endpoint("10.0.0.1")), slice("b", of: "other", endpoint("10.0.0.1")),
            slice("c", namespace: "shop", endpoint("10.0.0.1")))
        #expect(clients.namespace(of: ip("10.0.0.1")) == nil)
        cluster.apply(.delete(ObjectKey(.endpointSlice, ObjectName("default", "a"))))
        #expect(clients.namespace(of: ip("10.0.0.1")) == nil, "slice b has it still")
        cluster.apply(.delete(ObjectKey(.endpointSlice, ObjectName("default", "b"))))
        #expect(clients.namespace(of: ip("10.0.0.1")) == "shop")
    }

    @Test func nodesAreNobodys() {
        var cluster = cluster()
        cluster.put(
            pod("p", "default", "10.0.0.1"), pod("net", "kube-system", "192.0.2.1") { $0.hostNetwork = true },
            slice("s", namespace: "kube-system", endpoint("192.0.2.1"), endpoint("192.0.2.2")),
            .node(Node(name: "n", addresses: [ip("192.0.2.2")])))
        #expect(clients.namespace(of: ip("10.0.0.1")) == "default")
        #expect(clients.namespace(of: ip("192.0.2.1")) == nil)
        #expect(clients.namespace(of: ip("192.0.2.2")) == nil)
    }

    @Test func aPodThatHasEndedLeavesItsAddressToOthers() {
        var cluster = cluster()
        cluster.put(pod("a", "default", "10.0.0.1"), pod("b", "shop", "10.0.0.1"))
        #expect(clients.namespace(of: ip("10.0.0.1")) == nil)
        cluster.put(pod("a", "default", "10.0.0.1") { $0.phase = .succeeded })
        #expect(clients.namespace(of: ip("10.0.0.1")) == "shop")
        cluster.put(pod("b", "shop", "10.0.0.2"))
        #expect(clients.namespace(of: ip("10.0.0.1")) == nil)
        #expect(clients.namespace(of: ip("10.0.0.2")) == "shop")
    }

    /// Whatever has happened, the answers are those of the objects that are there.
    @Test(arguments: 0..<20 as Range<UInt64>) func stepsAddUpToTheWhole(seed: UInt64) {
        var numbers = SplitMix64(seed: seed)
        var cluster = cluster()
        var objects: [ObjectKey: RegistryObject] = [:]
        func address() -> IPAddress { IPAddress(v4: 0x0A00_0000 + UInt32.random(in: 0..<8, using: &numbers)) }
        for _ in 0..<200 {
            let namespace = ["x", "y", "z"].randomElement(using: &numbers)!
            let text = ["a", "b", "c"].randomElement(using: &numbers)!
            let object: RegistryObject
            if Bool.random(using: &numbers) {
                object = pod(text, namespace, "\(address())") {
                    $0.hostNetwork = Int.random(in: 0..<6, using: &numbers) == 0
                    $0.phase = [.running, .running, .failed].randomElement(using: &numbers)!
                }
            } else {
                var slice = EndpointSlice(
                    name: ObjectName(namespace, text),
                    serviceName: ["web", "web", nil].randomElement(using: &numbers)!,
                    addressType: .ipv4)
                slice.endpoints = (0..<Int.random(in: 0..<5, using: &numbers)).map { _ in
                    Endpoint(addresses: [address()])
                }
                object = .endpointSlice(slice)
            }
            if Int.random(in: 0..<4, using: &numbers) == 0 {
                objects[object.key] = nil
                cluster.apply(.delete(object.key))
            } else {
                objects[object.key] = object
                cluster.put(object)
            }
            var expected: [IPAddress: Set<String>] = [:]
            for object in objects.values {
                if case .pod(let pod) = object, pod.phase == .running {
                    expected[pod.addresses[0], default: []].insert(pod.hostNetwork ? "" : pod.name.namespace)
                }
                if case .endpointSlice(let slice) = object, slice.service != nil {
                    for endpoint in slice.endpoints {
                        expected[endpoint.addresses[0], default: []].insert(slice.name.namespace)
                    }
                }
            }
            for last: UInt32 in 0..<8 {
                let address = IPAddress(v4: 0x0A00_0000 + last)
                let only = expected[address].flatMap { $0.count == 1 && $0 != [""] ? $0.first : nil }
                #expect(clients.namespace(of: address) == only, "seed \(seed): \(address)")
            }
        }
        for object in objects.values { cluster.apply(.delete(object.key)) }
        #expect(clients.count == 0)
    }
}
