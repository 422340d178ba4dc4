import Findings
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Diagnosis

/// A fault that stage `endpoints` finds, or none.
struct EndpointsCase: CustomTestStringConvertible, Sendable {
    var what: String
    var yaml: String
    /// Of both stages' errors and warnings.
    var codes: [String] = []
    /// In the text of the first of them.
    var mentions: [String] = []

    var testDescription: String { what }

    func check() throws {
        let asked = try inquiry("web.shop", try facts(yaml))
        let (service, endpoints) = (asked.examine(.service), asked.examine(.endpoints))
        let found = (service.findings + endpoints.findings).filter { $0.severity != .info }
        #expect(found.map(\.code) == codes, "\(found.map { "\($0) \($0.evidence)" })")
        for finding in found {
            #expect(finding.object == "Service shop/web" && finding.place?.file == "facts.yaml")
            #expect(finding.chinese?.evidence.count == finding.evidence.count)
            #expect(Catalogue.entry(finding.code) != nil && finding.fix != "")
        }
        guard let first = found.first else { return }
        let text = ([first.message] + first.evidence + [first.fix ?? ""]).joined(separator: "\n")
        for mention in mentions { #expect(text.contains(mention), "\(mention) in \(text)") }
    }
}

@Suite struct EndpointsSelectionTests {
    private static let service = Sheet.service("web", "clusterIP: 10.96.1.1, selector: {app: web}")
    private static let headless = Sheet.service("web", "clusterIP: None, selector: {app: web}")

    private static func labelled(_ labels: String) -> String { service + Sheet.pod("p-0", labels) }

