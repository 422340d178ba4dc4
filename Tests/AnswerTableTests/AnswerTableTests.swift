import CLDNS
import DNSWire
import NetworkAddress
import Testing

@testable import AnswerTable

/// A table, its zones, and one reader, asked in text and answering in text.
final class Bench {
    let table: AnswerTable
    var answerer: Answerer
    private let out = UnsafeMutableRawPointer.allocate(byteCount: 70_000, alignment: 16)

    init(capacity: Int = 256 << 20) {
        table = AnswerTable(capacity: capacity)
        answerer = table.makeAnswerer()!
    }

    deinit { out.deallocate() }

    func zone(_ origin: String, isSyncing: Bool = false, serve: Bool = true) -> AnswerTable.Zone {
        let zone = table.makeZone(origin: name(origin), isSyncing: isSyncing)
        let soa = StartOfAuthority(
            primary: try! name(origin).prepending("ns"), mailbox: try! name(origin).prepending("host"), serial: 1,
            refresh: 2, retry: 3, expire: 4, minimum: 5)
        table.apply(
            [
                .set(
                    name(origin),
                    [
                        RecordSet(.soa, ttl: 30, [.soa(soa)]),
                        RecordSet(.ns, ttl: 30, [.ns(try! name(origin).prepending("ns"))]),
                    ], .certain)
            ], to: [zone])
        if serve { table.serve(table.zones.zones + [zone]) }
        return zone
    }

    func raw(_ bytes: [UInt8], over transport: Transport = .udp) -> [UInt8]? {
        out.copyMemory(from: bytes, byteCount: bytes.count)
        answerer.beginBatch()
        let length = answerer.answer(out, length: bytes.count, over: transport).length
        answerer.goAway()
        guard length > 0 else { return nil }
        // The second opinion: libldns reads every answer that these tests see.
        var parsed: UnsafeMutablePointer<ldns_pkt>?
        let status = ldns_wire2pkt(&parsed, out.assumingMemoryBound(to: UInt8.self), length)
        #expect(status == LDNS_STATUS_OK, "\(String(cString: ldns_get_errorstr_by_id(status)))")
        ldns_pkt_free(parsed)
        return Array(UnsafeRawBufferPointer(start: out, count: length))
    }

    func ask(
        _ owner: String, _ type: RecordType = .a, payload: UInt16? = nil, over transport: Transport = .udp
    ) throws -> Message {
        var message = Message(query: name(owner), type: type, id: 7)
        message.edns = payload.map { EDNS(payloadSize: $0, version: 0, dnssecOK: false, options: []) }
        let bytes = try #require(raw(try message.encoded(), over: transport))
        return try Message(decoding: bytes)
    }

    /// `NOERROR aa: web. A 10.0.0.1 | SOA`: the answer section's records, then the types of the other two.
    func text(_ owner: String, _ type: RecordType = .a) throws -> String {
        let answer = try ask(owner, type)
        var out = "\(answer.rcode)"
        if !answer.flags.contains(.authoritative) { out += " -aa" }
        for record in answer.answers { out += " \(record.owner)\(record.type) \(record.data)" }
        if !answer.authorities.isEmpty {
            out += " | " + answer.authorities.map { "\($0.owner)\($0.type)" }.joined(separator: " ")
        }
        if !answer.additionals.isEmpty {
            out += " + " + answer.additionals.map { "\($0.owner)\($0.type) \($0.data)" }.joined(separator: " ")
        }
        return out
    }
}

func name(_ text: String) -> DomainName { try! DomainName(text) }
func address(_ text: String) -> RecordData { .address(IPAddress(text)!) }
func a(_ texts: String...) -> RecordSet { RecordSet(.a, ttl: 5, texts.map(address)) }

