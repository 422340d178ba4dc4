import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry
import Testing

/// `compat coredns`: the rows of CoreDNS's behaviour that are not RFC-true, each beside the answer without it.
@Suite struct CoreDNSCompatibilityTests {
    private static func external(_ text: String, _ target: String) -> RegistryObject {
        service(text) {
            $0.kind = .externalName
            $0.isHeadless = false
            $0.externalName = target
        }
    }

    private static let objects: [RegistryObject] = [
        .namespace(Namespace(name: "default")),
        service("kube-dns", namespace: "kube-system", ips: ["10.96.0.10"]),
        service(ips: ["10.96.0.5"], ports: [Service.Port(name: "http", port: 80)]),
        external("out", "www.example.com"), external("near", "web.default.svc.cluster.local"),
        external("lost", "nosuch.default.svc.cluster.local"), external("text", "svc.cluster.local"),
        external("far", "lost.default.svc.cluster.local"), external("loop", "loop.default.svc.cluster.local"),
        external("digits", "10.1.2.3"),
    ]

    private func served(_ isCompatible: Bool) -> Served {
        var options = ClusterZoneOptions(pods: .insecure)
        options.isCoreDNSCompatible = isCompatible
        let o = Self.objects
        return Served(options, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9])
    }

    private static let rows: [(String, RecordType, rfc: [String], coreDNS: [String])] = {
        let svc = "default.svc.cluster.local."
        let cname = ["www.example.com."]
        return [
            // 17b
            ("_tcp.web.\(svc)", .a, ["NODATA"], ["NXDOMAIN"]), ("_tcp.web.\(svc)", .srv, ["NODATA"], ["NXDOMAIN"]),
            // 23
            ("5.0.96.10.in-addr.arpa.", .a, ["NODATA"], ["NXDOMAIN"]),
            ("96.10.in-addr.arpa.", .ptr, ["NODATA"], ["NXDOMAIN"]),
            ("5.0.96.10.in-addr.arpa.", .ptr, ["web.\(svc)"], ["web.\(svc)"]),
            ("in-addr.arpa.", .a, ["NODATA"], ["NODATA"]), ("in-addr.arpa.", .txt, ["NODATA"], ["NXDOMAIN"]),
            // 24, 26
            ("web.\(svc)", .ptr, ["NODATA"], ["NODATA"]), ("web.\(svc)", .aaaa, ["NODATA"], ["NODATA"]),
            (svc, .a, ["NODATA"], ["NODATA"]), ("svc.cluster.local.", .mx, ["NODATA"], ["NODATA"]),
            ("default.pod.cluster.local.", .a, ["NODATA"], ["NODATA"]),
            ("cluster.local.", .aaaa, ["NODATA"], ["NODATA"]),
            ("1-2-3-4.default.pod.cluster.local.", .a, ["1.2.3.4"], ["1.2.3.4"]),
            // 27
            ("dns-version.cluster.local.", .txt, ["\"1.1.0\""], ["\"1.1.0\""]),
            ("dns-version.cluster.local.", .a, ["NODATA"], ["NXDOMAIN"]),
            // 28
            ("cluster.local.", .txt, ["NODATA"], ["NXDOMAIN"]), ("svc.cluster.local.", .txt, ["NODATA"], ["NXDOMAIN"]),
            (svc, .txt, ["NODATA"], ["NXDOMAIN"]), ("ns.dns.cluster.local.", .txt, ["NODATA"], ["NXDOMAIN"]),
            ("default.pod.cluster.local.", .txt, ["NODATA"], ["NXDOMAIN"]),
            ("web.\(svc)", .txt, ["NODATA"], ["NODATA"]),
            // 29: the SOA elsewhere
            ("_tcp.web.\(svc)", .soa, ["NODATA"], ["NODATA"]),
            // 30b
            ("dns.cluster.local.", .a, ["NODATA"], ["NXDOMAIN"]),
            ("ns.dns.cluster.local.", .a, ["10.96.0.10"], ["10.96.0.10"]),
            ("ns.dns.cluster.local.", .aaaa, ["NODATA"], ["NODATA"]),
            // 20, 28, 31a, 31c, 31d
            ("out.\(svc)", .a, cname, cname), ("out.\(svc)", .cname, cname, cname),
            ("out.\(svc)", .txt, cname, ["NODATA"]), ("out.\(svc)", .srv, cname, ["NODATA"]),
            ("out.\(svc)", .caa, cname, ["NODATA"]),
            // 31b
            ("near.\(svc)", .a, ["10.96.0.5", "web.\(svc)"], ["10.96.0.5", "web.\(svc)"]),
            ("near.\(svc)", .aaaa, ["web.\(svc)"], ["NODATA"]),
            ("lost.\(svc)", .a, ["NXDOMAIN", "nosuch.\(svc)"], ["NODATA"]),
            ("far.\(svc)", .a, ["NXDOMAIN", "lost.\(svc)", "nosuch.\(svc)"], ["NODATA"]),
            ("text.\(svc)", .a, ["svc.cluster.local."], ["NODATA"]), ("loop.\(svc)", .a, ["loop.\(svc)"], ["NODATA"]),
            // 31e
            ("digits.\(svc)", .a, ["NXDOMAIN", "10.1.2.3."], ["NXDOMAIN"]),
            ("digits.\(svc)", .cname, ["10.1.2.3."], ["NXDOMAIN"]),
        ]
    }()

    @Test func rows() throws {
        let (rfc, coreDNS) = (served(false), served(true))
        for row in Self.rows {
            #expect(try rfc.answer(row.0, row.1) == row.rfc, "\(row.0) \(row.1)")
            #expect(try coreDNS.answer(row.0, row.1) == row.coreDNS, "\(row.0) \(row.1), compat coredns")
        }
    }

    /// RFC 2308: the SOA of the zone stands in authority whatever is denied, and the question is as it was.
    @Test func denialsCarryTheSOA() throws {
        let served = served(true)
        for row in Self.rows where row.coreDNS == ["NODATA"] || row.coreDNS == ["NXDOMAIN"] {
            let message = try served.ask(row.0, row.1)
            let origin = row.0.hasSuffix("arpa.") ? "in-addr.arpa." : "cluster.local."
            #expect(
                message.authorities.map(\.type) == [.soa] && message.authorities[0].owner == name(origin), "\(row.0)")
            #expect(message.answers.isEmpty && message.additionals.isEmpty)
        }
    }
}
