import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

/// What CoreDNS's plugin/kubernetes/zonal_test.go expects, and what follows from its README.md.
@Suite struct ZonalTests {
    private static let http = EndpointPort(name: "http", port: 80)
    private static let headless = service("hdls", namespace: "testns", ports: [Service.Port(name: "http", port: 80)])
    private static func hdls(_ first: String = "us-west-2a", _ others: String = "us-west-2b") -> RegistryObject {
        slice(
            "hdls-slice", of: "hdls", namespace: "testns", ports: [http], endpoint("172.0.0.1", zone: first),
            endpoint("172.0.0.2", zone: others), endpoint("172.0.0.3", zone: others))
    }
    private static let zonal = options { $0.isZonal = true }
    private static let below = "hdls.testns.svc.cluster.local."

    private func served(_ endpoints: RegistryObject) -> Served {
        Served(
            Self.zonal, Self.headless, endpoints,
            service("clstr", namespace: "testns", ips: ["10.0.0.10"], ports: [Service.Port(name: "http", port: 80)]))
    }

    @Test func pinAndPrefer() throws {
        let served = served(Self.hdls())
        let below = Self.below
        let all = ["172.0.0.1", "172.0.0.2", "172.0.0.3"]
        let expected: [(String, RecordType, [String])] = [
            ("us-west-2a.pin._zone.\(below)", .a, ["172.0.0.1"]),
            ("US-West-2A.pin._zone.\(below)", .a, ["172.0.0.1"]),
            ("us-west-2b.pin._zone.\(below)", .a, ["172.0.0.2", "172.0.0.3"]),
            ("us-west-2c.pin._zone.\(below)", .a, ["NODATA"]), ("us-west-2c.pin._zone.\(below)", .txt, ["NODATA"]),
            ("us-west-2a.pin._zone.\(below)", .aaaa, ["NODATA"]),
            ("us-west-2a.prefer._zone.\(below)", .a, ["172.0.0.1"]),
            ("us-west-2a.prefer._zone.\(below)", .aaaa, ["NODATA"]),
            ("us-west-2c.prefer._zone.\(below)", .a, all), ("us-west-2c.prefer._zone.\(below)", .txt, ["NODATA"]),
            ("x.us-west-2a.prefer._zone.\(below)", .a, all), ("x.y.prefer._zone.\(below)", .a, all),
            ("x.us-west-2a.pin._zone.\(below)", .a, ["NODATA"]), ("pin._zone.\(below)", .a, ["NODATA"]),
            ("us-west-2a.pin._zone.ghost.testns.svc.cluster.local.", .a, ["NXDOMAIN"]),
            ("us-west-2a.florp._zone.\(below)", .a, ["NXDOMAIN"]),
            ("us-west-2a.pin._zone.clstr.testns.svc.cluster.local.", .a, ["NXDOMAIN"]),
            (below, .a, all), ("nosuch.\(below)", .a, ["NXDOMAIN"]),
            (
                "us-west-2b.pin._zone.\(below)", .srv,
                ["0 50 80 172-0-0-2.\(below)", "0 50 80 172-0-0-3.\(below)"]
            ),
            ("us-west-2c.prefer._zone.\(below)", .srv, (1...3).map { "0 33 80 172-0-0-\($0).\(below)" }),
        ]
        for (question, type, answer) in expected {
            #expect(try served.answer(question, type) == answer, "\(question) \(type)")
        }
        let glued = try served.ask("us-west-2b.pin._zone.\(below)", .srv)
        #expect(glued.additionals.map { "\($0.data)" }.sorted() == ["172.0.0.2", "172.0.0.3"])
        #expect(
            try served.ask("us-west-2c.prefer._zone.\(below)", .a).answers[0].owner
                == name("us-west-2c.prefer._zone.\(below)"))
    }

    @Test func aZoneMayHaveDots() throws {
        let served = served(Self.hdls("Corp.example.com", ""))
        let all = ["172.0.0.1", "172.0.0.2", "172.0.0.3"]
        for (zone, pin, prefer) in [
            ("corp.example.com", ["172.0.0.1"], ["172.0.0.1"]), ("example.com", ["NODATA"], all),
            ("com", ["NODATA"], all),
            ("other.example.com", ["NODATA"], all), ("x.com", ["NODATA"], all), ("a.corp.example.com", ["NODATA"], all),
        ] {
            #expect(try served.answer("\(zone).pin._zone.\(Self.below)", .a) == pin, "\(zone)")
            #expect(try served.answer("\(zone).prefer._zone.\(Self.below)", .a) == prefer, "\(zone)")
        }
    }

    @Test func aServiceWithoutEndpointsHasTheNamesAndNoData() throws {
        let served = Served(Self.zonal, Self.headless)
        #expect(try served.answer("us-west-2a.pin._zone.\(Self.below)", .a) == ["NODATA"])
        #expect(try served.answer("us-west-2a.prefer._zone.\(Self.below)", .a) == ["NODATA"])
        // RFC 8020: where names are below, there is a name.
        #expect(try served.answer(Self.below, .a) == ["NODATA"])
        #expect(try Served(ClusterZoneOptions(), Self.headless).answer(Self.below, .a) == ["NXDOMAIN"])
    }

    @Test func withoutTheOptionThereAreNoSuchNames() throws {
        let served = Served(ClusterZoneOptions(), Self.headless, Self.hdls())
        #expect(try served.answer("us-west-2a.pin._zone.\(Self.below)", .a) == ["NXDOMAIN"])
    }

    @Test func aChangeOfTheZoneAloneIsSeen() {
        var cluster = Cluster(Self.zonal)
        cluster.put(Self.headless, Self.hdls())
        cluster.apply(.put(Self.hdls("us-west-2c")), now: 2000)
        #expect(cluster.zones.serial == 2000)
        #expect(cluster.told.records("us-west-2a.pin._zone.\(Self.below)", .a) == nil)
        #expect(cluster.told.records("us-west-2c.pin._zone.\(Self.below)", .a) == ["172.0.0.1"])
        #expect(cluster.told.records("*.us-west-2a.pin._zone.\(Self.below)", .a) == nil)
        cluster.apply(.delete(ObjectKey(.service, ObjectName("testns", "hdls"))))
        #expect(!cluster.told.names.keys.contains { $0.isAtOrBelow(name(Self.below)) })
    }
}
