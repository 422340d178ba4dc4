import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

func name(_ text: String) -> DomainName { try! DomainName(text) }
func ip(_ text: String) -> IPAddress { IPAddress(text)! }

/// What all names have, built from the changes told: a zone as a table or `records` would hold it.
struct Told {
    private(set) var names: [DomainName: [RecordSet]] = [:]
    private(set) var traits: [DomainName: NodeTraits] = [:]

    mutating func tell(_ change: RecordChange) {
        switch change {
        case .set(let owner, let sets, let traits):
            names[owner] = sets
            self.traits[owner] = traits
        case .remove(let owner): names[owner] = nil
        case .insert(let owner, let ttl, let data, let first):
            var sets = names[owner] ?? []
            let place = sets.firstIndex { $0.type == data.type } ?? sets.count
            if place == sets.count { sets.append(RecordSet(data.type, ttl: ttl, [])) }
            sets[place].data.removeAll { $0 == data }
            sets[place].data.insert(data, at: first ? 0 : sets[place].data.count)
            names[owner] = sets
        case .withdraw(let owner, let data):
            guard var set = names[owner]?.first else { return }
            set.data.removeAll { $0 == data }
            names[owner] = set.data.isEmpty ? nil : [set]
        case .insertAll(let names):
            for change in names.changes { tell(change) }
        }
    }

    /// The records of a name and type as text, sorted; nil where there is no such name.
    func records(_ owner: String, _ type: RecordType) -> [String]? {
        names[name(owner)].map { $0.filter { $0.type == type }.flatMap { $0.data.map(\.description) }.sorted() }
    }
}

/// A registry's zones and what they have told.
struct Cluster {
    var zones: RegistryZones
    var told = Told()
    var outside = Told()

    init(
        _ options: ClusterZoneOptions = ClusterZoneOptions(), external: [String] = [], more: [ExternalZone] = [],
        clients: ClientNamespaces? = nil
    ) {
        zones = RegistryZones(
            cluster: try! ClusterZone(options),
            external: external.map { try! ExternalZone(origin: name($0), ttl: options.ttl) } + more, clients: clients)
        var first = told
        var second = outside
        zones.begin { place, change in if place == .cluster { first.tell(change) } else { second.tell(change) } }
        told = first
        outside = second
    }

    @discardableResult
    mutating func apply(_ events: RegistryEvent..., now: UInt32 = 1000) -> [RecordChange] {
        var changes: [RecordChange] = []
        var first = told
        var second = outside
        zones.apply(events, now: now) { place, change in
            changes.append(change)
            if place == .cluster { first.tell(change) } else { second.tell(change) }
        }
        told = first
        outside = second
        return changes
    }

    mutating func put(_ objects: RegistryObject...) {
        for object in objects { apply(.put(object)) }
    }
}

func service(
    _ text: String = "web", namespace: String = "default", ips: [String] = [], ports: [Service.Port] = [],
    _ change: (inout Service) -> Void = { _ in }
) -> RegistryObject {
    var service = Service(name: ObjectName(namespace, text))
    service.clusterIPs = ips.map(ip)
    service.isHeadless = ips.isEmpty
    service.ports = ports
    change(&service)
    return .service(service)
}

func slice(
    _ text: String, of owner: String? = "web", namespace: String = "default", type: EndpointSlice.AddressType = .ipv4,
    ports: [EndpointPort] = [EndpointPort(name: "http", port: 8080)], _ endpoints: Endpoint...
) -> RegistryObject {
    var slice = EndpointSlice(name: ObjectName(namespace, text), serviceName: owner, addressType: type)
    slice.endpoints = endpoints
    slice.ports = ports
    return .endpointSlice(slice)
}

func endpoint(
    _ addresses: String..., ready: Bool = true, host: String = "", pod: String = "", zone: String = ""
) -> Endpoint {
    Endpoint(addresses: addresses.map(ip), isReady: ready, hostname: host, podName: pod, zone: zone)
}

/// Options that differ from the defaults in a few things.
func options(_ change: (inout ClusterZoneOptions) -> Void) -> ClusterZoneOptions {
    var options = ClusterZoneOptions()
    change(&options)
    return options
}

private let http = Service.Port(name: "http", port: 80, target: .number(8080))