@Suite struct AnswerTableTests {
    /// The reader's plain numbers are the zones' words.
    @Test func traitsAreTheSameOnBothSides() {
        let pairs: [(UInt16, NodeTraits)] = [
            (Trait.targetNeverExists, .targetNeverExists), (Trait.unanswerable, .unanswerable),
            (Trait.anyAddressBelow, .anyAddressBelow), (Trait.addressesBelow, .addressesBelow),
            (Trait.delegation, .delegation), (Trait.wildcard, .wildcard), (Trait.certain, .certain),
        ]
        for (number, trait) in pairs { #expect(number == trait.rawValue) }
    }

    @Test func answersWhatAZoneHasAndDeniesTheRest() throws {
        let bench = Bench()
        let zone = bench.zone("cluster.local.")
        bench.table.apply(
            [.set(name("web.default.svc.cluster.local."), [a("10.0.0.1")]), .set(name("pod.cluster.local."), [])],
            to: [zone])
        let table: [(String, RecordType, String)] = [
            ("web.default.svc.cluster.local.", .a, "NOERROR web.default.svc.cluster.local.A 10.0.0.1"),
            ("WeB.Default.svc.CLUSTER.local.", .a, "NOERROR WeB.Default.svc.CLUSTER.local.A 10.0.0.1"),
            ("web.default.svc.cluster.local.", .aaaa, "NOERROR | cluster.local.SOA"),
            ("web.default.svc.cluster.local.", .any, "NOERROR web.default.svc.cluster.local.A 10.0.0.1"),
            ("default.svc.cluster.local.", .a, "NOERROR | cluster.local.SOA"),
            ("svc.cluster.local.", .a, "NOERROR | cluster.local.SOA"),
            ("pod.cluster.local.", .a, "NOERROR | cluster.local.SOA"),
            ("x.web.default.svc.cluster.local.", .a, "NXDOMAIN | cluster.local.SOA"),
            ("we.default.svc.cluster.local.", .a, "NXDOMAIN | cluster.local.SOA"),
            ("nocluster.local.", .a, "REFUSED -aa"),
            ("local.", .a, "REFUSED -aa"),
            (".", .ns, "REFUSED -aa"),
            ("cluster.local.", .ds, "NOERROR | cluster.local.SOA"),
            ("cluster.local.", .axfr, "REFUSED -aa"),
            ("web.default.svc.cluster.local.", .axfr, "NOTAUTH -aa"),
            ("example.com.", .axfr, "NOTAUTH -aa"),
        ]
        for (owner, type, expected) in table {
            #expect(try bench.text(owner, type) == expected, "\(owner) \(type)")
        }
        let negative = try bench.ask("nosuch.cluster.local.")
        #expect(negative.authorities[0].ttl == 5, "RFC 2308 3: the smaller of TTL and minimum")
    }

    /// The names of a negative answer's SOA end in a pointer to the zone's origin in the question where they are in the
    /// zone, and say the same as the SOA itself.
    @Test(arguments: [
        ("a.example.", "ns.dns.a.example.", "host.a.example.", true), ("a.example.", "a.example.", "a.example.", true),
        ("a.example.", "ns.b.example.", "host.a.example.", false),
        ("a.example.", "ns.a.example.", "xa.example.", false),
        (".", "ns.", "host.", true),
    ])
    func negativeAnswersLeaveTheOriginToThePointer(origin: String, primary: String, mailbox: String, isShort: Bool)
        throws
    {
        let bench = Bench()
        let soa = StartOfAuthority(
            primary: name(primary), mailbox: name(mailbox), serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5)
        let zone = bench.table.makeZone(origin: name(origin))
        bench.table.apply([.set(name(origin), [RecordSet(.soa, ttl: 30, [.soa(soa)])])], to: [zone])
        bench.table.serve([zone])
        let missing = origin == "." ? "missing." : "missing.\(origin)"
        let answer = try bench.ask(missing)
        #expect(answer.rcode == .nxDomain)
        #expect(answer.authorities.map(\.owner) == [name(origin)])
        #expect(answer.authorities.map(\.data) == [.soa(soa)])
        let length = try #require(bench.raw(Message(query: name(missing), type: .a, id: 1).encoded())).count
        let question = 12 + name(missing).wire.count + 4
        let names = name(primary).wire.count + name(mailbox).wire.count
        let left = isShort ? names - 2 * name(origin).wire.count + 4 : names
        #expect(length == question + 12 + left + 20)
    }

    @Test func emptyNonTerminalsComeAndGoWithWhatIsBelow() throws {
        let bench = Bench()
        let zone = bench.zone("z.")
        let deep = name("a.b.c.z.")
        bench.table.apply([.set(deep, [a("10.0.0.1")])], to: [zone])
        #expect(try bench.text("b.c.z.") == "NOERROR | z.SOA")
        bench.table.apply([.set(name("x.c.z."), [a("10.0.0.2")]), .remove(deep)], to: [zone])
        #expect(try bench.text("b.c.z.") == "NXDOMAIN | z.SOA")
        #expect(try bench.text("c.z.") == "NOERROR | z.SOA")
        bench.table.apply([.remove(name("x.c.z."))], to: [zone])
        #expect(try bench.text("c.z.") == "NXDOMAIN | z.SOA")
        #expect(bench.table.nameCount == 1)
        // A name with data that has names below it keeps its place when its data goes.
        bench.table.apply(
            [.set(name("c.z."), [a("10.0.0.3")]), .set(deep, [a("10.0.0.1")]), .remove(name("c.z."))], to: [zone])
        #expect(try bench.text("c.z.") == "NOERROR | z.SOA")
        #expect(try bench.text("a.b.c.z.") == "NOERROR a.b.c.z.A 10.0.0.1")
    }

    @Test func sharedNamesTakeRecordsOneByOne() throws {
        let bench = Bench()
        let zone = bench.zone("in-addr.arpa.")
        let owner = name("1.0.0.10.in-addr.arpa.")
        let pod = RecordData.ptr(name("pod.web."))
        let web = RecordData.ptr(name("web."))
        bench.table.apply(
            [.insert(owner, ttl: 5, pod, first: false), .insert(owner, ttl: 5, web, first: true)], to: [zone])
        #expect(
            try bench.text("1.0.0.10.in-addr.arpa.", .ptr)
                == "NOERROR 1.0.0.10.in-addr.arpa.PTR web. 1.0.0.10.in-addr.arpa.PTR pod.web.")
        bench.table.apply([.withdraw(owner, web)], to: [zone])
        #expect(try bench.text("1.0.0.10.in-addr.arpa.", .ptr) == "NOERROR 1.0.0.10.in-addr.arpa.PTR pod.web.")
        bench.table.apply([.withdraw(owner, pod)], to: [zone])
        #expect(try bench.text("0.0.10.in-addr.arpa.", .ptr) == "NXDOMAIN | in-addr.arpa.SOA")
    }

