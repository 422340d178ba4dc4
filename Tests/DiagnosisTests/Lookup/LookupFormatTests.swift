import DNSWire
import Foundation
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Diagnosis

/// Whole outputs, byte for byte.
@Suite struct LookupFormatTests {
    static let kubernetes = "kubernetes.default.svc.cluster.local"

    static let channel = ScriptedChannel(table: [
        kubernetes: [.a: .records([.a("10.0.0.1")])],
        "hostnames.default.svc.cluster.local": [.a: .records([.a("10.0.1.175")])],
        "1.0.0.10.in-addr.arpa": [.ptr: .records([.ptr(RecordData.name(kubernetes))])],
        "10.0.0.10.in-addr.arpa": [.ptr: .records([.ptr(RecordData.name("kube-dns.kube-system.svc.cluster.local"))])],
        "google-service.default.svc.cluster.local": [
            .a: .chain([
                ("google-service.default.svc.cluster.local", .cname(RecordData.name("google.com"))),
                ("google.com", .a("172.217.8.206")),
            ])
        ],
        "google.com": [.aaaa: .code(.nxDomain)],
        "broken.default.svc.cluster.local": [.a: .code(.servFail), .aaaa: .code(.servFail)],
        "silent.default.svc.cluster.local": [.a: .failure(.timedOut)],
        "silent": [.a: .failure(.timedOut)],
        "cached.default.svc.cluster.local": [.a: .records([.a("10.0.0.7")], aa: false)],
    ])

    static let resolvConf = """
        nameserver 10.0.0.10
        search default.svc.cluster.local svc.cluster.local cluster.local
        options ndots:5
        """

    private func lookup(
        _ words: [String], _ format: LookupFormat = .text, index: (any ObjectIndex)? = nil,
        _ change: (inout LookupRequest) -> Void = { _ in }
    ) throws -> (out: String, err: String, code: Int32) {
        var request = LookupRequest(words: words)
        request.format = format
        change(&request)
        let configuration = try ResolverConfiguration(parsing: Self.resolvConf, file: "resolv.conf")
        let (query, _) = try request.query(on: configuration, file: "resolv.conf") { _ in [] }
        let result = Lookup(over: Self.channel).run(query)
        let printed = format.printed(result, index: index)
        return (printed.out, printed.err, result.exitCode)
    }

    struct Index: ObjectIndex {
        var facts: ClusterFacts

        init(serviceNames: [ObjectName] = []) {
            var registry = ServiceRegistry()
            for name in serviceNames { registry.apply(.put(.service(Service(name: name)))) }
            facts = ClusterFacts(registry)
        }

        func owner(of address: IPAddress) -> AddressOwner? {
            guard address == IPAddress("10.0.0.1") else { return nil }
            return AddressOwner(
                key: ObjectKey(.service, ObjectName("default", "kubernetes")),
                text: "Service default/kubernetes, port https 443/TCP, 1 ready endpoint")
        }

        func reasonForNoData(at name: DomainName, type: RecordType) -> String? { "Service is IPv4 only" }
    }