@Suite struct ClusterZoneTests {
    @Test func rows1To3And13To16_ClusterIP() {
        var cluster = Cluster()
        cluster.put(
            service(
                ips: ["10.96.0.5", "fd00::5"], ports: [http, Service.Port(name: "dns", transport: .udp, port: 53)]),
            service("bare", ips: ["10.96.0.6"], ports: [Service.Port(port: 8080)]))
        let web = "web.default.svc.cluster.local."
        #expect(cluster.told.records(web, .a) == ["10.96.0.5"])
        #expect(cluster.told.records(web, .aaaa) == ["fd00::5"])
        #expect(cluster.told.records(web, .srv) == ["0 25 53 \(web)", "0 25 80 \(web)"])
        #expect(cluster.told.records("_http._tcp.\(web)", .srv) == ["0 50 80 \(web)"])
        #expect(cluster.told.records("_http._tcp.\(web)", .a) == ["10.96.0.5"], "row 17")
        #expect(cluster.told.records("_http._udp.\(web)", .srv) == nil)
        #expect(cluster.told.records("_dns._udp.\(web)", .srv) == ["0 50 53 \(web)"])
        #expect(
            cluster.told.records("bare.default.svc.cluster.local.", .srv) == [
                "0 100 8080 bare.default.svc.cluster.local."
            ])
        #expect(cluster.told.names[name(web)]?.last?.glue.count == 2)
        #expect(cluster.told.records("5.0.96.10.in-addr.arpa.", .ptr) == [web])
        #expect(cluster.told.names[DomainName(reverseOf: ip("fd00::5"))] != nil)
    }

    @Test func rows7To12And15_Headless() {
        var cluster = Cluster()
        cluster.put(
            service(ports: [http]),
            slice(
                "web-1", endpoint("10.0.0.1", host: "a"), endpoint("10.0.0.2"), endpoint("10.0.0.9", ready: false),
                endpoint("10.0.0.1", host: "a")),
            slice("web-2", type: .ipv6, endpoint("2001:db8::", host: ""), endpoint("2001:db8::7", host: "a")))
        let web = "web.default.svc.cluster.local."
        #expect(cluster.told.records(web, .a) == ["10.0.0.1", "10.0.0.2"])
        #expect(cluster.told.records(web, .aaaa) == ["2001:db8::", "2001:db8::7"])
        #expect(cluster.told.records("a.\(web)", .a) == ["10.0.0.1"])
        #expect(cluster.told.records("a.\(web)", .aaaa) == ["2001:db8::7"])
        #expect(cluster.told.records("10-0-0-2.\(web)", .a) == ["10.0.0.2"])
        #expect(cluster.told.records("10-0-0-1.\(web)", .a) == nil, "an endpoint with a hostname has that name only")
        #expect(cluster.told.records("2001-db8--0.\(web)", .aaaa) == ["2001:db8::"])
        #expect(cluster.told.records("10-0-0-9.\(web)", .a) == nil)
        let expected = ["0 25 8080 10-0-0-2.\(web)", "0 25 8080 2001-db8--0.\(web)", "0 25 8080 a.\(web)"]
        #expect(cluster.told.records("_http._tcp.\(web)", .srv) == expected)
        #expect(cluster.told.records(web, .srv) == expected)
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) == ["a.\(web)"])
        #expect(cluster.told.records("9.0.0.10.in-addr.arpa.", .ptr) == nil)
    }

    @Test func row8a_HeadlessWithoutAReadyEndpointHasNoName() {
        var cluster = Cluster()
        cluster.put(service(ports: [http]), slice("s", endpoint("10.0.0.1", ready: false)))
        #expect(cluster.told.records("web.default.svc.cluster.local.", .a) == nil)
        cluster.put(slice("s", endpoint("10.0.0.1")))
        #expect(cluster.told.records("web.default.svc.cluster.local.", .a) == ["10.0.0.1"])
    }

    @Test func row9_HeadlessWithoutPortsHasAddressesAndNoSRV() {
        var cluster = Cluster()
        cluster.put(service(), slice("s", ports: [], endpoint("10.0.0.1")))
        #expect(cluster.told.records("web.default.svc.cluster.local.", .a) == ["10.0.0.1"])
        #expect(cluster.told.records("web.default.svc.cluster.local.", .srv) == [])
    }

    @Test func rows11And22_EndpointsOfAClusterIP() {
        var cluster = Cluster()
        cluster.put(
            service(ips: ["10.96.0.5"], ports: [http]), slice("s", endpoint("10.0.0.1"), endpoint("10.96.0.5")),
            service("other"), slice("o", of: "other", endpoint("10.0.0.1", host: "x")))
        let web = "web.default.svc.cluster.local."
        #expect(cluster.told.records("10-0-0-1.\(web)", .a) == ["10.0.0.1"])
        #expect(cluster.told.records(web, .a) == ["10.96.0.5"])
        #expect(
            cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr)
                == ["10-0-0-1.\(web)", "x.other.default.svc.cluster.local."])
        #expect(
            cluster.told.names[DomainName(reverseOf: ip("10.96.0.5"))]?[0].data.first == .ptr(name(web)),
            "the ClusterIP's name first")
    }

    @Test func rows30And31_ExternalName() {
        var cluster = Cluster()
        func external(_ text: String, _ target: String) -> RegistryObject {
            service(text) {
                $0.kind = .externalName
                $0.isHeadless = false
                $0.externalName = target
            }
        }
        cluster.put(
            external("a", "www.example.com"), external("b", "www.example.com."), external("c", "10.0.0.1"),
            external("d", "fd00::1"), external("e", String(repeating: "x", count: 64) + ".com"),
            slice("s", of: "a", endpoint("10.0.0.1")))
        #expect(cluster.told.records("a.default.svc.cluster.local.", .cname) == ["www.example.com."])
        #expect(cluster.told.records("b.default.svc.cluster.local.", .cname) == ["www.example.com."])
        #expect(cluster.told.records("c.default.svc.cluster.local.", .cname) == ["10.0.0.1."])
        #expect(cluster.told.traits[name("c.default.svc.cluster.local.")] == .targetNeverExists)
        #expect(cluster.told.traits[name("d.default.svc.cluster.local.")] == .targetNeverExists)
        #expect(cluster.told.traits[name("e.default.svc.cluster.local.")] == .unanswerable)
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) == nil, "slices of an ExternalName make no names")
    }

    @Test func slicesWithoutTheirServiceMakeNothing() {
        var cluster = Cluster()
        cluster.put(
            slice("a", endpoint("10.0.0.1")), slice("b", of: nil, endpoint("10.0.0.2")),
            slice("c", type: .fqdn, endpoint("10.0.0.3")))
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) == nil)
        cluster.put(service(ports: [http]))
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) != nil)
        #expect(cluster.told.records("web.default.svc.cluster.local.", .a) == ["10.0.0.1"])
        cluster.apply(.delete(ObjectKey(.service, ObjectName("default", "web"))))
        #expect(cluster.told.records("1.0.0.10.in-addr.arpa.", .ptr) == nil)
    }

    @Test func rows25_Pods() {
        var pod = Pod(name: ObjectName("default", "p"))
        pod.addresses = [ip("10.0.0.1"), ip("fd00::1")]
        for mode in ClusterZoneOptions.Pods.allCases {
            var cluster = Cluster(ClusterZoneOptions(pods: mode))
            cluster.put(.namespace(Namespace(name: "default")), .pod(pod))
            let below = name("default.pod.cluster.local.")
            #expect(cluster.told.names[name("default.svc.cluster.local.")] == [])
            #expect(
                cluster.told.traits[below]
                    == (mode == .disabled ? nil : mode == .insecure ? .anyAddressBelow : .addressesBelow))
            let known = mode == .verified
            #expect((cluster.told.records("10-0-0-1.default.pod.cluster.local.", .a) == ["10.0.0.1"]) == known)
            #expect((cluster.told.records("fd00--1.default.pod.cluster.local.", .aaaa) == ["fd00::1"]) == known)
        }
    }

    @Test func twoPodsOnOneAddress() {
        var cluster = Cluster(ClusterZoneOptions(pods: .verified))
        var first = Pod(name: ObjectName("default", "a"))
        first.addresses = [ip("10.0.0.1")]
        var second = first
        second.name = ObjectName("default", "b")
        cluster.put(.pod(first), .pod(second))
        cluster.apply(.delete(ObjectKey(.pod, first.name)))
        #expect(cluster.told.records("10-0-0-1.default.pod.cluster.local.", .a) == ["10.0.0.1"])
        second.phase = .succeeded
        cluster.put(.pod(second))
        #expect(cluster.told.records("10-0-0-1.default.pod.cluster.local.", .a) == nil)
    }

    @Test func rows27To30_FixedNames() {
        var cluster = Cluster(ClusterZoneOptions(ttl: 30, nameServerAddresses: [ip("192.0.2.1")]))
        #expect(cluster.told.records("dns-version.cluster.local.", .txt) == ["\"1.1.0\""])
        #expect(cluster.told.names[name("dns-version.cluster.local.")]?[0].ttl == 28800)
        #expect(cluster.told.records("cluster.local.", .ns) == ["ns.dns.cluster.local."])
        #expect(cluster.told.records("ns.dns.cluster.local.", .a) == ["192.0.2.1"])
        #expect(
            cluster.told.records("cluster.local.", .soa)
                == ["ns.dns.cluster.local. hostmaster.cluster.local. 0 7200 1800 86400 30"])
        cluster.put(service("kube-dns", namespace: "kube-system", ips: ["10.96.0.10"], ports: []))
        #expect(cluster.told.records("cluster.local.", .ns) == ["kube-dns.kube-system.svc.cluster.local."])
        #expect(cluster.told.records("in-addr.arpa.", .ns) == ["kube-dns.kube-system.svc.cluster.local."])
        #expect(cluster.told.records("ns.dns.cluster.local.", .a) == ["10.96.0.10"])
        #expect(cluster.told.records("cluster.local.", .soa)?[0].contains(" 1000 7200") == true)
    }

    @Test func row39_TheSerialMovesWithWhatDNSShows() {
        var cluster = Cluster()
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]))
        #expect(cluster.zones.serial == 1000)
        cluster.apply(.put(service(ips: ["10.96.0.5"], ports: [http]) { $0.labels = ["a": "b"] }), now: 2000)
        #expect(cluster.zones.serial == 1000, "a label is not seen in DNS")
        cluster.apply(.put(slice("s", endpoint("10.0.0.1"))), now: 3000)
        #expect(cluster.zones.serial == 3000)
        cluster.apply(.put(slice("s", endpoint("10.0.0.2"))), now: 2500)
        #expect(cluster.zones.serial == 3000, "never back")
    }

    @Test func oneEndpointMoreIsTheRecordsOfThatEndpoint() {
        var cluster = Cluster()
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]), slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.2")))
        let changes = cluster.apply(
            .put(slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.2"), endpoint("10.0.0.3"))))
        #expect(changes.count == 2, "its name and its PTR: \(changes)")
    }

    @Test func endpointChangesAreCounted() {
        var cluster = Cluster()
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]), slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.2")))
        #expect(cluster.zones.endpointChanges == 2)
        cluster.put(slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.3"), endpoint("10.0.0.2")))
        #expect(cluster.zones.endpointChanges == 3, "one more between two others")
        cluster.put(slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.3", ready: false), endpoint("10.0.0.2")))
        #expect(cluster.zones.endpointChanges == 4, "one changed")
        cluster.apply(.delete(ObjectKey(.endpointSlice, ObjectName("default", "s"))))
        #expect(cluster.zones.endpointChanges == 7, "all three gone")
    }

    @Test func aHostnameThatSpellsAnAddressIsTheNameOfThatAddressToo() {
        var cluster = Cluster()
        let name = "10-0-0-1.web.default.svc.cluster.local."
        cluster.put(service(ips: ["10.96.0.5"], ports: [http]), slice("s", endpoint("10.0.0.1")))
        cluster.put(slice("s", endpoint("10.0.0.1"), endpoint("10.0.0.7", host: "10-0-0-1")))
        #expect(cluster.told.records(name, .a) == ["10.0.0.1", "10.0.0.7"])
        cluster.put(slice("s", endpoint("10.0.0.7", host: "10-0-0-1")))
        #expect(cluster.told.records(name, .a) == ["10.0.0.7"])
    }

    @Test func namesComeBeforeNamesGo() throws {
        var cluster = Cluster()
        cluster.put(service(ports: [http]), slice("s", endpoint("10.0.0.1")))
        let changes = cluster.apply(.put(slice("s", endpoint("10.0.0.2"))))
        let firstGone = try #require(
            changes.firstIndex { if case .remove = $0 { true } else if case .withdraw = $0 { true } else { false } })
        #expect(
            changes[firstGone...].allSatisfy {
                switch $0 {
                case .remove, .withdraw: true
                case .set(let owner, _, _):
                    cluster.zones.cluster.origins.contains(owner) || owner.labels.first == Array("ns".utf8)[...]
                case .insert, .insertAll: false
                }
            })
    }
}
