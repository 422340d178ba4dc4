import CLDNS
import DNSWire
import Foundation
import Glibc
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct RecordListingTests {
    static func name(_ text: String) -> DomainName { RecordData.name(text) }

    static func soa(_ zone: String) -> RecordSet {
        RecordSet(
            .soa, ttl: 5,
            [
                .soa(
                    StartOfAuthority(
                        primary: name("ns.dns.cluster.local"), mailbox: name("hostmaster.cluster.local"),
                        serial: 1_763_690_400, refresh: 7200, retry: 1800, expire: 86_400, minimum: 5))
            ])
    }

    static var listing: RecordListing {
        let hostnames = name("hostnames.default.svc.cluster.local")
        let forward = RecordListing.Zone(
            origin: name("cluster.local"),
            apex: [RecordSet(.ns, ttl: 5, [.ns(name("ns.dns.cluster.local"))]), soa("cluster.local")],
            groups: [
                RecordListing.Group(
                    comment: "Service default/my-service  ExternalName", object: ObjectName("default", "my-service"),
                    records: [
                        (
                            name("my-service.default.svc.cluster.local"),
                            RecordSet(.cname, ttl: 5, [.cname(name("my.database.example.com"))])
                        )
                    ]),
                RecordListing.Group(
                    comment: "Service default/hostnames  ClusterIP  selector app=hostnames  3 ready of 3",
                    object: ObjectName("default", "hostnames"),
                    records: [
                        (
                            name("_default._tcp.hostnames.default.svc.cluster.local"),
                            RecordSet(.srv, ttl: 5, [.srv(ServiceLocation(weight: 100, port: 80, target: hostnames))])
                        ),
                        (hostnames, RecordSet(.a, ttl: 5, [.a("10.0.1.175")])),
                    ]),
                RecordListing.Group(
                    comment: "Service shop/odd\nlabel", object: ObjectName("shop", "odd"),
                    records: [
                        (
                            name("odd\\.name.shop.svc.cluster.local"),
                            RecordSet(.aaaa, ttl: 7, [.a("fd00::1"), .a("fd00::2")])
                        ),
                        (name("*.shop.svc.cluster.local"), RecordSet(.a, ttl: 5, [.a("10.0.0.9")])),
                    ]),
                RecordListing.Group(
                    comment: "", object: nil,
                    records: [
                        (
                            name("dns-version.cluster.local"),
                            RecordSet(.txt, ttl: 28_800, [.txt([Array("1.1.0".utf8)])])
                        ),
                        (name("ns.dns.cluster.local"), RecordSet(.a, ttl: 5, [.a("10.0.0.10")])),
                    ]),
            ])
        let reverse = RecordListing.Zone(
            origin: name("0.10.in-addr.arpa"),
            apex: [soa("0.10.in-addr.arpa"), RecordSet(.ns, ttl: 5, [.ns(name("ns.dns.cluster.local"))])],
            groups: [
                RecordListing.Group(
                    comment: "Service default/hostnames", object: ObjectName("default", "hostnames"),
                    records: [(name("175.1.0.10.in-addr.arpa"), RecordSet(.ptr, ttl: 5, [.ptr(hostnames)]))])
            ])
        return RecordListing(zones: [forward, reverse])
    }

    @Test func zoneText() throws {
        let text = try RecordSelection(namespace: "default").applied(to: Self.listing).zoneText
        #expect(
            text == """
                $ORIGIN cluster.local.
                $TTL 5
                @                                SOA  ns.dns hostmaster 1763690400 7200 1800 86400 5
                @                                NS   ns.dns
                ns.dns                           A    10.0.0.10
                dns-version                28800 TXT  "1.1.0"
                ; Service default/hostnames  ClusterIP  selector app=hostnames  3 ready of 3
                hostnames.default.svc            A    10.0.1.175
                _default._tcp.hostnames.default.svc SRV 0 100 80 hostnames.default.svc
                ; Service default/my-service  ExternalName
                my-service.default.svc           CNAME my.database.example.com.

                $ORIGIN 0.10.in-addr.arpa.
                $TTL 5
                @                                SOA  ns.dns.cluster.local. hostmaster.cluster.local. 1763690400 7200 1800 86400 5
                @                                NS   ns.dns.cluster.local.
                ; Service default/hostnames
                175.1                            PTR  hostnames.default.svc.cluster.local.

                """)
    }

    /// libldns reads each zone back: the same records, none lost.
    @Test func libldnsReadsItBack() throws {
        for zone in try RecordSelection().applied(to: Self.listing).zones {
            let expected = Set(
                zone.apex.flatMap { set in set.data.map { "\(zone.origin.lowercased) \(set.ttl) \(set.type) \($0)" } }
                    + zone.groups.flatMap(\.records).flatMap { owner, set in
                        set.data.map { "\(owner) \(set.ttl) \(set.type) \($0)" }
                    })
            #expect(try Self.readBack(zone.masterFile) == expected)
        }
    }

    static func readBack(_ text: String) throws -> Set<String> {
        var bytes = Array(text.utf8)
        let file = try #require(fmemopen(&bytes, bytes.count, "r"))
        defer { fclose(file) }
        var zone: UnsafeMutablePointer<ldns_zone>?
        var line: Int32 = 0
        let status = ldns_zone_new_frm_fp_l(&zone, file, nil, 0, LDNS_RR_CLASS_IN, &line)
        try #require(status == LDNS_STATUS_OK, "line \(line): \(String(cString: ldns_get_errorstr_by_id(status)))")
        defer { ldns_zone_deep_free(zone) }
        let list = ldns_zone_rrs(zone)
        var records = (0..<ldns_rr_list_rr_count(list)).map { ldns_rr_list_rr(list, $0) }
        records.append(ldns_zone_soa(zone))
        return Set(
            records.compactMap { record in
                guard let text = ldns_rr2str(record) else { return nil }
                defer { free(text) }
                let parts = String(cString: text).split(whereSeparator: { $0 == "\t" || $0 == "\n" || $0 == " " })
                return ([parts[0], parts[1]] + parts[3...]).joined(separator: " ")
            })
    }

    @Test func selection() throws {
        #expect(throws: UsageError.self) { try RecordSelection(zone: Self.name("other")).applied(to: Self.listing) }
        let one = try RecordSelection(zone: Self.name("CLUSTER.local"), service: "hostnames").applied(to: Self.listing)
        #expect(one.zones.count == 1)
        #expect(one.zones[0].groups.map(\.object) == [nil, ObjectName("default", "hostnames")])
        let byName = try RecordSelection(order: .name).applied(to: Self.listing)
        let owners = byName.zones[0].groups.flatMap(\.records).map(\.owner)
        #expect(owners == owners.sorted())
        #expect(!byName.zoneText.contains(";"))
    }

    @Test func theOrderOfTheInputDoesNotMatter() throws {
        var shuffled = Self.listing
        shuffled.zones[0].groups.reverse()
        shuffled.zones[0].apex.reverse()
        for index in shuffled.zones[0].groups.indices { shuffled.zones[0].groups[index].records.reverse() }
        for order in RecordSelection.Order.allCases {
            let selection = RecordSelection(order: order)
            #expect(try selection.applied(to: shuffled).zoneText == selection.applied(to: Self.listing).zoneText)
        }
    }

    @Test func hosts() throws {
        #expect(
            try RecordSelection().applied(to: Self.listing).hostsText == """
                10.0.0.10 ns.dns.cluster.local
                10.0.1.175 hostnames.default.svc.cluster.local
                fd00::1 odd\\.name.shop.svc.cluster.local
                fd00::2 odd\\.name.shop.svc.cluster.local

                """)
    }

    @Test func json() throws {
        let text = try RecordSelection().applied(to: Self.listing).jsonText
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let zones = try #require(object["zones"] as? [[String: Any]])
        #expect(zones.map { $0["origin"] as? String } == ["cluster.local.", "0.10.in-addr.arpa."])
        let pointer = try #require((zones[1]["records"] as? [[String: Any]])?.last)
        #expect(pointer["data"] as? String == "hostnames.default.svc.cluster.local.")
        #expect(pointer["object"] as? String == "default/hostnames")
    }
}
