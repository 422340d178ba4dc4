import AnswerTable
import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

/// A registry's zones and their reasons in a table, as the server publishes them.
private final class Explained {
    let table = AnswerTable(capacity: 64 << 20)
    var zones: RegistryZones
    let served: [AnswerTable.Zone]
    let reasons: [AnswerTable.Zone]

    init(_ options: ClusterZoneOptions = ClusterZoneOptions(), isSyncing: Bool = false) throws {
        var options = options
        options.keepsReasons = true
        zones = RegistryZones(cluster: try ClusterZone(options))
        served = zones.cluster.origins.map { [table] in table.makeZone(origin: $0, isSyncing: isSyncing) }
        reasons = Explanations.origins.map { [table] in table.makeZone(origin: $0) }
        for zone in served { table.explain(zone, by: reasons[zone.origin == options.domain ? 0 : 1]) }
        table.serve(served)
        zones.beginExplaining(emit)
        zones.begin(emit)
    }

    private var emit: RegistryZones.Emit {
        { [table, served, reasons] place, change in
            table.apply(CollectionOfOne(change), to: place == .reasons ? reasons : served)
        }
    }

    func apply(_ events: RegistryEvent...) { zones.apply(events, now: 1000, emit) }
    func put(_ objects: RegistryObject...) { zones.apply(objects.map(RegistryEvent.put), now: 1000, emit) }
    func wait(_ why: String) { zones.explainWaiting(why, emit) }

    func ask(_ text: String, _ type: RecordType = .a, edns: EDNS? = EDNS(), over transport: Transport = .udp) throws
        -> (message: Message, size: Int, finding: String?)
    {
        var answerer = table.makeAnswerer()!
        let room = UnsafeMutableRawPointer.allocate(byteCount: 70_000, alignment: 16)
        defer { room.deallocate() }
        let octets = try Message(query: name(text), type: type, id: 1, edns: edns).encoded()
        room.copyMemory(from: octets, byteCount: octets.count)
        answerer.beginBatch()
        let length = answerer.answer(room, length: octets.count, over: transport).length
        let finding = answerer.finding
        answerer.goAway()
        return (try Message(decoding: UnsafeRawBufferPointer(start: room, count: length)), length, finding)
    }

    /// Octets of the same denial without a reason.
    static func plain(_ text: String) throws -> Int {
        let table = AnswerTable(capacity: 1 << 22)
        var zones = RegistryZones(cluster: try ClusterZone(ClusterZoneOptions()))
        let served = zones.cluster.origins.map { table.makeZone(origin: $0) }
        table.serve(served)
        zones.begin { _, change in table.apply(CollectionOfOne(change), to: served) }
        for object in namespaces {
            zones.apply([.put(object)], now: 1000) { _, change in table.apply(CollectionOfOne(change), to: served) }
        }
        var answerer = table.makeAnswerer()!
        let room = UnsafeMutableRawPointer.allocate(byteCount: 70_000, alignment: 16)
        defer { room.deallocate() }
        let octets = try Message(query: name(text), type: .a, id: 1, edns: EDNS()).encoded()
        room.copyMemory(from: octets, byteCount: octets.count)
        answerer.beginBatch()
        defer { answerer.goAway() }
        return answerer.answer(room, length: octets.count, over: .udp).length
    }

    /// `0 Service cart is in namespace shop`; empty without an extended error.
    func why(_ text: String, _ type: RecordType = .a) throws -> String {
        let errors = try ask(text, type).message.edns?.extendedErrors ?? []
        return errors.map { "\($0.code.rawValue) \($0.text)" }.joined(separator: "; ")
    }
}

private func service(_ name: String, in namespace: String = "shop", _ change: (inout Service) -> Void = { _ in })
    -> RegistryObject
{
    var service = Service(name: ObjectName(namespace, name))
    service.clusterIPs = [IPAddress("10.96.0.7")!]
    service.ports = [.init(name: "http", port: 80)]
    change(&service)
    return .service(service)
}

private func headless(_ name: String, in namespace: String = "shop") -> RegistryObject {
    service(name, in: namespace) {
        $0.isHeadless = true
        $0.clusterIPs = []
    }
}