    @Test func aliasesAreFollowedThroughZones() throws {
        let bench = Bench()
        let here = bench.zone("here.")
        let there = bench.zone("there.")
        func alias(_ from: String, _ to: String, _ traits: NodeTraits = []) -> RecordChange {
            .set(name(from), [RecordSet(.cname, ttl: 5, [.cname(name(to))])], traits)
        }
        bench.table.apply(
            [
                alias("a.here.", "B.there."), alias("b.there.", "C.here."), .set(name("c.here."), [a("10.0.0.1")]),
                alias("out.here.", "example.com."), alias("gone.here.", "nosuch.there."),
                alias("empty.here.", "there."), alias("loop.here.", "pool.here."), alias("pool.here.", "loop.here."),
                alias("number.here.", "10.0.0.9.", .targetNeverExists),
                .set(name("bad.here."), [], .unanswerable),
            ], to: [here, there])
        let table: [(String, RecordType, String)] = [
            ("a.here.", .a, "NOERROR a.here.CNAME B.there. B.there.CNAME C.here. C.here.A 10.0.0.1"),
            ("a.here.", .cname, "NOERROR a.here.CNAME B.there."),
            ("a.here.", .any, "NOERROR a.here.CNAME B.there."),
            ("a.here.", .txt, "NOERROR a.here.CNAME B.there. B.there.CNAME C.here. | here.SOA"),
            ("out.here.", .a, "NOERROR out.here.CNAME example.com."),
            ("gone.here.", .a, "NXDOMAIN gone.here.CNAME nosuch.there. | there.SOA"),
            ("empty.here.", .a, "NOERROR empty.here.CNAME there. | there.SOA"),
            ("loop.here.", .a, "NOERROR loop.here.CNAME pool.here. pool.here.CNAME loop.here."),
            ("number.here.", .a, "NXDOMAIN number.here.CNAME 10.0.0.9."),
            ("number.here.", .cname, "NOERROR number.here.CNAME 10.0.0.9."),
            ("bad.here.", .a, "SERVFAIL"),
        ]
        for (owner, type, expected) in table {
            #expect(try bench.text(owner, type).lowercased() == expected.lowercased(), "\(owner) \(type)")
        }
    }

