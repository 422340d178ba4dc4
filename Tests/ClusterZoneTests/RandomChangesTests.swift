import AnswerTable
import CLDNS
import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@Suite struct RandomChangesTests {
    /// However a registry came about, its zones hold the same: what was told step by step is what is listed at the end,
    /// and what a new start from the same objects tells.
    @Test(arguments: 0..<40 as Range<UInt64>) func stepsAddUpToTheWhole(seed: UInt64) throws {
        var numbers = SplitMix64(seed: seed)
        var options = ClusterZoneOptions(pods: ClusterZoneOptions.Pods.allCases.randomElement(using: &numbers)!)
        // Half of the seeds go with the defaults.
        if seed % 2 == 1 {
            options.usesEndpointPodNames = Bool.random(using: &numbers)
            options.isZonal = Bool.random(using: &numbers)
            options.ignoresEmptyServices = Bool.random(using: &numbers)
            options.ignoresEndpoints = Int.random(in: 0..<8, using: &numbers) == 0
            options.isCoreDNSCompatible = Int.random(in: 0..<4, using: &numbers) == 0
        }
        let outsiders = k8sExternal(headless: Bool.random(using: &numbers))
        var cluster = Cluster(options, external: ["ext.example."], more: outsiders)
        let table = AnswerTable(capacity: 256 << 20)
        let served = cluster.zones.cluster.origins.map { table.makeZone(origin: $0) }
        table.serve(served)
        cluster.zones.begin { place, change in
            if place == .cluster { table.apply(CollectionOfOne(change), to: served) }
        }
        var objects: [ObjectKey: RegistryObject] = [:]
        for step in 0..<120 {
            var batch: [RegistryEvent] = []
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let object = randomObject(&numbers)
                if Int.random(in: 0..<4, using: &numbers) == 0 {
                    objects[object.key] = nil
                    batch.append(.delete(object.key))
                } else {
                    objects[object.key] = object
                    batch.append(.put(object))
                }
            }
            var told = cluster.told
            var outside = cluster.outside
            cluster.zones.apply(batch, now: UInt32(1000 + step)) { place, change in
                if place == .cluster {
                    told.tell(change)
                    table.apply(CollectionOfOne(change), to: served)
                } else {
                    outside.tell(change)
                }
            }
            cluster.told = told
            cluster.outside = outside
        }
        var fresh = Cluster(options, external: ["ext.example."], more: outsiders)
        for object in objects.values { fresh.apply(.put(object), now: cluster.zones.serial) }
        var listed = Told()
        var listedOutside = Told()
        for share in cluster.zones.shares() {
            for change in share.changes {
                if share.place == .cluster { listed.tell(change) } else { listedOutside.tell(change) }
            }
        }
        let steps = canonical(cluster.told)
        #expect(difference(steps, canonical(listed)) == [], "seed \(seed)")
        #expect(difference(steps, canonical(fresh.told)) == [], "seed \(seed)")
        #expect(difference(canonical(cluster.outside), canonical(listedOutside)) == [], "seed \(seed)")
        #expect(difference(canonical(cluster.outside), canonical(fresh.outside)) == [], "seed \(seed)")
        guard !options.isCoreDNSCompatible else { return }
        try compare(table, cluster.told, cluster.zones.cluster.origins, seed)
    }

    private func k8sExternal(headless: Bool) -> [ExternalZone] {
        var options = ExternalZoneOptions()
        options.isK8sExternal = true
        options.hasHeadless = headless
        options.primary = name("out.example.")
        return ["out.example.", "10.in-addr.arpa."].map { try! ExternalZone(origin: name($0), options) }
    }

    /// What the table answers is what the zones told: every name and type, every name above, and one beside each.
    private func compare(_ table: AnswerTable, _ told: Told, _ origins: [DomainName], _ seed: UInt64) throws {
        var asker = Asker(table)
        var existing = Set(told.names.keys)
        for name in told.names.keys {
            var above = name
            while let parent = above.parent, origins.contains(where: { parent.isAtOrBelow($0) }) {
                existing.insert(parent)
                above = parent
            }
        }
        for name in existing {
            let sets = told.names[name] ?? []
            let isAlias = sets.contains { $0.type == .cname }
            for type in [RecordType.a, .aaaa, .srv, .ptr, .cname, .txt, .ns] where !isAlias || type == .cname {
                let answer = try asker.ask(name, type)
                let expected = sets.first { $0.type == type }?.data ?? []
                #expect(answer.rcode == .noError, "seed \(seed): \(name) \(type)")
                #expect(Set(answer.answers.map(\.data)) == Set(expected), "seed \(seed): \(name) \(type)")
                #expect(
                    answer.authorities.map(\.type) == (expected.isEmpty ? [.soa] : []), "seed \(seed): \(name) \(type)")
            }
            guard told.traits[name]?.isDisjoint(with: [.anyAddressBelow, .addressesBelow]) ?? true else { continue }
            guard try told.names[name.prepending("*")] == nil else { continue }
            let beside = try name.prepending("nothing")
            let absent = try asker.ask(beside, .a)
            #expect(absent.rcode == .nxDomain && absent.authorities.map(\.type) == [.soa], "seed \(seed): \(beside)")
        }
    }

    private func difference(_ a: [String: [String]], _ b: [String: [String]]) -> [String] {
        Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
            .map { "\($0) \(a[$0]?.description ?? "-") \(b[$0]?.description ?? "-")" }
    }

    /// Names with their records as text, without an order of PTR records and without the serial of the SOA.
    private func canonical(_ told: Told) -> [String: [String]] {
        var out: [String: [String]] = [:]
        for (name, sets) in told.names {
            out["\(name)"] = sets.flatMap { set in
                set.data.map { set.type == .soa ? "SOA" : "\(set.type) \(set.ttl) \($0)" }
            }.sorted()
        }
        return out
    }

    private func randomObject(_ numbers: inout SplitMix64) -> RegistryObject {
        let names = ["a", "b", "c"]
        let name = names.randomElement(using: &numbers)!
        let namespace = ["x", "y"].randomElement(using: &numbers)!
        func address() -> IPAddress {
            Bool.random(using: &numbers)
                ? IPAddress(v4: 0x0A00_0000 + UInt32.random(in: 0..<6, using: &numbers))
                : IPAddress(v6High: 0xFD00 << 48, low: UInt64.random(in: 0..<6, using: &numbers))
        }
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0: return .namespace(Namespace(name: namespace))
        case 1:
            var pod = Pod(name: ObjectName(namespace, name))
            pod.addresses = [address()]
            pod.phase = [.running, .succeeded].randomElement(using: &numbers)!
            return .pod(pod)
        case 2:
            var ingress = Ingress(name: ObjectName(namespace, name), apiVersion: "networking.k8s.io/v1")
            ingress.rules = [Ingress.Rule(host: "\(name).ext.example", backends: [])]
            ingress.loadBalancer = [LoadBalancerIngress(address: address())]
            return .ingress(ingress)
        case 3...5:
            return service(name, namespace: namespace) {
                $0.kind = [.clusterIP, .clusterIP, .loadBalancer, .externalName].randomElement(using: &numbers)!
                $0.isHeadless = $0.kind == .clusterIP && Bool.random(using: &numbers)
                $0.externalName = "b.y.svc.cluster.local"
                $0.clusterIPs = $0.isHeadless || $0.kind == .externalName ? [] : [address()]
                $0.ports = [Service.Port(name: "http", port: 80), Service.Port(name: "dns", transport: .udp, port: 53)]
                    .filter { _ in Bool.random(using: &numbers) }
                $0.externalIPs = Bool.random(using: &numbers) ? [address()] : []
            }
        default:
            var slice = EndpointSlice(
                name: ObjectName(namespace, "\(name)-\(Int.random(in: 0..<2, using: &numbers))"),
                serviceName: [name, nil, names.randomElement(using: &numbers)].randomElement(using: &numbers)!,
                addressType: .ipv4)
            slice.ports = [EndpointPort(name: "http", port: 8080), EndpointPort(name: "", port: 9090)]
                .filter { _ in Bool.random(using: &numbers) }
            slice.endpoints = (0..<Int.random(in: 0..<4, using: &numbers)).map { _ in
                Endpoint(
                    addresses: [address()], isReady: Int.random(in: 0..<4, using: &numbers) > 0,
                    hostname: ["", "", "h", "i", "10-0-0-1"].randomElement(using: &numbers)!,
                    podName: ["", "p", "q", "r.s"].randomElement(using: &numbers)!,
                    zone: ["", "east", "West", "b.east", "a.b.east"].randomElement(using: &numbers)!)
            }
            return .endpointSlice(slice)
        }
    }
}