private func slice(of service: String, in namespace: String = "shop", ready: [Bool], _ family: String = "10.244.0.")
    -> RegistryObject
{
    var slice = EndpointSlice(
        name: ObjectName(namespace, "\(service)-\(family.count)"), serviceName: service,
        addressType: family.contains(":") ? .ipv6 : .ipv4)
    slice.endpoints = ready.enumerated().map {
        Endpoint(addresses: [IPAddress("\(family)\($0.offset + 1)")!], isReady: $0.element)
    }
    slice.ports = [EndpointPort(name: "http", port: 80)]
    return .endpointSlice(slice)
}

private let namespaces: [RegistryObject] = ["default", "shop"].map { .namespace(Namespace(name: $0)) }

@Suite struct ExplanationsTests {
    @Test(
        arguments: [
            ("cart.default", .a, "0 Service cart is in namespace shop"),
            ("CART.Default", .a, "0 Service cart is in namespace shop"),
            ("x.y.cart.default", .a, "0 Service cart is in namespace shop"),
            ("crat.default", .a, "0 no Service crat in namespace default"),
            ("cart.shopp", .a, "0 no namespace shopp"),
            ("db.shop", .a, "0 headless shop/db has no ready endpoint (3 not ready)"),
            ("10-244-0-1.db.shop", .a, "0 headless shop/db has no ready endpoint (3 not ready)"),
            ("idle.shop", .aaaa, "0 headless shop/idle has no endpoints"),
            ("cart.shop", .aaaa, "0 Service is IPv4 only"),
            ("cart.shop", .mx, "0 Service shop/cart has no record of this type"),
            ("gone.cart.shop", .a, "0 Service shop/cart has no ready endpoint gone"),
            ("_grpc._tcp.cart.shop", .srv, "0 Service shop/cart has no port _grpc._tcp"),
            ("_http._udp.cart.shop", .srv, "0 Service shop/cart has no named _udp port"),
            ("_tcp.cart.shop", .srv, "0 the name has no records, only names below it have"),
            ("shop", .a, "0 the name has no records, only names below it have"),
            ("outside.shop", .a, "0 externalName of shop/outside is an address"),
            ("broken.shop", .a, "0 externalName of shop/broken is no domain name"),
            ("cart.shop", .a, ""),
        ] as [(String, RecordType, String)])
    func `a denial says why`(_ short: String, _ type: RecordType, _ wanted: String) throws {
        let explained = try Explained()
        for object in namespaces + [
            service("cart"), headless("db"), slice(of: "db", ready: [false, false, false]), headless("idle"),
            service("outside") { ($0.kind, $0.externalName) = (.externalName, "192.0.2.1") },
            service("broken") {
                ($0.kind, $0.externalName) = (.externalName, "http://\(String(repeating: "a", count: 70))")
            },
        ] { explained.put(object) }
        #expect(try explained.why("\(short).svc.cluster.local.", type) == wanted)
    }

    /// As another registry says it that has been told everything at once.
    private func fresh(_ explained: Explained) throws -> Set<RecordChange> {
        var options = ClusterZoneOptions()
        options.keepsReasons = true
        var zones = RegistryZones(cluster: try ClusterZone(options))
        let registry = explained.zones.registry
        let objects =
            registry.services.values.map(RegistryObject.service)
            + registry.services.keys.flatMap { registry.slices(of: $0) }.map(RegistryObject.endpointSlice)
        zones.apply(objects.map(RegistryEvent.put), now: 1) { _, _ in }
        return Set(zones.reasons)
    }

