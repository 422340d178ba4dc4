import NetworkAddress
import Testing

@testable import DNSWire

@Suite struct RecordSetTests {
    private static func name(_ text: String) -> DomainName { try! DomainName(text) }
    private static func ip(_ text: String) -> IPAddress { IPAddress(text)! }

    private static let soa = StartOfAuthority(
        primary: name("ns.z."), mailbox: name("host.z."), serial: 1, refresh: .max, retry: 3, expire: 4, minimum: 5)

    /// Every case, the shortest and the longest among them.
    static let sets: [[RecordData]] = [
        [.address(ip("10.0.0.1")), .address(ip("0.0.0.0")), .address(ip("255.255.255.255"))],
        [.address(ip("::")), .address(ip("2001:db8::1"))],
        [.cname(name("WeB.z."))], [.ns(name("ns.z.")), .ns(.root)], [.ptr(name("a.z.")), .ptr(name("b.z."))],
        [
            .srv(ServiceLocation(priority: 1, weight: 2, port: 65535, target: name("a.z."))),
            .srv(ServiceLocation(weight: 0, port: 0, target: .root)),
        ],
        [.txt([[]]), .txt([[65], [], [0, 255]]), .txt([Array(repeating: 1, count: 255), [2]])],
        [.mx(preference: 10, exchange: name("mail.z.")), .mx(preference: 0, exchange: .root)], [.soa(soa)],
        [.other(RecordType(rawValue: 65280), []), .other(RecordType(rawValue: 65280), Array(0...255))],
        [.other(RecordType(rawValue: 39), name("d.z.").wire)],
    ]

    @Test(arguments: sets) func dataIsReadBackAsGiven(_ data: [RecordData]) {
        let set = RecordSet(data[0].type, ttl: 5, data)
        #expect(set.data == data)
        #expect(set.count == data.count && !set.isEmpty && set.glue.isEmpty)
        #expect(set.octets == data.flatMap(\.wire))
        #expect(set.ends.last == set.octets.count)
        var appended = RecordSet(data[0].type, ttl: 5)
        #expect(appended.isEmpty && appended.data.isEmpty)
        for record in data {
            switch record {
            case .address(let address): appended.append(address)
            case .srv(let location): appended.append(location)
            default: appended.append(record)
            }
        }
        #expect(appended == set && appended.hashValue == set.hashValue)
        var each = RecordSet(data[0].type, ttl: 5)
        for record in data { each.append(record) }
        #expect(each == set)
        each.data = Array(data.reversed())
        #expect(each.data == data.reversed())
        #expect((each == set) == (data.count == 1))
    }

    private static let locations: [RecordData] = (0..<4).map {
        .srv(ServiceLocation(weight: 1, port: UInt16($0), target: name("p\($0).z.")))
    }

    /// Records with and without addresses, in each order that they can be told in.
    @Test(
        arguments: [
            [], [(0, "10.0.0.1")], [(3, "::1")], [(0, "10.0.0.1"), (0, "::1"), (2, "10.0.0.2")],
            [(1, "::2"), (1, "10.0.0.1"), (3, "10.0.0.3"), (3, "10.0.0.3")],
        ] as [[(Int, String)]])
    func glueIsReadBackAsGiven(_ given: [(Int, String)]) {
        let glue = given.map { RecordSet.Glue(record: $0.0, address: Self.ip($0.1)) }
        let set = RecordSet(.srv, ttl: 5, Self.locations, glue: glue)
        #expect(set.glue == glue)
        #expect(set.data == Self.locations)
        var appended = RecordSet(.srv, ttl: 5)
        for (place, record) in Self.locations.enumerated() {
            appended.append(record)
            for (record, address) in given where record == place { appended.appendGlue(Self.ip(address)) }
        }
        #expect(appended == set && appended.hashValue == set.hashValue)
        var again = set
        again.glue = glue
        #expect(again == set, "given a second time, not twice there")
        again.glue = []
        #expect(again == RecordSet(.srv, ttl: 5, Self.locations))
    }

    @Test func glueIsPutInTheOrderOfItsRecords() {
        let given = [(2, "10.0.0.2"), (0, "::1"), (2, "10.0.0.1"), (0, "10.0.0.9"), (7, "10.0.0.7")]
        let set = RecordSet(
            .srv, ttl: 5, Self.locations, glue: given.map { RecordSet.Glue(record: $0.0, address: Self.ip($0.1)) })
        #expect(
            set.glue.map { "\($0.record) \($0.address)" } == ["0 ::1", "0 10.0.0.9", "2 10.0.0.2", "2 10.0.0.1"],
            "the addresses of one record keep their order; of a record that is not there, none")
    }

    /// An IPv4 address takes 5 octets with its length, an IPv6 address 17: both divide 255.
    @Test(arguments: [(IPAddress.Family.v4, 51), (.v6, 15)])
    func glueHasALimitForEachRecord(_ family: IPAddress.Family, _ most: Int) {
        func address(_ number: Int) -> IPAddress {
            family == .v4 ? IPAddress(v4: UInt32(number)) : IPAddress(v6High: 1, low: UInt64(number))
        }
        for count in [most - 1, most, most + 1, most + 200] {
            var set = RecordSet(.srv, ttl: 5)
            for record in Self.locations[..<2] {
                set.append(record)
                for number in 0..<count { set.appendGlue(address(number)) }
            }
            let held = min(count, most)
            #expect(set.glue.map(\.record) == Array(repeating: 0, count: held) + Array(repeating: 1, count: held))
            #expect(set.glue.prefix(held).map(\.address) == (0..<held).map(address), "the first ones")
            #expect(set.glueEnds == [held * (family == .v4 ? 5 : 17), 2 * held * (family == .v4 ? 5 : 17)])
        }
    }

    @Test func aShorterAddressMayStillFit() {
        var set = RecordSet(.srv, ttl: 5, Array(Self.locations[..<1]))
        for number in 0..<14 { set.appendGlue(IPAddress(v6High: 1, low: UInt64(number))) }
        for number in 0..<3 { set.appendGlue(IPAddress(v4: UInt32(number))) }
        set.appendGlue(IPAddress(v6High: 1, low: 99))
        set.appendGlue(IPAddress(v4: 99))
        #expect(set.glueOctets.count == 14 * 17 + 3 * 5)
        #expect(set.glue.count == 17, "2 octets are left: room for neither")
    }

    @Test func setsDifferInEachPart() {
        let glue = [RecordSet.Glue(record: 0, address: Self.ip("10.0.0.1"))]
        let set = RecordSet(.srv, ttl: 5, Self.locations, glue: glue)
        var others = [
            RecordSet(.srv, ttl: 6, Self.locations, glue: glue), RecordSet(.srv, ttl: 5, Self.locations),
            RecordSet(.srv, ttl: 5, Self.locations.reversed(), glue: glue),
            RecordSet(.srv, ttl: 5, Array(Self.locations.dropLast()), glue: glue),
            RecordSet(.srv, ttl: 5, Self.locations, glue: [.init(record: 1, address: Self.ip("10.0.0.1"))]),
            RecordSet(.srv, ttl: 5, Self.locations, glue: [.init(record: 0, address: Self.ip("10.0.0.2"))]),
        ]
        others.append(set)
        others[others.count - 1].type = .txt
        for other in others { #expect(other != set) }
        // The same octets, cut elsewhere.
        let whole = RecordSet(.txt, ttl: 5, [.txt([[65], [66]])])
        #expect(whole != RecordSet(.txt, ttl: 5, [.txt([[65]]), .txt([[66]])]))
    }
}