    private static let selection: [EndpointsCase] = [
        EndpointsCase(
            what: "one letter more", yaml: labelled("app: webs"), codes: ["EPS001"],
            mentions: [
                "selector app=web (facts.yaml:5) matches 0 of 1 Pod in namespace shop",
                "nearest: app=webs on 1 Pod (p-0), 1 letter more", "10.96.1.1:80",
                "kubectl -n shop patch svc web -p '{\"spec\":{\"selector\":{\"app\":\"webs\"}}}'",
            ]),
        EndpointsCase(
            what: "two letters swapped", yaml: labelled("app: wbe"), codes: ["EPS001"],
            mentions: ["app=wbe", "1 letter other"]),
        EndpointsCase(
            what: "capitals", yaml: labelled("app: Web"), codes: ["EPS001"], mentions: ["app=Web", "other capitals"]),
        EndpointsCase(
            what: "another key", yaml: labelled("run: web"), codes: ["EPS001"],
            mentions: ["run=web", "the key is run, not app", "{\"app\":null,\"run\":\"web\"}"]),
        EndpointsCase(
            what: "a key with a domain",
            yaml: Sheet.service("web", "selector: {app.kubernetes.io/name: web}") + Sheet.pod("p-0", "name: web"),
            codes: ["EPS001"], mentions: ["the key is name, not app.kubernetes.io/name"]),
        EndpointsCase(
            what: "a longer value", yaml: labelled("app: web-frontend"), codes: ["EPS001"],
            mentions: ["nearest: app=web-frontend", "--show-labels"]),
        EndpointsCase(
            what: "another value", yaml: labelled("app: something"), codes: ["EPS001"],
            mentions: ["app=something", "another value of app", "kubectl -n shop get pods --show-labels"]),
        EndpointsCase(
            what: "one pair too many",
            yaml: Sheet.service("web", "selector: {app: web, tier: front}") + Sheet.pod("p-0", "app: web"),
            codes: ["EPS001"], mentions: ["app=web,tier=front", "no label tier", "{\"tier\":null}"]),
        EndpointsCase(
            what: "another version",
            yaml: Sheet.service("web", "selector: {app: web, version: v2}")
                + Sheet.pod("p-0", "app: web, version: v1") + Sheet.pod("p-1", "app: other, version: v9"),
            codes: ["EPS001"], mentions: ["app=web,version=v1 on 1 Pod (p-0)", "{\"version\":\"v1\"}"]),
        EndpointsCase(
            what: "the most Pods count among equals",
            yaml: service + Sheet.pod("a-0", "app: webx") + Sheet.pod("b-0", "app: weby", ip: "10.244.0.2")
                + Sheet.pod("b-1", "app: weby", ip: "10.244.0.3"), codes: ["EPS001"],
            mentions: ["app=weby on 2 Pods (b-0, b-1)"]),
        EndpointsCase(
            what: "nobody near", yaml: labelled("role: db"), codes: ["EPS001"], mentions: ["0 of 1 Pod"]),
        EndpointsCase(
            what: "a namespace without Pods", yaml: service + Sheet.pod("x", "app: other", in: "other"),
            codes: ["EPS001"], mentions: ["0 of 0 Pods"]),
        EndpointsCase(
            what: "manifests without any Pod", yaml: service, codes: ["EPS013"],
            mentions: ["neither a Pod nor a template", "0 of 0 Pods"]),
        EndpointsCase(
            what: "a typo, headless", yaml: headless + Sheet.pod("p-0", "app: webs"), codes: ["EPS001"],
            mentions: ["NXDOMAIN", "app=webs"]),
        EndpointsCase(
            what: "a typo beside a template", yaml: service + Sheet.workload("Deployment", "web", "app: webs"),
            codes: ["EPS001"], mentions: ["app=webs on 1 template (Deployment web)"]),
        EndpointsCase(
            what: "Pods in another namespace", yaml: service + Sheet.pod("p-0", "app: web", in: "prod"),
            codes: ["EPS005"], mentions: ["app=web is only in namespace prod", "p-0", "0 of 0 Pods in namespace shop"]),
        EndpointsCase(
            what: "Pods in another namespace, others in their own",
            yaml: labelled("app: database") + Sheet.pod("p-0", "app: web", in: "prod"), codes: ["EPS005"],
            mentions: ["prod"]),
        EndpointsCase(
            what: "a typo beside an application of another namespace",
            yaml: labelled("app: webs") + Sheet.pod("p-0", "app: web", in: "prod"), codes: ["EPS001"],
            mentions: ["app=webs"]),
        EndpointsCase(
            what: "templates in another namespace",
            yaml: service + Sheet.workload("Deployment", "web", "app: web", in: "prod"), codes: ["EPS005"],
            mentions: ["1 template", "prod"]),
        EndpointsCase(
            what: "only a template", yaml: service + Sheet.workload("Deployment", "web", "app: web, x: z"),
            codes: ["EPS013"], mentions: ["Deployment web", "kubectl -n shop get pods -l app=web"]),
        EndpointsCase(
            what: "no replicas", yaml: service + Sheet.workload("StatefulSet", "web", "app: web", replicas: 0),
            codes: ["EPS013"], mentions: ["StatefulSet web, which has 0 replicas", "scale statefulset/web"]),
        EndpointsCase(
            what: "a Pod as people write it",
            yaml: service
                + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {app: web}}\n"
                + "spec: {containers: [{name: a}]}\n", codes: ["EPS013"], mentions: ["without a status: p"]),
        EndpointsCase(what: "a Job between its runs", yaml: service + Sheet.workload("CronJob", "w", "app: web")),
        EndpointsCase(
            what: "a Job that is done", yaml: service + Sheet.pod("p-0", "app: web", ready: false, phase: "Succeeded")),
        EndpointsCase(
            what: "Pods that failed", yaml: service + Sheet.pod("p-0", "app: web", ready: false, phase: "Failed"),
            codes: ["EPS002"], mentions: ["p-0: it has ended: Failed"]),
        EndpointsCase(
            what: "Endpoints beside a selector that finds nobody",
            yaml: service
                + Sheet.endpoints("web", "addresses: [{ip: 192.0.2.1}], ports: [{name: http, port: 80}]")),
        EndpointsCase(
            what: "slices, and no Pod in the registry",
            yaml: service
                + Sheet.slice("web-x", label: "web", ["addresses: [10.244.0.9], targetRef: {kind: Pod, name: web-0}"])),
    ]

