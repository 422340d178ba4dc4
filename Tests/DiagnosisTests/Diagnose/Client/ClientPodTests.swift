import DNSWire
import Diagnosis
import Findings
import ServiceRegistry
import Testing

@Suite struct ClientPodTests {
    static let cases: [(spec: String, conf: String?, codes: [String], mentions: [String])] = [
        ("", nil, [], []),
        (
            "hostNetwork: true", nil, ["POD001"],
            ["shop/cli", "hostNetwork: true", "10.0.0.10", "ClusterFirstWithHostNet"]
        ),
        ("hostNetwork: true, dnsPolicy: ClusterFirst", nil, ["POD001"], []),
        ("hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet", nil, [], []),
        ("hostNetwork: true, dnsPolicy: Default", nil, ["POD003"], ["ClusterFirstWithHostNet"]),
        ("hostNetwork: true", "nameserver 8.8.8.8\nsearch corp.example\n", ["POD001"], ["8.8.8.8"]),
        // The node's resolver is the cluster's.
        ("hostNetwork: true", "nameserver 10.0.0.10\n\(ClientResolverTests.list)", [], []),
        ("dnsPolicy: Default", nil, ["POD003"], ["dnsPolicy Default", "dnsPolicy: ClusterFirst"]),
        ("dnsPolicy: Default", "nameserver 192.168.1.1\n", ["POD003"], ["192.168.1.1"]),
        ("dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1]}", nil, ["POD003"], ["1.1.1.1", "10.0.0.10"]),
        ("dnsPolicy: None", nil, ["POD003"], []),
        (
            "dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.10], searches: [shop.svc.cluster.local, svc.cluster.local], options: [{name: ndots, value: \"3\"}]}",
            nil, [], []
        ),
        (
            "dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.10]}", nil, ["RSV002"],
            ["shop.svc.cluster.local", "dnsConfig"]
        ),
        ("dnsConfig: {nameservers: [8.8.8.8]}", nil, ["RSV001"], ["8.8.8.8", "10.0.0.10"]),
        ("dnsConfig: {nameservers: [8.8.8.8, 8.8.4.4, 1.1.1.1]}", nil, ["RSV005"], ["4 nameservers", "1.1.1.1"]),
        ("dnsConfig: {nameservers: [169.254.20.10]}", nil, [], []),
        ("dnsConfig: {options: [{name: ndots, value: \"1\"}]}", nil, ["RSV003"], ["ndots:1"]),
        ("dnsConfig: {options: [{name: ndots, value: \"2\"}, {name: single-request-reopen}]}", nil, [], []),
        ("dnsConfig: {searches: [a.test, b.test, c.test, d.test]}", nil, ["RSV005"], ["7 search names"]),
        // The list of another namespace, as a copied Pod has it.
        (
            "",
            "nameserver 10.0.0.10\nsearch blog.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n",
            ["RSV002"], ["shop.svc.cluster.local", "namespace blog"]
        ),
    ]

    @Test(arguments: cases) func pods(spec: String, conf: String?, codes: [String], mentions: [String]) throws {
        let report = try ClientCluster.examine(
            try ClientCluster.facts(spec), pod: ClientCluster.pod, resolvConf: conf)
        #expect(report.serious == codes)
        let told = report.findings.first?.wholeText ?? ""
        for mention in mentions { #expect(told.contains(mention), "\(told)") }
    }

    @Test func theFixIsOfTheWorkload() throws {
        let more = """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent, namespace: shop}
            spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true}}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: agent-x7, namespace: shop, labels: {app: agent}}
            spec: {hostNetwork: true}
            status: {podIP: 192.0.2.7}

            """
        let report = try ClientCluster.examine(
            try ClientCluster.facts(more: more), pod: ObjectName("shop", "agent-x7"))
        #expect(
            report.findings.first?.fix
                == "kubectl -n shop patch daemonset agent -p '{\"spec\":{\"template\":{\"spec\":{\"dnsPolicy\":\"ClusterFirstWithHostNet\"}}}}'"
        )
    }

