import Findings
import Manifests
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct ServiceStageTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var what: String
        var yaml: String
        var port: UInt16? = nil
        /// Of errors and warnings.
        var codes: [String] = []
        /// In the text of the first of them.
        var mentions: [String] = []

        var testDescription: String { what }
    }

    private static let web = Sheet.pod(
        "web-0", "app: web", ports: ["name: http, containerPort: 9376"], spec: "nodeName: n1")
    private static let twoPorts =
        "selector: {app: web}, clusterIP: 10.96.1.1, type: NodePort, "
        + "ports: [{name: a, port: 8080, targetPort: 80, nodePort: 30111}, {name: b, port: 443}]"

    private static let cases: [Case] = [
        Case(what: "a port that is served", yaml: Sheet.service("web", twoPorts) + web, port: 443),
        Case(
            what: "the targetPort", yaml: Sheet.service("web", twoPorts) + web, port: 80, codes: ["SVC001"],
            mentions: ["80 is the targetPort of port 8080", "10.96.1.1:80", "443", "web.shop.svc.cluster.local:8080"]),
        Case(
            what: "the number of a named targetPort",
            yaml: Sheet.service("web", "selector: {app: web}, ports: [{port: 80, targetPort: http}]") + web,
            port: 9376, codes: ["SVC001"], mentions: ["9376 is the targetPort of port 80"]),
        Case(
            what: "the nodePort", yaml: Sheet.service("web", twoPorts) + web, port: 30111, codes: ["SVC001"],
            mentions: ["30111 is the nodePort of port 8080"]),
        Case(
            what: "some other port", yaml: Sheet.service("web", twoPorts) + web, port: 81, codes: ["SVC001"],
            mentions: ["port 81", "8080, 443"]),
        Case(
            what: "a headless Service's port, where the Pods listen on another",
            yaml: Sheet.service("web", "clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 9376}]")
                + web, port: 80, codes: ["SVC001"], mentions: ["80", "targetPort 9376"]),
        Case(
            what: "a headless Service's targetPort",
            yaml: Sheet.service("web", "clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 9376}]")
                + web, port: 9376),
        Case(
            what: "any port of a headless Service without ports",
            yaml: Sheet.service("web", "clusterIP: None, selector: {app: none}, ports: []"), port: 5432),
        Case(
            what: "two ports, one without a name",
            yaml: Sheet.service("web", "selector: {app: web}, ports: [{name: http, port: 80}, {port: 443}]") + web,
            codes: ["SVC005"], mentions: ["443/TCP has no name", "- name: https\n  port: 443"]),
        Case(
            what: "two ports without names",
            yaml: Sheet.service("web", "selector: {app: web}, ports: [{port: 53, protocol: UDP}, {port: 53}]") + web,
            codes: ["SVC005"], mentions: ["53/UDP, 53/TCP", "- name: dns\n", "- name: tcp-53\n"]),
        Case(
            what: "one clusterIP twice",
            yaml: Sheet.service("web", "selector: {app: web}, clusterIP: 10.96.1.1")
                + Sheet.service("api", "selector: {app: api}, clusterIP: 10.96.1.1") + web,
            codes: ["SVC002"], mentions: ["10.96.1.1", "Service shop/api"]),
        Case(
            what: "one nodePort for two protocols",
            yaml: Sheet.service("web", "type: NodePort, selector: {app: web}, ports: [{port: 53, nodePort: 30053}]")
                + Sheet.service(
                    "api", "type: NodePort, selector: {app: api}, ports: [{port: 53, protocol: UDP, nodePort: 30053}]")
                + web),
        Case(
            what: "one nodePort at two ports of one Service",
            yaml: Sheet.service(
                "web",
                "type: NodePort, selector: {app: web}, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]"
            ) + web, codes: ["SVC003"], mentions: ["nodePort 30080/TCP stands at several ports of Service shop/web"]),
        Case(
            what: "a nodePort out of range",
            yaml: Sheet.service("web", "type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 8080}]")
                + web, codes: ["SVC003"], mentions: ["nodePort 8080 of Service shop/web", "30000-32767"]),
        Case(
            what: "no selector, no slice", yaml: Sheet.service("web", "clusterIP: 10.96.1.1"), codes: ["SVC010"],
            mentions: ["no selector", "10.96.1.1:80", "kubernetes.io/service-name: web"]),
        Case(what: "an empty selector", yaml: Sheet.service("web", "selector: {}"), codes: ["SVC010"]),
        Case(
            what: "headless, no selector, no slice", yaml: Sheet.service("web", "clusterIP: None"), codes: ["SVC010"],
            mentions: ["web.shop.svc.cluster.local is NXDOMAIN"]),
        Case(
            what: "Endpoints of a near name",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.endpoints("web-ep", "addresses: [{ip: 192.0.2.1}], ports: [{name: http, port: 80}]"),
            codes: ["SVC010"], mentions: ["Endpoints shop/web-ep", "facts.yaml:"]),
        Case(
            what: "Endpoints in another namespace",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.endpoints("web", "addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]", in: "prod"),
            codes: ["SVC010"], mentions: ["Endpoints prod/web"]),
        Case(
            what: "no selector, a slice",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.slice("web-1", label: "web", ["addresses: [192.0.2.1]"])),
        Case(
            what: "no selector, Endpoints",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.endpoints("web", "addresses: [{ip: 192.0.2.1}], ports: [{name: http, port: 80}]")),
        Case(
            what: "Endpoints that are a lock of a leader's election",
            yaml: Sheet.service("web", "clusterIP: None") + Sheet.endpoints("web", nil)),
        Case(what: "ExternalName", yaml: Sheet.service("web", "type: ExternalName, externalName: example.com")),
        Case(
            what: "outside traffic, a node without endpoint",
            yaml: Sheet.service("web", "type: NodePort, externalTrafficPolicy: Local, selector: {app: web}") + web
                + Sheet.node("n1") + Sheet.node("n2") + Sheet.node("m1", "node-role.kubernetes.io/control-plane: ''"),
            codes: ["SVC007"], mentions: ["externalTrafficPolicy: Local", "1 node without a ready endpoint: n2", "n1"]),
        Case(
            what: "inside traffic, a node where only others run",
            yaml: Sheet.service("web", "internalTrafficPolicy: Local, selector: {app: web}") + web
                + Sheet.pod("client", "app: client", ip: "10.244.2.1", spec: "nodeName: n2"),
            codes: ["SVC007"], mentions: ["internalTrafficPolicy: Local", "n2"]),
        Case(
            what: "a Pod on each node",
            yaml: Sheet.service("web", "type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}") + web
                + Sheet.node("n1") + Sheet.node("m1", "node-role.kubernetes.io/master: ''")),
        Case(
            what: "nodes of which nothing is known",
            yaml: Sheet.service("web", "type: NodePort, externalTrafficPolicy: Local, selector: {app: web}")
                + Sheet.pod("web-0", "app: web") + Sheet.node("n1") + Sheet.node("n2")),
        Case(
            what: "a policy that has nothing to be about",
            yaml: Sheet.service("web", "externalTrafficPolicy: Local, selector: {app: web}") + web + Sheet.node("n2")),
    ]

    @Test(arguments: cases) func findings(of test: Case) throws {
        var asked = try inquiry("web.shop", try facts(test.yaml))
        asked.port = test.port
        let report = asked.examine(.service)
        let found = report.findings.filter { $0.severity != .info }
        #expect(found.map(\.code) == test.codes, "\(report.findings)")
        for finding in found {
            #expect(finding.object == "Service shop/web" && finding.place?.file == "facts.yaml")
            #expect(finding.chinese?.evidence.count == finding.evidence.count)
            #expect(finding.severity == Catalogue.entry(finding.code)?.severity)
        }
        guard let first = found.first else { return }
        let text = ([first.message] + first.evidence + [first.fix ?? ""]).joined(separator: "\n")
        for mention in test.mentions { #expect(text.contains(mention), "\(text)") }
    }

    /// What surprises, but is right.
    @Test(arguments: [
        ("selector: {app: web}, ports: [{port: 80}]", ["SVC006"]),
        ("selector: {app: web}", []),
        ("selector: {app: web}, sessionAffinity: ClientIP", ["SVC008"]),
        ("clusterIP: None, selector: {app: web}, sessionAffinity: ClientIP", ["SVC008"]),
        ("selector: {app: web}, type: LoadBalancer", ["SVC009"]),
        ("selector: {app: web}, type: NodePort, ports: [{port: 80}]", ["SVC006", "SVC009"]),
    ])
    func infos(spec: String, codes: [String]) throws {
        let report = try inquiry("web.shop", try facts(Sheet.service("web", spec) + Self.web)).examine(.service)
        #expect(report.codes == codes)
        #expect(report.status == .ok && report.findings.allSatisfy { $0.severity == .info })
    }

    /// The asking Pod's own node is what counts for traffic that stays inside.
    @Test(arguments: [("on1", []), ("on2", ["SVC007"])]) func theClientsNode(pod: String, codes: [String]) throws {
        let yaml =
            Sheet.service("web", "internalTrafficPolicy: Local, selector: {app: web}") + Self.web
            + Sheet.pod("on1", "app: a", ip: "10.244.2.1", spec: "nodeName: n1")
            + Sheet.pod("on2", "app: b", ip: "10.244.2.2", spec: "nodeName: n2")
        var asked = try inquiry("web.shop", try facts(yaml))
        asked.client.pod = ObjectName("shop", pod)
        #expect(asked.examine(.service).codes == codes)
    }

    @Test(arguments: [("n1", []), ("n2", ["SVC007"])]) func theNodeThatIsNamed(node: String, codes: [String]) throws {
        let yaml =
            Sheet.service("web", "type: NodePort, externalTrafficPolicy: Local, selector: {app: web}") + Self.web
        var asked = try inquiry("web.shop", try facts(yaml))
        asked.node = node
        #expect(asked.examine(.service).codes.filter { $0 != "SVC009" } == codes)
    }

    @Test func theBlockOfServicesIsChecked() throws {
        let options = ManifestOptions(serviceCIDRs: [CIDR("10.96.0.0/16")!])
        let facts = try facts(Sheet.service("web", "selector: {app: web}, clusterIP: 10.97.0.1") + Self.web, options)
        let report = try inquiry("web.shop", facts).examine(.service)
        #expect(report.codes == ["SVC004"])
        #expect(report.findings[0].message.contains("10.97.0.1") && report.findings[0].message.contains("10.96.0.0/16"))
    }

    /// Objects of an API come with their addresses: they say themselves who shares one.
    @Test func collisionsOfAnAPI() throws {
        var facts = try facts(
            Sheet.service("web", "clusterIP: 10.96.1.1, selector: {app: web}, " + Self.nodePort)
                + Sheet.service("api", "clusterIP: 10.96.1.1, " + Self.nodePort)
                + Sheet.service("api2", "clusterIP: 10.96.1.2, " + Self.nodePort) + Self.web)
        facts.reading.origin = .api
        let findings = try inquiry("web.shop", facts).examine(.service).findings.filter { $0.severity == .error }
        #expect(findings.map(\.code) == ["SVC002", "SVC003", "SVC003"])
        #expect(findings.map { $0.message.contains("Service shop/api2") } == [false, false, true])
    }

    private static let nodePort = "type: NodePort, ports: [{name: http, port: 80, nodePort: 30080}]"

    @Test func theLineOfTheStage() throws {
        let facts = try facts(Sheet.service("web", Self.twoPorts) + Sheet.service("ext", "ports: [{port: 1}]"))
        #expect(
            try inquiry("web.shop", facts).examine(.service).facts == [
                Phrase("2 ports, selector app=web", zh: "2 个端口，选择算符 app=web")
            ])
        #expect(try inquiry("ext.shop", facts).examine(.service).facts.map(\.english) == ["1 port, no selector"])
        #expect(try inquiry("kubernetes.default", facts).examine(.service).codes == [])
        #expect(try inquiry("none.shop", facts).examine(.service).status == .skip)
    }
}