    @Test func theWayToAnAnswer() throws {
        let printed = try lookup(["kubernetes.default"], index: Index()) { $0.namespace = "cbuc-test" }
        #expect(
            printed.out == """
                Server:   10.0.0.10   kube-dns.kube-system.svc.cluster.local   udp  0.3 ms
                Search:   ndots:5, "kubernetes.default" has 1 dot: search list first          (namespace cbuc-test, dnsPolicy ClusterFirst)
                  1  kubernetes.default.cbuc-test.svc.cluster.local   A NXDOMAIN   0.3 ms   aa
                  2  kubernetes.default.svc.cluster.local             A NOERROR    0.3 ms   aa   <- answer
                Name:     kubernetes.default.svc.cluster.local
                Address:  10.0.0.1     ttl 5     Service default/kubernetes, port https 443/TCP, 1 ready endpoint
                AAAA:     no data (Service is IPv4 only)

                """)
        #expect(printed.code == 0)
    }

    @Test func noSuchName() throws {
        let index = Index(serviceNames: [ObjectName("default", "webapp1-nodeport-svc")])
        let printed = try lookup(["webapp-nodeport-svc"], index: index)
        #expect(
            printed.out == """
                Server:   10.0.0.10   kube-dns.kube-system.svc.cluster.local   udp  0.3 ms
                Search:   ndots:5, "webapp-nodeport-svc" has no dot: search list first          (resolv.conf)
                  1  webapp-nodeport-svc.default.svc.cluster.local   NXDOMAIN   0.3 ms   aa
                  2  webapp-nodeport-svc.svc.cluster.local           NXDOMAIN   0.3 ms   aa
                  3  webapp-nodeport-svc.cluster.local               NXDOMAIN   0.3 ms   aa
                  4  webapp-nodeport-svc.                            REFUSED    0.3 ms   (no upstream configured)
                ** no such name: webapp-nodeport-svc
                   NAM001  no Service webapp-nodeport-svc in namespace default: did you mean webapp1-nodeport-svc.default (distance 1)?   clusterdns lookup webapp1-nodeport-svc.default

                """)
        #expect(printed.code == 1)
    }

    @Test func theOtherEnds() throws {
        let broken = try lookup(["broken.default.svc.cluster.local."])
        #expect(broken.out.hasSuffix("** the server failed: SERVFAIL for broken.default.svc.cluster.local\n"))
        #expect(broken.code == 3)
        let silent = try lookup(["silent"])
        #expect(silent.out.contains("  1  silent.default.svc.cluster.local   no reply   (timed out)\n"))
        #expect(silent.out.hasSuffix("** no reply from 10.0.0.10: timed out\n"))
        #expect(silent.code == 9)
        let noData = try lookup(["hostnames", "AAAA"])
        #expect(
            noData.out.hasSuffix("** no data: hostnames.default.svc.cluster.local exists, and has no AAAA record\n"))
        #expect(noData.code == 1)
        let alias = try lookup(["google-service"])
        #expect(alias.out.contains("CNAME:    google.com.     ttl 5\nAddress:  172.217.8.206     ttl 5\n"))
        #expect(try lookup(["example.com."]).code == 3)
    }

    @Test func busybox() throws {
        #expect(
            try lookup(["kubernetes.default"], .busybox).out == """
                Server:    10.0.0.10
                Address 1: 10.0.0.10 kube-dns.kube-system.svc.cluster.local

                Name:      kubernetes.default
                Address 1: 10.0.0.1 kubernetes.default.svc.cluster.local

                """)
        let wrong = try lookup(["nosuch"], .busybox)
        #expect(wrong.out == "Server:    10.0.0.10\nAddress 1: 10.0.0.10 kube-dns.kube-system.svc.cluster.local\n\n")
        #expect(wrong.err == "nslookup: can't resolve 'nosuch'\n")
        #expect(
            try lookup(["10.0.0.1"], .busybox).out.hasSuffix(
                "Name:      10.0.0.1\nAddress 1: 10.0.0.1 kubernetes.default.svc.cluster.local\n"))
    }

    /// As bind9-dnsutils 9.18 printed it, with its exit codes where they are the same as ours.
    static let nslookup: [(words: [String], printed: String, code: Int32)] = [
        (["kubernetes.default.svc.cluster.local"], head + "Name:\t\(kubernetes)\nAddress: 10.0.0.1\n\n", 0),
        (["hostnames"], head + "Name:\thostnames.default.svc.cluster.local\nAddress: 10.0.1.175\n\n", 0),
        (
            ["nosuch.default.svc.cluster.local."],
            head + "** server can't find nosuch.default.svc.cluster.local: NXDOMAIN\n\n", 1
        ),
        (
            ["google-service.default.svc.cluster.local."],
            head + "google-service.default.svc.cluster.local\tcanonical name = google.com.\nName:\tgoogle.com\n"
                + "Address: 172.217.8.206\n** server can't find google.com: NXDOMAIN\n\n", 0
        ),
        (["10.0.0.1"], "1.0.0.10.in-addr.arpa\tname = kubernetes.default.svc.cluster.local.\n\n", 0),
        (
            ["hostnames.default.svc.cluster.local", "AAAA"],
            head + "*** Can't find hostnames.default.svc.cluster.local: No answer\n\n", 1
        ),
        (["nosuch"], head + "** server can't find nosuch: REFUSED\n\n", 1),
        (
            ["broken"],
            ";; Got SERVFAIL reply from 10.0.0.10\n" + head
                + "** server can't find broken.default.svc.cluster.local: SERVFAIL\n\n", 3
        ),
        (
            ["cached"],
            head + "Non-authoritative answer:\nName:\tcached.default.svc.cluster.local\nAddress: 10.0.0.7\n\n", 0
        ),
        (
            ["silent"],
            ";; communications error to 10.0.0.10#53: timed out\n;; communications error to 10.0.0.10#53: timed out\n"
                + ";; no servers could be reached\n\n", 9
        ),
    ]
    static let head = "Server:\t\t10.0.0.10\nAddress:\t10.0.0.10#53\n\n"

    @Test(arguments: nslookup) func asNslookup(words: [String], printed: String, code: Int32) throws {
        let result = try lookup(words, .nslookup)
        #expect(result.out == printed)
        #expect(result.code == code)
    }

    @Test func short() throws {
        #expect(try lookup(["google-service"], .short).out == "google.com.\n172.217.8.206\n")
        #expect(try lookup(["nosuch"], .short).out == "")
    }

    @Test func json() throws {
        let printed = try lookup(["kubernetes.default"], .json, index: Index())
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(printed.out.utf8)) as? [String: Any])
        #expect(printed.out.hasSuffix("}\n"))
        #expect(object["exit"] as? Int == 0)
        let result = try #require(object["result"] as? [String: Any])
        #expect(result["addresses"] as? [String] == ["10.0.0.1"])
        #expect((result["objects"] as? [[String: String]])?.first?["name"] == "kubernetes")
        let attempts = try #require(object["attempts"] as? [[String: Any]])
        #expect(attempts.map { $0["rcode"] as? String } == ["NXDOMAIN", "NXDOMAIN", "NOERROR", "NOERROR"])
        #expect(attempts.last?["rtt_us"] as? Int == 300)
        #expect(attempts.last?["flags"] as? [String] == ["aa"])
        let server = try #require(object["server"] as? [String: Any])
        #expect(server["name"] as? String == "kube-dns.kube-system.svc.cluster.local.")
    }

    @Test func theNextServerIsAskedWhereOneFails() throws {
        struct Two: QueryChannel {
            func exchange(
                _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
            ) throws(ExchangeFailure) -> Reply {
                if server.address == IPAddress("10.0.0.1") { throw .timedOut }
                return try LookupFormatTests.channel.exchange(name, type, with: server, options: options)
            }
        }
        let servers = try ["10.0.0.1", "10.0.0.2"].map { ServerAddress(try #require(IPAddress($0))) }
        let plan = SearchPlan(only: try DomainName(Self.kubernetes), reason: "")
        let result = Lookup(over: Two()).run(
            LookupQuery(text: Self.kubernetes, types: [.a], plan: plan, servers: servers))
        #expect(result.outcome == .answer)
        #expect(result.server == servers[1])
    }
}