    @Test func aPodThatIsNotThere() throws {
        let report = try ClientCluster.examine(try ClientCluster.facts(), pod: ObjectName("shop", "gone"))
        #expect(report.serious == [])
        #expect(report.facts.first?.english == "Pod shop/gone is not in the registry")
    }

    // MARK: POD002

    private static func headless(_ name: String, selector: String = "{app: db}") -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: shop}
        spec: {clusterIP: None, selector: \(selector), ports: [{port: 5432}]}
        ---

        """
    }

    private static func member(_ spec: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: db-0, namespace: shop, labels: {app: db}}
        spec: {\(spec)}
        status: {podIP: 10.244.0.9, conditions: [{type: Ready, status: "True"}]}
        ---

        """
    }

    private static func set(_ serviceName: String) -> String {
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db, namespace: shop}
        spec: {serviceName: \(serviceName), selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}}}
        ---

        """
    }

    private static let clusterIP = """
        apiVersion: v1
        kind: Service
        metadata: {name: db-read, namespace: shop}
        spec: {selector: {app: db}, ports: [{port: 5432}]}
        ---

        """

    static let named: [(yaml: String, codes: [String], mentions: [String])] = [
        (headless("db") + member("hostname: db-0, subdomain: db") + set("db"), [], []),
        // Another headless Service governs, or one whose endpoints an operator makes.
        (
            headless("db") + headless("db-peers") + member("hostname: db-0, subdomain: db-peers") + set("db-peers"), [],
            []
        ),
        (
            headless("db") + headless("db-peers", selector: "null") + member("hostname: db-0, subdomain: db-peers"), [],
            []
        ),
        // A hostname alone has other uses; a plain Pod has neither.
        (headless("db") + member("hostname: database"), [], []),
        (headless("db") + member("nodeName: n1"), [], []),
        (
            headless("db") + member("hostname: db-0, subdomain: db-headles") + set("db-headles"), ["POD002"],
            ["StatefulSet shop/db", "db-headles", "db-0.db.shop.svc.cluster.local", "app=db"]
        ),
        (headless("db") + set("database"), ["POD002"], ["serviceName: database"]),
        (
            headless("db") + member("hostname: db-0, subdomain: dbs"), ["POD002"],
            ["Pod shop/db-0", "subdomain: dbs", "db-0.db.shop.svc.cluster.local"]
        ),
        (
            headless("db") + clusterIP + member("hostname: db-0, subdomain: db-read") + set("db-read"), ["POD002"],
            ["db-read", "no headless Service"]
        ),
        (
            headless("db") + headless("other", selector: "{app: x}") + member("hostname: db-0, subdomain: other"),
            ["POD002"], ["app=x"]
        ),
        (headless("db") + member("subdomain: db"), ["POD002"], ["no hostname", "hostname: db-0"]),
        (
            headless("db")
                + "apiVersion: v1\nkind: Service\nmetadata: {name: peers, namespace: blog}\nspec: {clusterIP: None}\n---\n"
                + member("hostname: db-0, subdomain: peers"), ["POD002"], ["namespace blog"]
        ),
    ]

    @Test(arguments: named) func namesOfPods(yaml: String, codes: [String], mentions: [String]) throws {
        let report = try inquiry("db.shop", try facts(yaml)).examine(.client)
        #expect(report.serious == codes)
        let told = report.findings.first?.wholeText ?? ""
        for mention in mentions { #expect(told.contains(mention), "\(told)") }
    }

    @Test func aServiceWithAnAddressNeedsNoNamesOfPods() throws {
        let report = try inquiry(
            "db-read.shop", try facts(Self.clusterIP + Self.member("hostname: db-0, subdomain: gone"))
        ).examine(.client)
        #expect(report.serious == [])
        #expect(report.codes == ["POD002"])
    }
}