    @Test(arguments: selection) func selectionCases(_ test: EndpointsCase) throws { try test.check() }

    private static let waiting =
        "containerStatuses: [{name: app, restartCount: 3, state: {waiting: {reason: ImagePullBackOff}}}]"

    private static let readiness: [EndpointsCase] = [
        EndpointsCase(what: "all ready", yaml: labelled("app: web")),
        EndpointsCase(
            what: "none ready",
            yaml: service + Sheet.pod("p-0", "app: web", ready: false, status: waiting)
                + Sheet.pod("p-1", "app: web", ip: nil, ready: false, phase: "Pending")
                + Sheet.pod("p-2", "app: web", ip: "10.244.0.3", terminating: true)
                + Sheet.pod("p-3", "app: web", ip: "10.244.0.4", ready: false), codes: ["EPS002"],
            mentions: [
                "4 Pods match app=web, 0 ready", "p-0: ImagePullBackOff (container app), 3 restarts",
                "p-1: Pending: not scheduled on a node, no IP address", "p-2: terminating",
                "p-3: condition Ready is not True", "kubectl -n shop describe pod p-0",
            ]),
        EndpointsCase(
            what: "headless, none ready", yaml: headless + Sheet.pod("p-0", "app: web", ready: false),
            codes: ["EPS004"], mentions: ["NXDOMAIN", "p-0", "publishNotReadyAddresses"]),
        EndpointsCase(
            what: "headless, published before",
            yaml: Sheet.service("web", "clusterIP: None, selector: {app: web}, publishNotReadyAddresses: true")
                + Sheet.pod("p-0", "app: web", ready: false)),
        EndpointsCase(
            what: "published before, but without addresses",
            yaml: Sheet.service("web", "clusterIP: None, selector: {app: web}, publishNotReadyAddresses: true")
                + Sheet.pod("p-0", "app: web", ip: nil, ready: false, phase: "Pending"), codes: ["EPS004"],
            mentions: ["no IP address"]),
        EndpointsCase(
            what: "some not ready",
            yaml: labelled("app: web") + Sheet.pod("p-1", "app: web", ip: "10.244.0.2", ready: false, status: waiting),
            codes: ["EPS012"], mentions: ["1 of 2 Pods", "p-1: ImagePullBackOff"]),
        EndpointsCase(
            what: "a rollout",
            yaml: labelled("app: web") + Sheet.pod("p-1", "app: web", ip: "10.244.0.2", terminating: true)),
        EndpointsCase(
            what: "leftovers beside those that run",
            yaml: labelled("app: web") + Sheet.pod("p-1", "app: web", ip: "10.244.0.1", ready: false, phase: "Failed")
                + Sheet.pod("p-2", "app: web", ip: "10.244.0.1", ready: false, phase: "Succeeded")),
        EndpointsCase(
            what: "a slice that has none ready",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.slice("web-1", label: "web", ["addresses: [192.0.2.1], conditions: {ready: false}"]),
            codes: ["EPS002"], mentions: ["192.0.2.1", "EndpointSlice shop/web-1"]),
        EndpointsCase(
            what: "Endpoints that have none ready",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.endpoints("web", "notReadyAddresses: [{ip: 192.0.2.1}], ports: [{name: http, port: 80}]"),
            codes: ["EPS002"], mentions: ["192.0.2.1"]),
        EndpointsCase(
            what: "a headless Service's slice that has none ready",
            yaml: Sheet.service("web", "clusterIP: None")
                + Sheet.slice("web-1", label: "web", ["addresses: [192.0.2.1], conditions: {ready: false}"]),
            codes: ["EPS004"], mentions: ["NXDOMAIN", "192.0.2.1"]),
        EndpointsCase(
            what: "a slice that has some ready",
            yaml: Sheet.service("web", "clusterIP: 10.96.1.1")
                + Sheet.slice(
                    "web-1", label: "web",
                    ["addresses: [192.0.2.1], conditions: {ready: false}", "addresses: [192.0.2.2]"]),
            codes: ["EPS012"], mentions: ["1 of 2 endpoints", "192.0.2.1"]),
        EndpointsCase(
            what: "a slice that is behind its Pods",
            yaml: labelled("app: web")
                + Sheet.slice(
                    "web-1", label: "web",
                    ["addresses: [10.244.0.1], conditions: {ready: false}, targetRef: {kind: Pod, name: p-0}"]),
            codes: ["EPS002"], mentions: ["Pods are ready (p-0)", "EndpointSlice shop/web-1"]),
    ]