    @Test(arguments: [16, 20]) func chainsOfThatLengthAreFollowed(length: Int) throws {
        let bench = Bench()
        let zone = bench.zone("z.")
        for index in 0..<length {
            let target = RecordData.cname(name("c\(index + 1).z."))
            bench.table.apply([.set(name("c\(index).z."), [RecordSet(.cname, ttl: 5, [target])])], to: [zone])
        }
        bench.table.apply([.set(name("c\(length).z."), [a("10.0.0.1")])], to: [zone])
        #expect(try bench.ask("c0.z.", payload: 4096).answers.count == length + 1)
    }

    @Test func beforeTheSyncNothingIsDeniedThatMayCome() throws {
        let bench = Bench()
        let zone = bench.zone("z.", isSyncing: true)
        bench.table.apply([.set(name("web.z."), [a("10.0.0.1")])], to: [zone])
        #expect(try bench.text("web.z.") == "NOERROR web.z.A 10.0.0.1")
        #expect(try bench.text("web.z.", .aaaa) == "SERVFAIL | z.SOA")
        #expect(try bench.text("other.z.") == "SERVFAIL | z.SOA")
        #expect(try bench.text("z.", .a) == "NOERROR | z.SOA")
        bench.table.setSynced(zone)
        #expect(try bench.text("other.z.") == "NXDOMAIN | z.SOA")
        #expect(try bench.text("web.z.", .aaaa) == "NOERROR | z.SOA")
    }

    @Test func namesThatSpellAnAddress() throws {
        let bench = Bench()
        let zone = bench.zone("z.")
        bench.table.apply(
            [
                .set(name("any.z."), [], .anyAddressBelow), .set(name("known.z."), [], .addressesBelow),
                .set(name("10-0-0-1.known.z."), [a("10.0.0.1")]),
                .set(name("2001-db8--1.known.z."), [RecordSet(.aaaa, ttl: 5, [address("2001:db8::1")])]),
                .set(name("1--0.known.z."), [RecordSet(.aaaa, ttl: 5, [address("1::")])]),
            ], to: [zone])
        let table: [(String, RecordType, String)] = [
            ("1-2-3-4.any.z.", .a, "NOERROR 1-2-3-4.any.z.A 1.2.3.4"),
            ("1-2-3-4.any.z.", .aaaa, "NOERROR | z.SOA"),
            ("1-2-3-4.any.z.", .txt, "NOERROR | z.SOA"),
            ("2001-db8--1.any.z.", .aaaa, "NOERROR 2001-db8--1.any.z.AAAA 2001:db8::1"),
            ("1-2-3-256.any.z.", .a, "NXDOMAIN | z.SOA"),
            ("1-2-3.any.z.", .a, "NXDOMAIN | z.SOA"),
            ("web.any.z.", .a, "NXDOMAIN | z.SOA"),
            ("x.1-2-3-4.any.z.", .a, "NXDOMAIN | z.SOA"),
            ("10-0-0-1.known.z.", .a, "NOERROR 10-0-0-1.known.z.A 10.0.0.1"),
            ("10-0-0-2.known.z.", .a, "NXDOMAIN | z.SOA"),
            ("2001-DB8-0-0-0-0-0-1.known.z.", .aaaa, "NOERROR 2001-DB8-0-0-0-0-0-1.known.z.AAAA 2001:db8::1"),
            ("1-0-0-0-0-0-0-0.known.z.", .aaaa, "NOERROR 1-0-0-0-0-0-0-0.known.z.AAAA 1::"),
            ("2001-db8--2.known.z.", .aaaa, "NXDOMAIN | z.SOA"),
        ]
        for (owner, type, expected) in table {
            #expect(try bench.text(owner, type) == expected, "\(owner) \(type)")
        }
    }

