import Diagnosis
import Findings
import ServiceRegistry
import Testing

@Suite struct ClientPolicyTests {
    private static func policy(_ namespace: String, _ spec: String) -> String {
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: \(namespace)}\nspec: \(spec)\n"
    }

    private static let udpTCP = "ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]"
    private static let toDNS =
        "to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]"
    private static let toWeb = "{to: [{podSelector: {matchLabels: {app: web}}}]}"
    private static let system =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system, labels: {tier: system}}\n---\n"

    private static func egress(_ rules: String, for pods: String = "{}") -> String {
        policy("shop", "{podSelector: \(pods), policyTypes: [Egress], egress: [\(rules)]}")
    }

    private static func ingress(_ rules: String, for pods: String = "{}", in namespace: String = "shop") -> String {
        policy(namespace, "{podSelector: \(pods), policyTypes: [Ingress], ingress: [\(rules)]}")
    }

    /// Policies, the codes for the asking Pod, those without one, what is mentioned.
    static let cases: [(yaml: String, codes: [String], unasked: [String], mentions: [String])] = [
        // Egress of the client.
        (egress(""), ["NET001"], [], ["shop/p", "UDP 53", "10.0.0.10", "allow-dns"]),
        (egress("", for: "{matchLabels: {app: other}}"), [], [], []),
        (egress("{\(toDNS), \(udpTCP)}, \(toWeb)"), [], [], []),
        (egress("{\(udpTCP)}, \(toWeb)"), [], [], []),
        (egress("{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}"), [], [], []),
        (egress("{to: [{namespaceSelector: {}}]}"), [], [], []),
        (egress("{\(toDNS), ports: [{protocol: UDP, port: 53}]}, \(toWeb)"), ["NET002"], [], ["UDP 53", "TCP 53"]),
        // A port without protocol is TCP.
        (egress("{\(toDNS), ports: [{port: 53}]}, \(toWeb)"), ["NET001"], [], ["TCP 53"]),
        (egress("\(toWeb)"), ["NET001"], [], []),
        (egress("{to: [{podSelector: {}}]}"), ["NET001"], [], []),
        (
            egress("{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: dns}}}]}, \(toWeb)"),
            ["NET001"], [], []
        ),
        // The label is not on the namespace; without its manifest nobody knows.
        (
            system + egress("{to: [{namespaceSelector: {matchLabels: {name: kube-system}}}]}, \(toWeb)"), ["NET001"],
            [], ["name=kube-system"]
        ),
        (egress("{to: [{namespaceSelector: {matchLabels: {name: kube-system}}}]}, \(toWeb)"), [], [], []),
        (
            system
                + egress(
                    "{to: [{namespaceSelector: {matchExpressions: [{key: tier, operator: In, values: [system]}]}}]}, \(toWeb)"
                ), [], [], []
        ),
        (
            system
                + egress("{to: [{namespaceSelector: {matchExpressions: [{key: tier, operator: Exists}]}}]}, \(toWeb)"),
            [], [], []
        ),
        (
            egress("{to: [{podSelector: {matchLabels: {k8s-app: coredns}}, namespaceSelector: {}}]}, \(toWeb)"),
            ["NET001"], [], ["k8s-app=coredns"]
        ),
        // Blocks: the Pod's address counts; the ClusterIP may, too.
        (egress("{to: [{ipBlock: {cidr: 10.244.0.0/16}}]}"), [], [], []),
        (egress("{to: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.0.2/32]}}]}"), ["NET001"], [], ["except"]),
        (egress("{to: [{ipBlock: {cidr: 10.0.0.10/32}}]}, \(toWeb)"), [], [], []),
        (egress("{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}, \(toWeb)"), ["NET001"], [], ["203.0.113.0/24"]),
        // Named ports and ranges.
        (
            egress("{\(toDNS), ports: [{protocol: UDP, port: dns}, {protocol: TCP, port: dns-tcp}]}, \(toWeb)"), [], [],
            []
        ),
        (
            egress(
                "{\(toDNS), ports: [{protocol: UDP, port: 1, endPort: 1024}, {protocol: TCP, port: 1, endPort: 1024}]}, \(toWeb)"
            ), [], [], []
        ),
        (
            egress("{\(toDNS), ports: [{protocol: UDP, port: 54, endPort: 1024}]}, \(toWeb)"), ["NET001"], [],
            ["54-1024"]
        ),
        // Policies add up.
        (egress("") + "---\n" + egress("{\(udpTCP)}, \(toWeb)").replacing("name: p,", with: "name: q,"), [], [], []),
        // The DNS Pods' own policies.
        (
            ingress("", for: "{matchLabels: {k8s-app: kube-dns}}", in: "kube-system"), ["NET001"], ["NET001"],
            ["kube-system/kube-dns"]
        ),
        (ingress("{\(udpTCP)}", for: "{matchLabels: {k8s-app: kube-dns}}", in: "kube-system"), [], [], []),
        (ingress("{ports: [{protocol: UDP, port: 53}]}", in: "kube-system"), ["NET002"], ["NET002"], []),
        (
            ingress(
                "{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: blog}}}]}", in: "kube-system"),
            ["NET001"], [], ["shop/cli"]
        ),
        // The Service's Pods.
        (ingress(""), ["NET005"], ["NET005"], ["shop/p", "8080/TCP", "shop/web"]),
        (ingress("{}"), [], [], []),
        (ingress("{from: [{podSelector: {}}]}"), [], [], []),
        (ingress("{from: [{podSelector: {matchLabels: {app: cli}}}]}"), [], [], []),
        (
            ingress("{from: [{podSelector: {matchLabels: {app: front}}}]}"), ["NET005"], [],
            ["app=front", "app=cli", "shop/cli"]
        ),
        (
            ingress("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: blog}}}]}"), ["NET005"],
            [], []
        ),
        (ingress("{ports: [{port: 80}]}"), ["NET005"], ["NET005"], ["8080", "port 80"]),
        (ingress("{ports: [{port: 8080}]}"), [], [], []),
        (ingress("{ports: [{port: http}]}"), [], [], []),
        (ingress("{ports: [{port: metrics}]}"), ["NET005"], ["NET005"], ["metrics"]),
        (ingress("{ports: [{protocol: UDP, port: 8080}]}"), ["NET005"], ["NET005"], ["UDP 8080"]),
        (ingress("{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}"), [], [], []),
        (ingress("{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}"), ["NET005"], [], ["192.0.2.0/24"]),
        (ingress("", for: "{matchLabels: {app: db}}"), [], [], []),
        // policyTypes left out: ingress is meant.
        (policy("shop", "{podSelector: {}}"), ["NET005"], ["NET005"], []),
        (policy("shop", "{podSelector: {}, egress: []}"), ["NET005"], ["NET005"], []),
        // DNS may be asked, the Service not.
        (egress("{\(toDNS), \(udpTCP)}"), ["NET005"], [], ["egress"]),
    ]

    @Test(arguments: cases) func policies(
        yaml: String, codes: [String], unasked: [String], mentions: [String]
    ) throws {
        let facts = try ClientCluster.facts(more: yaml)
        let report = try ClientCluster.examine(facts, pod: ClientCluster.pod)
        #expect(report.serious == codes)
        let told = report.findings.first?.wholeText ?? ""
        for mention in mentions { #expect(told.contains(mention), "\(told)") }
        #expect(try ClientCluster.examine(facts).serious == unasked)
    }

    @Test func theHostsNetworkIsOutside() throws {
        let facts = try ClientCluster.facts(
            "hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet",
            more: Self.egress("") + "---\n"
                + Self.ingress("{from: [{podSelector: {}}]}").replacing("name: p,", with: "name: q,"))
        #expect(try ClientCluster.examine(facts, pod: ClientCluster.pod).serious == [])
    }

    @Test func portsThatAreAskedFor() throws {
        let more = """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop}
            spec: {selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 9090}]}
            ---
            """ + "\n" + Self.ingress("{ports: [{port: 8080}]}")
        let facts = try ClientCluster.facts(more: more)
        #expect(try ClientCluster.examine(facts).serious == [])
        #expect(try ClientCluster.examine(facts) { $0.port = 80 }.serious == [])
        #expect(try ClientCluster.examine(facts) { $0.port = 81 }.serious == ["NET005"])
    }

    /// Without the DNS Pods little is sure.
    static let unknown: [(rules: String, codes: [String])] = [
        ("", ["NET001"]), ("{to: [{podSelector: {}}]}", ["NET001"]), ("{ports: [{port: 443}]}", ["NET001"]),
        (toDNS.isEmpty ? "" : "{\(toDNS), \(udpTCP)}, \(toWeb)", []),
        ("{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openshift-dns}}}]}, \(toWeb)", []),
        ("{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}", []),
    ]

    @Test(arguments: unknown) func withoutDNSPods(rules: String, codes: [String]) throws {
        let yaml = [ClientCluster.web, ClientCluster.client(), Self.egress(rules)].joined(separator: "---\n")
        #expect(try ClientCluster.examine(try facts(yaml), pod: ClientCluster.pod).serious == codes)
    }

    @Test func theFixMendsIt() throws {
        for rules in [Self.egress(""), Self.ingress("{from: [{podSelector: {matchLabels: {app: front}}}]}")] {
            let report = try ClientCluster.examine(try ClientCluster.facts(more: rules), pod: ClientCluster.pod)
            let fix = try #require(report.findings.first?.fix)
            let json = try #require(fix.split(separator: "'").dropFirst().first)
            let mended = try ClientCluster.examine(
                try ClientCluster.facts(more: rules + "---\n" + String(json) + "\n"), pod: ClientCluster.pod)
            // A policy for DNS alone still keeps the client from the Service.
            #expect(!mended.serious.contains(report.serious[0]))
        }
    }
}