    @Test(arguments: readiness) func readinessCases(_ test: EndpointsCase) throws { try test.check() }

    @Test func theLineOfTheStage() throws {
        func line(_ yaml: String) throws -> String? {
            try inquiry("web.shop", try facts(yaml)).examine(.endpoints).facts.first?.english
        }
        let three = (1...3).map { Sheet.pod("p-\($0)", "app: web", ip: "10.244.0.\($0)", ready: $0 < 3) }
        #expect(try line(Self.service) == "0 ready of 0")
        #expect(try line(Self.service + three[2]) == "0 ready of 1")
        #expect(try line(Self.service + three[0] + three[1]) == "2 ready: 10.244.0.1:80,10.244.0.2:80")
        #expect(try line(Self.service + three.joined()) == "2 ready of 3: 10.244.0.1:80,10.244.0.2:80")
        let dual = Sheet.service(
            "web", "ipFamilies: [IPv4, IPv6], clusterIPs: [10.96.1.1, 'fd00::1'], selector: {app: web}")
        #expect(
            try line(dual + Sheet.pod("p", "app: web", ip: "10.244.0.1 fd00::9"))
                == "1 ready: 10.244.0.1:80,[fd00::9]:80")
        #expect(try inquiry("kubernetes.default", try facts(Self.service)).examine(.endpoints).codes == [])
        #expect(try inquiry("kube-dns.kube-system", try facts(Self.service)).examine(.endpoints).status == .skip)
    }

    /// The server's stage tells of the DNS Service what else this one would.
    @Test func theDNSServiceIsToldOnce() throws {
        let ports = "ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]"
        let dns = Sheet.service("kube-dns", "selector: {k8s-app: kube-dns}, \(ports)", in: "kube-system")
        let pod = Sheet.pod("coredns-0", "k8s-app: coredns", in: "kube-system")
        let report = Diagnosis.examine(try inquiry("kube-dns.kube-system", try facts(dns + pod)))
        #expect(report.findings.filter { $0.severity == .error }.map(\.code) == ["DNS003"])
        #expect(try inquiry("kube-dns.kube-system", try facts(dns)).examine(.endpoints).status == .skip)
        let alone = Diagnosis.examine(
            try inquiry("kube-dns.kube-system", try facts(dns + pod)), stages: [.service, .endpoints])
        #expect(alone.findings.map(\.code) == ["EPS001"])
    }

    /// What an API does not let be read is no fault.
    @Test func whatIsUnreadIsNotMissing() throws {
        var facts = try facts(Self.service + Sheet.service("bare", "clusterIP: 10.96.1.2"))
        facts.reading.origin = .api
        #expect(try inquiry("web.shop", facts).examine(.endpoints).codes == ["EPS001"])
        #expect(try inquiry("bare.shop", facts).examine(.service).codes == ["SVC010"])
        facts.reading.unread = [.pod, .endpointSlice]
        facts.reading.notes = ["list pods: 403 Forbidden"]
        let report = try inquiry("web.shop", facts).examine(.endpoints)
        #expect(report.codes == ["EPS002"] && report.findings[0].evidence.contains("list pods: 403 Forbidden"))
        #expect(try inquiry("bare.shop", facts).examine(.service).codes == [])
    }
}