    @Test func cutsAndWildcards() throws {
        let bench = Bench()
        let zone = bench.zone("z.")
        let servers = RecordSet(
            .ns, ttl: 5, [.ns(name("ns.cut.z."))], glue: [.init(record: 0, address: IPAddress("10.0.0.53")!)])
        bench.table.apply(
            [
                .set(name("cut.z."), [servers], .delegation),
                .set(name("*.wild.z."), [a("10.0.0.1")], .wildcard),
                .set(name("own.wild.z."), [RecordSet(.txt, ttl: 5, [.txt([[65]])])]),
                .set(name("deep.own.wild.z."), [a("10.0.0.2")]),
            ], to: [zone])
        let table: [(String, RecordType, String)] = [
            ("x.cut.z.", .a, "NOERROR -aa | cut.z.NS + ns.cut.z.A 10.0.0.53"),
            ("cut.z.", .a, "NOERROR -aa | cut.z.NS + ns.cut.z.A 10.0.0.53"),
            ("cut.z.", .ds, "NOERROR | z.SOA"),
            ("x.wild.z.", .a, "NOERROR x.wild.z.A 10.0.0.1"),
            ("x.y.wild.z.", .a, "NOERROR x.y.wild.z.A 10.0.0.1"),
            ("x.wild.z.", .txt, "NOERROR | z.SOA"),
            ("own.wild.z.", .a, "NOERROR | z.SOA"),
            ("x.own.wild.z.", .a, "NXDOMAIN | z.SOA"),
            ("wild.z.", .a, "NOERROR | z.SOA"),
            ("x.z.", .a, "NXDOMAIN | z.SOA"),
        ]
        for (owner, type, expected) in table {
            #expect(try bench.text(owner, type) == expected, "\(owner) \(type)")
        }
    }

    @Test func zonesOfOneOriginAreAskedInOrder() throws {
        let bench = Bench()
        let file = bench.zone("example.com.")
        let outside = bench.zone("example.com.")
        bench.table.apply([.set(name("a.example.com."), [a("10.0.0.1")])], to: [file])
        bench.table.apply(
            [.set(name("a.example.com."), [a("10.0.0.2")]), .set(name("b.example.com."), [a("10.0.0.3")])],
            to: [outside])
        #expect(try bench.text("a.example.com.") == "NOERROR a.example.com.A 10.0.0.1")
        #expect(try bench.text("b.example.com.") == "NOERROR b.example.com.A 10.0.0.3")
        #expect(try bench.text("c.example.com.") == "NXDOMAIN | example.com.SOA")
        bench.table.serve([outside])
        bench.table.dropZone(file)
        #expect(try bench.text("a.example.com.") == "NOERROR a.example.com.A 10.0.0.2")
    }

    @Test func locationsBringTheirAddresses() throws {
        let bench = Bench()
        let zone = bench.zone("z.")
        let data: [RecordData] = (0..<3).map {
            .srv(ServiceLocation(weight: 33, port: UInt16(80 + $0), target: name("p\($0).z.")))
        }
        let glue =
            (0..<3).map { RecordSet.Glue(record: $0, address: IPAddress("10.0.0.\($0)")!) }
            + [RecordSet.Glue(record: 1, address: IPAddress("::5")!)]
        bench.table.apply([.set(name("_s._tcp.z."), [RecordSet(.srv, ttl: 5, data, glue: glue)])], to: [zone])
        let answer = try bench.ask("_s._tcp.z.", .srv)
        #expect(answer.answers.map(\.data) == data)
        #expect(
            Set(answer.additionals.map { "\($0.owner)\($0.data)" })
                == ["p0.z.10.0.0.0", "p1.z.10.0.0.1", "p1.z.::5", "p2.z.10.0.0.2"])
    }
}
