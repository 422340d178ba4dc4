import DNSWire
import Diagnosis
import Findings
import NetworkAddress
import ServiceRegistry
import Testing

@Suite struct ClientResolverTests {
    static let list = "search shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"

    static let cases: [(conf: String, text: String, codes: [String], mentions: [String])] = [
        ("nameserver 10.0.0.10\n\(list)", "web.shop", [], []),
        ("nameserver 10.0.0.10\n\(list)", "web", [], []),
        ("nameserver 10.0.0.10\n\(list)", "web.shop.svc.cluster.local", [], []),
        ("nameserver 10.0.0.10\n\(list)", "svc/web", [], []),
        // A node's list behind the cluster's, other spelling, an interface's name.
        (
            "nameserver 10.0.0.10\nsearch SHOP.svc.cluster.local. svc.cluster.local cluster.local eu.compute.internal\noptions ndots:5 timeout:1\n",
            "web", [], []
        ),
        // Another namespace's client.
        (
            "nameserver 10.0.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n",
            "web.shop", [], []
        ),
        // NodeLocal DNSCache, the DNS Pod itself, GKE's Cloud DNS.
        ("nameserver 169.254.20.10\n\(list)", "web.shop", [], []),
        ("nameserver 10.244.0.2\n\(list)", "web.shop", [], []),
        ("nameserver 169.254.169.254\n\(list)", "web.shop", [], []),
        // RSV001
        ("nameserver 8.8.8.8\n\(list)", "web.shop", ["RSV001"], ["8.8.8.8", "10.0.0.10", "resolv.conf:1"]),
        (
            "# node\nnameserver 127.0.0.53\nsearch corp.example\n", "web.shop", ["RSV001"],
            ["127.0.0.53", "10.0.0.10", "resolv.conf:2"]
        ),
        ("nameserver 10.0.0.20\n\(list)", "web.shop", ["RSV001"], ["10.0.0.20", "shop/web"]),
        ("nameserver 10.0.0.11\n\(list)", "web.shop", ["RSV001"], ["10.0.0.11"]),
        ("nameserver 10.0.0.10\nnameserver 1.1.1.1\n\(list)", "web.shop", ["RSV001"], ["1.1.1.1", "10.0.0.10"]),
        ("nameserver 169.254.169.253\n\(list)", "web.shop", ["RSV001"], ["169.254.169.253"]),
        ("nameserver 10.244.0.3\n\(list)", "web.shop", ["RSV001"], ["shop/web-1"]),
        ("nameserver 2001:4860:4860::8888\n\(list)", "web.shop", ["RSV001"], ["2001:4860:4860::8888"]),
        ("nameserver kube-dns.kube-system\n\(list)", "web.shop", ["RSV001"], ["kube-dns.kube-system"]),
        (list, "web.shop", ["RSV001"], ["127.0.0.1", "10.0.0.10"]),
        // RSV002
        (
            "nameserver 10.0.0.10\nsearch corp.example\noptions ndots:5\n", "web.shop", ["RSV002"],
            ["shop.svc.cluster.local", "corp.example", "resolv.conf:2"]
        ),
        ("nameserver 10.0.0.10\noptions ndots:5\n", "web", ["RSV002"], ["shop.svc.cluster.local"]),
        (
            "nameserver 10.0.0.10\nsearch shop.svc.k8s.corp svc.k8s.corp k8s.corp\noptions ndots:5\n", "web.shop",
            ["RSV002"], ["k8s.corp", "cluster.local"]
        ),
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local cluster.local\noptions ndots:5\n", "web.shop",
            ["RSV002"], ["lacks svc.cluster.local"]
        ),
        (
            "nameserver 10.0.0.10\nsearch svc.cluster.local cluster.local\noptions ndots:5\n", "web.shop", ["RSV002"],
            ["lacks shop.svc.cluster.local"]
        ),
        // The last search line wins.
        (
            "nameserver 10.0.0.10\n\(list)search corp.example\n", "web.shop", ["RSV002"],
            ["corp.example", "resolv.conf:4"]
        ),
        // RSV003
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\n", "web.shop",
            ["RSV003"], ["ndots:1", "web.shop."]
        ),
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:1\n",
            "web", [], []
        ),
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:2\n",
            "web.shop", [], []
        ),
        // RSV005
        (
            "nameserver 10.0.0.10\nnameserver 8.8.8.8\nnameserver 8.8.4.4\nnameserver 1.1.1.1\n\(list)", "web.shop",
            ["RSV005"], ["4 nameservers", "1.1.1.1"]
        ),
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local a.test b.test c.test d.test\noptions ndots:5\n",
            "web.shop", ["RSV005"], ["7 search names", "d.test"]
        ),
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local \(String(repeating: "a", count: 60)).\(String(repeating: "b", count: 60)).\(String(repeating: "c", count: 60)).test \(String(repeating: "d", count: 40)).test\noptions ndots:5\n",
            "web.shop", ["RSV005"], ["characters"]
        ),
        // RSV004
        (
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local *.corp.example\noptions ndots:5\n",
            "web.shop", ["RSV004"], ["*.corp.example"]
        ),
    ]

    @Test(arguments: cases) func givenFiles(conf: String, text: String, codes: [String], mentions: [String]) throws {
        let report = try ClientCluster.examine(try ClientCluster.facts(), text: text, resolvConf: conf)
        #expect(report.serious == codes)
        let told = report.findings.first?.wholeText ?? ""
        for mention in mentions { #expect(told.contains(mention), "\(told)") }
        #expect(report.findings.allSatisfy { $0.chinese?.evidence.count == $0.evidence.count })
        #expect(report.findings.allSatisfy { Catalogue.entry($0.code) != nil })
    }

    @Test func withoutAClientNothingIsLookedAt() throws {
        let report = try ClientCluster.examine(try ClientCluster.facts())
        #expect(report.status == .skip)
        #expect(report.facts.map(\.english) == ["no --from-pod"])
    }

    @Test func whatThePodDoes() throws {
        let same = try ClientCluster.examine(try ClientCluster.facts(), text: "web", pod: ClientCluster.pod)
        #expect(same.status == .ok)
        #expect(same.facts.first?.english == "cli in shop asks 10.0.0.10 for web.shop.svc.cluster.local: 1 name tried")
        let other = try ClientCluster.examine(
            try ClientCluster.facts(namespace: "blog"), text: "web.shop", pod: ObjectName("blog", "cli"))
        #expect(
            other.facts.first?.english == "cli in blog asks 10.0.0.10 for web.shop.svc.cluster.local: 2 names tried")
        #expect(other.status == .ok)
    }

    /// Nobody wrote a DNS Service: only what cannot be one is an error.
    static let unwritten: [(server: String, codes: [String])] = [
        ("10.96.0.10", []), ("10.43.0.10", []), ("172.20.0.10", []), ("10.233.0.3", []), ("fd00::a", []),
        ("127.0.0.1", []), ("8.8.8.8", ["RSV001"]), ("127.0.0.53", ["RSV001"]), ("192.168.1.1", ["RSV001"]),
    ]

    @Test(arguments: unwritten) func withoutADNSService(server: String, codes: [String]) throws {
        let report = try ClientCluster.examine(
            try facts(ClientCluster.web), resolvConf: "nameserver \(server)\n\(Self.list)")
        #expect(report.serious == codes)
    }

    @Test func muslNeverAsksTheListForEnoughDots() throws {
        let conf =
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:1\n"
        let report = try ClientCluster.examine(try ClientCluster.facts(), resolvConf: conf) {
            $0.client.libc = .musl
        }
        #expect(report.serious == ["RSV003"])
        #expect(report.findings[0].message.contains("never web.shop.svc.cluster.local"))
    }

    @Test func namesOutsideTheCluster() throws {
        func outside(_ inquiry: inout Inquiry) {
            inquiry.asked = AskedName(
                text: "api.example.com", subject: .other, name: (try? DomainName("api.example.com.")) ?? .root)
        }
        let costly = try ClientCluster.examine(
            try ClientCluster.facts(), pod: ClientCluster.pod, outside)
        #expect(costly.serious == ["RSV003"])
        #expect(costly.findings[0].wholeText.contains("8 queries"))
        // A node's resolver is right for them.
        let node = try ClientCluster.examine(
            try ClientCluster.facts(), resolvConf: "nameserver 8.8.8.8\n", outside)
        #expect(node.serious == [])
    }

    @Test func otherDNSServices() throws {
        let openshift = """
            apiVersion: v1
            kind: Service
            metadata: {name: dns-default, namespace: openshift-dns, labels: {dns.operator.openshift.io/owning-dns: default}}
            spec: {clusterIP: 172.30.0.10, selector: {a: b}, ports: [{name: dns, port: 53, targetPort: dns, protocol: UDP}]}
            ---
            """
        let facts = try facts(openshift + "\n" + ClientCluster.web)
        #expect(ClusterDNS(facts).addresses.map(\.description) == ["172.30.0.10"])
        #expect(try ClientCluster.examine(facts, resolvConf: "nameserver 172.30.0.10\n\(Self.list)").serious == [])
        #expect(
            try ClientCluster.examine(facts, resolvConf: "nameserver 10.96.0.10\n\(Self.list)").serious == ["RSV001"])
    }

    @Test func wildcardsOfZoneFilesAndServers() throws {
        let conf =
            "nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local corp.example\noptions ndots:5\n"
        let fromFile = try ClientCluster.examine(try ClientCluster.facts(), resolvConf: conf) {
            $0.client.wildcards = [(try? DomainName("*.corp.example.")) ?? .root]
        }
        #expect(fromFile.serious == ["RSV004"])
        let elsewhere = try ClientCluster.examine(try ClientCluster.facts(), resolvConf: conf) {
            $0.client.wildcards = [(try? DomainName("*.other.example.")) ?? .root]
        }
        #expect(elsewhere.serious == [])
        func live(_ channel: any QueryChannel) throws -> StageReport {
            try ClientCluster.examine(try ClientCluster.facts(), resolvConf: conf) {
                $0.server = LiveServer(address: ServerAddress(IPAddress(v4: 0x0A00_000A)), channel: channel)
            }
        }
        #expect(try live(WildcardChannel(below: "corp.example")).serious == ["RSV004"])
        #expect(try live(WildcardChannel(below: "other.example")).serious == [])
    }
}

/// Answers every name below one, and denies all others.
private struct WildcardChannel: QueryChannel {
    var below: String

    func exchange(
        _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
    ) throws(ExchangeFailure) -> Reply {
        var message = Message(query: name, type: type, id: 7)
        message.flags = [.response]
        if let below = try? DomainName(below), name.isAtOrBelow(below) {
            message.answers = [ResourceRecord(owner: name, ttl: 5, data: .a("192.0.2.1"))]
        } else {
            message.rcode = .nxDomain
        }
        return Reply(message: message, transport: .udp, size: 80, roundTrip: .microseconds(300))
    }
}
