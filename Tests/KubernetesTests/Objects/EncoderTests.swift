import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct EncoderTests {
    /// Objects as decoding can make them.
    private struct Maker {
        var numbers: SplitMix64

        mutating func one<Value>(_ values: Value...) -> Value { values.randomElement(using: &numbers)! }
        mutating func flag() -> Bool { .random(using: &numbers) }
        mutating func some<Value>(_ body: (inout Maker) -> Value) -> [Value] {
            (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in body(&self) }
        }
        mutating func text() -> String {
            one("", "a", "web-0", "ünï😀", String(repeating: "x", count: 127), String(repeating: "y", count: 17_000))
        }
        mutating func word() -> String { one("web", "http", "a-b", String(repeating: "n", count: 253)) }
        mutating func labels() -> Labels {
            Dictionary(some { ($0.word(), $0.text()) }, uniquingKeysWith: { $1 })
        }
        mutating func port() -> UInt16 { one(1, 80, 127, 128, 16384, 65535) }
        mutating func address(_ family: IPAddress.Family? = nil) -> IPAddress {
            let family = family ?? one(.v4, .v6)
            if family == .v4 { return IPAddress(v4: one(0, .max, numbers.next32())) }
            return IPAddress(
                v6High: one(0, .max, numbers.next()), low: one(0, 1, .max, 0xFFFF_0A00_0001, numbers.next()))
        }
        mutating func name() -> ObjectName { ObjectName(one("default", "a-namespace-with-a-long-name"), word()) }
        mutating func transport() -> TransportProtocol { one(.tcp, .udp, .sctp) }

        mutating func service() -> RegistryObject {
            var service = Service(name: name())
            (service.labels, service.annotations) = (labels(), labels())
            service.kind = one(.clusterIP, .nodePort, .loadBalancer, .externalName)
            if service.kind == .externalName {
                service.externalName = word()
            } else {
                service.isHeadless = flag()
                if !service.isHeadless { service.clusterIPs = some { $0.address() } }
            }
            service.families = some { $0.one(.v4, .v6) }
            service.familyPolicy = one(nil, .singleStack, .preferDualStack, .requireDualStack)
            service.ports = some { maker in
                Service.Port(
                    name: maker.one("", "http"), transport: maker.transport(), port: maker.port(),
                    target: maker.one(nil, .number(maker.port()), .name("web")),
                    nodePort: maker.one(nil, maker.port()), appProtocol: maker.one(nil, "", "h2c"))
            }
            service.selector = one(nil, [:], labels())
            service.externalIPs = some { $0.address() }
            service.loadBalancer = some { maker in
                maker.flag()
                    ? LoadBalancerIngress(address: maker.address(), hostname: maker.one(nil, "lb"))
                    : LoadBalancerIngress(hostname: "lb")
            }
            service.publishNotReadyAddresses = flag()
            service.sessionAffinityClientIP = flag()
            service.externalTrafficPolicyLocal = flag()
            service.internalTrafficPolicyLocal = flag()
            service.allocateLoadBalancerNodePorts = flag()
            service.created = one(nil, 0, -1, 1_700_000_000)
            return .service(service)
        }

        mutating func slice() -> RegistryObject {
            let type: EndpointSlice.AddressType = one(.ipv4, .ipv6, .fqdn)
            var slice = EndpointSlice(name: name(), serviceName: one(nil, "", "web"), addressType: type)
            slice.endpoints = some { maker in
                let addresses = maker.some { $0.address(type == .ipv4 ? .v4 : .v6) }
                return Endpoint(
                    addresses: type == .fqdn ? [] : addresses, isReady: maker.flag(), hostname: maker.text(),
                    podName: maker.text(), zone: maker.one("", "us-west-2a", "corp.example.com"))
            }
            slice.ports = some { maker in
                EndpointPort(
                    name: maker.text(), transport: maker.transport(), port: maker.one(nil, maker.port()))
            }
            return .endpointSlice(slice)
        }

        mutating func pod() -> RegistryObject {
            var pod = Pod(name: name())
            pod.labels = labels()
            pod.phase = one(.pending, .running, .succeeded, .failed, .unknown)
            for address in some({ $0.address() }) where !pod.addresses.contains(address) {
                pod.addresses.append(address)
            }
            (pod.isReady, pod.isTerminating, pod.hostNetwork) = (flag(), flag(), flag())
            (pod.hostname, pod.subdomain, pod.nodeName) = (text(), text(), text())
            pod.dnsPolicy = one("ClusterFirst", "None")
            pod.dnsConfig = one(
                nil,
                PodDNSConfig(
                    nameservers: some { $0.text() }, searches: some { $0.text() },
                    options: some { PodDNSConfig.Option(name: $0.word(), value: $0.one(nil, $0.text())) }))
            pod.containerPorts = some {
                ContainerPort(name: $0.text(), transport: $0.transport(), port: $0.one(0, $0.port()))
            }
            pod.containerProblems = some { "\($0.word()): \($0.word())" }
            pod.restarts = one(0, 1, 300)
            return .pod(pod)
        }
    }

    @Test func whatIsWrittenComesBack() throws {
        let seed = UInt64.random(in: .min ... .max)
        var maker = Maker(numbers: SplitMix64(seed: seed))
        for round in 0..<300 {
            let objects: [(Resource, RegistryObject)] = [
                (.services, maker.service()), (.endpointSlices, maker.slice()), (.pods, maker.pod()),
                (.namespaces, .namespace(Namespace(name: maker.word(), labels: maker.labels()))),
            ]
            for (resource, object) in objects {
                let octets = ObjectEncoder.octets(of: object)
                let back = try decode(resource, octets, detail: .stored).object
                #expect(back == object, "seed \(seed) round \(round)")
                #expect(ObjectEncoder.octets(of: back) == octets, "seed \(seed) round \(round)")
            }
        }
    }

    /// What is kept for serving comes back too, though it says less.
    @Test func whatServingKeepsComesBack() throws {
        let seed = UInt64.random(in: .min ... .max)
        var maker = Maker(numbers: SplitMix64(seed: seed))
        for _ in 0..<200 {
            for (resource, object) in [(Resource.services, maker.service()), (.endpointSlices, maker.slice())] {
                let kept = try decode(resource, ObjectEncoder.octets(of: object), detail: .serving).object
                #expect(try decode(resource, ObjectEncoder.octets(of: kept), detail: .stored).object == kept, "\(seed)")
                if case .service(let service) = kept, case .service(let whole) = object {
                    #expect(service.selector == (whole.selector == nil ? nil : [:]))
                    #expect(service.labels.isEmpty && service.annotations.isEmpty)
                }
                if case .endpointSlice(let slice) = kept {
                    #expect(slice.packed.allSatisfy { $0.podName.isEmpty && $0.zone.isEmpty })
                }
            }
        }
    }

    /// Pods' names and zones are kept one without the other.
    @Test func whatOptionsAskForIsKept() throws {
        var slice = EndpointSlice(name: ObjectName("a", "b"), serviceName: "b", addressType: .ipv4)
        slice.endpoints = [Endpoint(addresses: [IPAddress(v4: 1)], podName: "p", zone: "z")]
        let octets = ObjectEncoder.octets(of: .endpointSlice(slice))
        for (keepsPodNames, keepsZones) in [(false, false), (true, false), (false, true), (true, true)] {
            var options = KubernetesOptions()
            (options.keepsPodNames, options.keepsZones) = (keepsPodNames, keepsZones)
            guard case .endpointSlice(let kept) = try decode(.endpointSlices, octets, detail: options.detail).object
            else { continue }
            #expect(kept.endpoints[0].podName == (keepsPodNames ? "p" : ""))
            #expect(kept.endpoints[0].zone == (keepsZones ? "z" : ""))
        }
    }

    @Test func aSnapshotIsOfItsOptions() {
        var options = KubernetesOptions()
        #expect(options.identity == ["", "", ""] && options.resources == [.namespaces, .services, .endpointSlices])
        options.keepsZones = true
        #expect(options.identity == ["", "", "", "zones"])
        options.ignoresEndpoints = true
        #expect(options.resources == [.namespaces, .services])
    }

    @Test func equalPortsLieOnceInMemory() throws {
        var decoder = ObjectDecoder(.endpointSlices, keeping: .serving)
        var slice = EndpointSlice(name: ObjectName("a", "b"), serviceName: "b", addressType: .ipv4)
        slice.ports = [EndpointPort(name: "http", port: 80)]
        let octets = ObjectEncoder.octets(of: .endpointSlice(slice))
        var places: Set<UnsafeRawPointer> = []
        for _ in 0..<2 {
            let object = try octets.withUnsafeBytes { try decoder.object($0) }.object
            guard case .endpointSlice(let slice) = object else { continue }
            slice.ports.withUnsafeBytes { _ = places.insert($0.baseAddress!) }
        }
        #expect(places.count == 1)
    }
}

extension SplitMix64 {
    fileprivate mutating func next32() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
}
