import DNSWire
import Foundation
import StaticZones
import Testing

/// Files as people have them.
@Suite struct ZoneFilesTests {
    func read(_ file: String, origin: String? = nil) throws -> StaticZone {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().path
        let (zone, findings) = ZoneFile.read(
            path: "\(folder)/Zones/\(file)", origin: try origin.map { try DomainName($0) })
        #expect(findings.isEmpty)
        return try #require(zone)
    }

    @Test func namesMadeByHandForAnIngress() throws {
        let zone = try read("example.com.zone")
        let balancer = "e172ad3e-default-nginxingr-29e9-1405936870.us-east-2.elb.amazonaws.com."
        #expect(
            zone.changes.flatMap(ZoneText.lines) == [
                "example.com. 60 NS ns.example.com. [172.20.0.10]",
                "example.com. 60 SOA ns.example.com. hostmaster.example.com. 1 7200 1800 86400 5",
                "ns.example.com. 60 A 172.20.0.10",
                "svc.example.com. 60 CNAME \(balancer)",
                "svc1.example.com. 60 CNAME \(balancer)",
                "svc2.example.com. 60 CNAME \(balancer)",
            ])
    }

    @Test func clusterZoneWithoutTTL() throws {
        let zone = try read("db.cluster.local", origin: "cluster.local")
        #expect(zone.serial == 2_015_082_541)
        #expect(
            zone.changes.flatMap(ZoneText.lines) == [
                "cluster.local. 3600 A 127.0.0.1",
                "cluster.local. 3600 A 127.0.0.2",
                "cluster.local. 3600 NS b.iana-servers.net.",
                "cluster.local. 3600 NS a.iana-servers.net.",
                "cluster.local. 3600 SOA sns.dns.icann.org. noc.dns.icann.org. 2015082541 7200 3600 1209600 3600",
                "cname.cluster.local. 3600 CNAME www.example.net.",
                "foo.cluster.local. 3600 A 10.10.10.10",
                "a.b.svc.cluster.local. 3600 TXT \"Not a wildcard\"",
                "f.b.svc.cluster.local. 3600 A 10.10.10.11",
                "service.namespace.svc.cluster.local. 3600 SRV 8080 10 10 cluster.local. [127.0.0.1] [127.0.0.2]",
                "*.w.cluster.local.{wildcard} 3600 TXT \"Wildcard\"",
            ])
    }

    @Test func rootZone() throws {
        let zone = try read("db.root")
        #expect(zone.origin.isRoot)
        let lines = zone.changes.flatMap(ZoneText.lines)
        #expect(lines.prefix(2) == [". 60 NS ns.upstream. [127.0.0.1]", lines[1]])
        #expect(lines[1].hasPrefix(". 30 SOA ns.upstream. admin.upstream. 2026010101 "))
        #expect(lines.contains("alias.example.com. 60 CNAME www.example.com."))
        #expect(lines.contains("dns.google. 60 AAAA 2001:4860:4860::8888"))
    }

    @Test func zoneThatANewcomerServesFirst() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../zones/example.com.zone")
        let (zone, findings) = ZoneFile.read(path: root.standardized.path())
        #expect(findings.isEmpty)
        #expect(zone?.origin.description == "example.com.")
    }
}
