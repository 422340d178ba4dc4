import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

/// Events that tell what is known, as nearly all of a list that is read again.
@Suite struct KnownEventsTests {
    private static let http = Service.Port(name: "http", port: 80, target: .number(8080))

    private static let pod: RegistryObject = {
        var pod = Pod(name: ObjectName("default", "p"))
        pod.addresses = [ip("10.0.0.1")]
        return .pod(pod)
    }()

    private static let ingress: RegistryObject = {
        var ingress = Ingress(name: ObjectName("default", "i"), apiVersion: "networking.k8s.io/v1")
        ingress.rules = [Ingress.Rule(host: "i.ext.example", backends: [])]
        ingress.loadBalancer = [LoadBalancerIngress(address: ip("192.0.2.1"))]
        return .ingress(ingress)
    }()

    private static let objects: [RegistryObject] = [
        .namespace(Namespace(name: "default")), service(ips: ["10.96.0.5"], ports: [http]),
        service("kube-dns", namespace: "kube-system", ips: ["10.96.0.10"]),
        service("headless", ports: [http]), service("bare"),
        service("out") {
            $0.kind = .externalName
            $0.isHeadless = false
            $0.externalName = "www.example.com"
        },
        service("load", ips: ["10.96.0.6"]) { $0.externalIPs = [ip("192.0.2.7")] },
        slice("web-1", endpoint("10.0.0.1"), endpoint("10.0.0.2", host: "h")),
        slice("headless-1", of: "headless", endpoint("10.0.0.3"), endpoint("10.0.0.4", ready: false)),
        slice("stray", of: nil, endpoint("10.0.0.9")), pod, ingress,
    ]

    private func cluster() -> Cluster {
        var cluster = Cluster(ClusterZoneOptions(pods: .verified), external: ["ext.example."])
        for object in Self.objects { cluster.put(object) }
        return cluster
    }

    private func state(_ cluster: Cluster) -> [DomainName: [RecordSet]] {
        cluster.told.names.merging(cluster.outside.names) { inside, _ in inside }
    }

    @Test func theSameAgainChangesNothing() {
        var cluster = cluster()
        let events = Self.objects.map(RegistryEvent.put)
        let endpoints = cluster.zones.endpointChanges
        for (number, event) in events.enumerated() {
            #expect(cluster.apply(event, now: 2000 + UInt32(number)) == [], "\(event)")
        }
        var changes: [RecordChange] = []
        cluster.zones.apply(events + events.reversed(), now: 3000) { changes.append($1) }
        #expect(changes == [])
        #expect(cluster.zones.serial == 1000)
        #expect(cluster.zones.endpointChanges == endpoints)
    }

    @Test func whatIsNotThereIsDeletedInVain() {
        var cluster = cluster()
        for kind in ObjectKind.allCases {
            let changes = cluster.apply(.delete(ObjectKey(kind, ObjectName("default", "nosuch"))), now: 2000)
            #expect(changes == [], "\(kind)")
        }
        #expect(cluster.zones.serial == 1000)
    }

    @Test func whatIsNewAmongTheKnownIsTold() {
        var cluster = cluster()
        let new = RegistryEvent.put(service("new", ips: ["10.96.0.99"]))
        var changes: [RecordChange] = []
        var told = cluster.told
        let events = Self.objects.map(RegistryEvent.put)
        cluster.zones.apply(events + [new] + events, now: 2000) { place, change in
            changes.append(change)
            if place == .cluster { told.tell(change) }
        }
        #expect(told.records("new.default.svc.cluster.local.", .a) == ["10.96.0.99"])
        #expect(cluster.zones.serial == 2000)
        let origins = cluster.zones.cluster.origins + cluster.zones.externalOrigins
        let owners = Set(changes.map(\.owner)).filter { owner in
            !origins.contains(owner) && owner != name("ns.dns.cluster.local.")
                && owner != name("dns-version.cluster.local.")
        }
        #expect(owners.contains(name("new.default.svc.cluster.local.")))
        #expect(!owners.contains(name("web.default.svc.cluster.local.")), "\(owners)")
    }

    /// Another object under the same name, and then the one that was.
    private static let changed: [(RegistryObject, RegistryObject)] = [
        (objects[1], service(ips: ["10.96.0.55"], ports: [])),
        (objects[3], service("headless", ips: ["10.96.0.56"], ports: [http])),
        (objects[5], service("out", ips: ["10.96.0.57"])), (objects[7], slice("web-1", endpoint("10.0.0.77"))),
        (objects[7], slice("web-1", of: "headless", endpoint("10.0.0.1"))),
        (objects[8], slice("headless-1", of: "headless")), (objects[9], slice("stray", endpoint("10.0.0.9"))),
    ]

    @Test(arguments: changed.indices) func changedAndChangedBackIsNoChange(_ index: Int) {
        let (old, new) = Self.changed[index]
        for between in [RegistryEvent.put(new), .delete(old.key)] {
            var cluster = cluster()
            let before = state(cluster)
            let changes = cluster.apply(between, .put(old), now: 2000)
            #expect(changes == [] && cluster.zones.serial == 1000, "\(between)")
            #expect(state(cluster) == before)
            // It is no loss of memory: the change alone is told.
            #expect(cluster.apply(between, now: 3000) != [] || between.key?.name.name == "stray")
        }
    }

    /// Pods and Ingresses are told event by event: what is there in the end is what was.
    @Test func podsAndIngressesComeOutAsTheyWere() {
        for object in [Self.pod, Self.ingress, Self.objects[0]] {
            var cluster = cluster()
            let before = state(cluster).filter { $0.value.first?.type != .soa }
            cluster.apply(.delete(object.key), .put(object), now: 2000)
            #expect(state(cluster).filter { $0.value.first?.type != .soa } == before, "\(object.key)")
        }
    }

    @Test func newAndGoneInOneBatchWasNeverThere() {
        var cluster = cluster()
        let before = state(cluster)
        let new = service("brief", ips: ["10.96.0.99"])
        let endpoints = slice("brief-1", of: "brief", endpoint("10.0.0.99"))
        let changes = cluster.apply(
            .put(new), .put(endpoints), .delete(endpoints.key), .delete(new.key), now: 2000)
        #expect(changes == [] && cluster.zones.serial == 1000)
        #expect(state(cluster) == before)
    }
}