    @Test func `a reason changes with its Service alone`() throws {
        let explained = try Explained()
        for object in namespaces + [service("cart"), service("other")] { explained.put(object) }
        let asked = "cart.default.svc.cluster.local."
        #expect(try explained.why(asked) == "0 Service cart is in namespace shop")

        var told: [RecordChange] = []
        func apply(_ event: RegistryEvent) {
            explained.zones.apply([event], now: 1000) { place, change in
                if place == .reasons { told.append(change) }
                explained.table.apply(
                    CollectionOfOne(change), to: place == .reasons ? explained.reasons : explained.served)
            }
        }
        for namespace in ["a", "b", "c"] { apply(.put(service("cart", in: namespace))) }
        #expect(told.count == 3)
        #expect(try explained.why(asked) == "0 Service cart is in namespaces a, b, c and 1 more")
        for namespace in ["a", "c", "shop"] { apply(.delete(ObjectKey(.service, ObjectName(namespace, "cart")))) }
        #expect(try explained.why(asked) == "0 Service cart is in namespace b")
        apply(.delete(ObjectKey(.service, ObjectName("b", "cart"))))
        #expect(try explained.why(asked) == "0 no Service cart in namespace default")

        told.removeAll()
        apply(.put(headless("db")))
        apply(.put(slice(of: "db", ready: [false])))
        apply(.put(slice(of: "db", ready: [false, true])))
        #expect(told.map(\.owner).allSatisfy { $0.labels[0].elementsEqual("db".utf8) })
        #expect(try explained.ask("db.shop.svc.cluster.local.").message.rcode == .noError)
        apply(.put(slice(of: "db", ready: [false, false])))
        #expect(
            try explained.why("db.shop.svc.cluster.local.") == "0 headless shop/db has no ready endpoint (2 not ready)")
        #expect(Set(explained.zones.reasons) == (try fresh(explained)))
    }

    @Test func `what a policy hides is told nobody`() throws {
        let explained = try Explained()
        for object in namespaces + [service("cart")] { explained.put(object) }
        let asked = "cart.default.svc.cluster.local."
        for zone in explained.reasons { explained.table.letTell(zone, ofOtherPlaces: false) }
        #expect(try explained.why(asked) == "0 no Service cart in namespace default")
        for zone in explained.reasons { explained.table.letTell(zone, ofOtherPlaces: true) }
        #expect(try explained.why(asked) == "0 Service cart is in namespace shop")
    }

    @Test func `reasons lie where no question comes`() throws {
        let explained = try Explained()
        for object in namespaces + [service("cart")] { explained.put(object) }
        for label in 0..<3 {
            for asked in ["cart.*.svc.\\00\(label).", "*.*.svc.\\00\(label).", "\\00\(label)."] {
                #expect(try explained.ask(asked, .txt).message.rcode == .refused)
            }
        }
    }

    @Test func `nothing is said without EDNS`() throws {
        let explained = try Explained()
        for object in namespaces { explained.put(object) }
        let answer = try explained.ask("cart.default.svc.cluster.local.", edns: nil).message
        #expect(answer.rcode == .nxDomain)
        #expect(answer.edns == nil)
        #expect(answer.authorities.count == 1)
    }

    /// A name so long that question, SOA and reason come near the limit: the reason goes, nothing else.
    @Test func `a reason never makes an answer too long`() throws {
        let explained = try Explained()
        for object in namespaces { explained.put(object) }
        let label = String(repeating: "x", count: 60)
        let long = "\(label).\(label).\(label).default.svc.cluster.local."
        let plain = try Explained.plain(long)
        var sizes: [(limit: UInt16, size: Int, isExplained: Bool)] = []
        for limit in stride(from: UInt16(512), through: 600, by: 1) {
            let answer = try explained.ask(long, edns: EDNS(payloadSize: limit))
            #expect(!answer.message.flags.contains(.truncated))
            #expect(answer.message.authorities.count == 1)
            #expect(answer.size <= Int(limit))
            sizes.append((limit, answer.size, !(answer.message.edns?.options.isEmpty ?? true)))
        }
        for each in sizes { #expect(each.isExplained || each.size == plain) }
        #expect(try explained.ask(long, over: .tcp).message.edns?.extendedErrors.count == 1)
    }

    @Test func `an answer that just fits has no reason, one octet more has`() throws {
        let explained = try Explained()
        for object in namespaces { explained.put(object) }
        // 512 is the least: a chain of CNAMEs brings the answer near to it.
        let pad = String(repeating: "p", count: 63)
        let target = "\(pad).\(pad).default.svc.cluster.local."
        for (name, to) in [("a", "b.shop.svc.cluster.local"), ("b", "c.shop.svc.cluster.local"), ("c", target)] {
            explained.put(service(name) { ($0.kind, $0.externalName) = (.externalName, to) })
        }
        let full = try explained.ask("a.shop.svc.cluster.local.", edns: EDNS(payloadSize: 1232))
        #expect(full.message.edns?.extendedErrors.count == 1)
        #expect(full.message.rcode == .nxDomain)
        let tight = try explained.ask("a.shop.svc.cluster.local.", edns: EDNS(payloadSize: UInt16(full.size)))
        #expect(tight.size == full.size)
        guard full.size > 512 else { return }
        let less = try explained.ask("a.shop.svc.cluster.local.", edns: EDNS(payloadSize: UInt16(full.size - 1)))
        #expect(less.message.edns?.extendedErrors.isEmpty == true)
        #expect(less.message.answers == full.message.answers)
        #expect(!less.message.flags.contains(.truncated))
    }

    @Test func `before everything is known nobody says that something is not`() throws {
        let explained = try Explained(isSyncing: true)
        let asked = "cart.default.svc.cluster.local."
        #expect(try explained.ask(asked).message.rcode == .servFail)
        #expect(try explained.why(asked) == "14 registry not synced")
        explained.wait("registry not synced: 403 list endpointslices")
        #expect(try explained.why(asked) == "14 registry not synced: 403 list endpointslices")
        #expect(try explained.why("7.0.96.10.in-addr.arpa.", .ptr) == "14 registry not synced: 403 list endpointslices")
        #expect(try explained.ask(asked).finding == "DNS002")
        for zone in explained.served { explained.table.setSynced(zone) }
        #expect(try explained.why(asked) == "0 no namespace default")
        #expect(try explained.why("7.0.96.10.in-addr.arpa.", .ptr) == "0 no Service or ready endpoint has this address")
    }

    @Test(
        arguments: [
            (ClusterZoneOptions.Pods.disabled, "10-0-0-1.default.pod", "0 names of Pods are off: pods disabled"),
            (.insecure, "x.default.pod", "0 x spells no address"),
            (.insecure, "10-0-0-1.none.pod", "0 no namespace none"),
            (.verified, "10-0-0-1.default.pod", "0 no Pod of namespace default has address 10-0-0-1"),
        ] as [(ClusterZoneOptions.Pods, String, String)])
    func `names of Pods have their reasons`(_ pods: ClusterZoneOptions.Pods, _ short: String, _ wanted: String) throws {
        let explained = try Explained(ClusterZoneOptions(pods: pods))
        for object in namespaces { explained.put(object) }
        #expect(try explained.why("\(short).cluster.local.") == wanted)
    }

    @Test func `octets that are no text are not sent`() throws {
        let explained = try Explained()
        for object in namespaces { explained.put(object) }
        #expect(
            try explained.why("a\\000\\255\\032b.default.svc.cluster.local.")
                == "0 no Service a???b in namespace default")
    }

    @Test func `families of a headless Service are told apart`() throws {
        let explained = try Explained()
        for object in namespaces { explained.put(object) }
        guard case .service(var db) = headless("db") else { return }
        db.families = [.v4, .v6]
        explained.put(.service(db), slice(of: "db", ready: [true]), slice(of: "db", ready: [false], "fd00::"))
        #expect(
            try explained.why("db.shop.svc.cluster.local.", .aaaa) == "0 headless shop/db has no ready IPv6 endpoint")
        #expect(try explained.why("db.shop.svc.cluster.local.", .mx) == "0 Service shop/db has no record of this type")
    }

    @Test func `random changes leave what the registry says`() throws {
        var random = SplitMix64(seed: 8914)
        let explained = try Explained()
        for object in namespaces { explained.put(object) }
        for _ in 0..<400 {
            let namespace = ["default", "shop", "c", "d", "e"].randomElement(using: &random)!
            let name = ["cart", "db", "web"].randomElement(using: &random)!
            switch Int.random(in: 0..<6, using: &random) {
            case 0: explained.put(service(name, in: namespace))
            case 1: explained.put(headless(name, in: namespace))
            case 2: explained.apply(.delete(ObjectKey(.service, ObjectName(namespace, name))))
            case 3:
                explained.put(service(name, in: namespace) { ($0.kind, $0.externalName) = (.externalName, "1.2.3.4") })
            default:
                let ready = (0..<Int.random(in: 0..<3, using: &random)).map { _ in Bool.random(using: &random) }
                explained.put(slice(of: name, in: namespace, ready: ready))
            }
        }
        #expect(Set(explained.zones.reasons) == (try fresh(explained)))
        for name in ["cart", "db", "web"] {
            let places = explained.zones.registry.services.keys.filter { $0.name == name }.map(\.namespace).sorted()
            guard !places.contains("default"), !places.isEmpty else { continue }
            let others = places.count - 3
            let said = places.prefix(3).joined(separator: ", ") + (others > 0 ? " and \(others) more" : "")
            let wanted = "0 Service \(name) is in namespace\(places.count > 1 ? "s" : "") \(said)"
            #expect(try explained.why("\(name).default.svc.cluster.local.") == wanted)
        }
    }
}
