import Findings
import Foundation
import Manifests
import ServiceRegistry
import Testing

@testable import Diagnosis

private func service(_ name: String, _ spec: String = "{selector: {app: web}, ports: [{port: 80}]}") -> String {
    "apiVersion: v1\nkind: Service\nmetadata: {name: \(name), namespace: shop}\nspec: \(spec)\n"
}

private func pod(_ name: String, app: String = "web", ip: String = "10.244.0.5") -> String {
    """
    apiVersion: v1
    kind: Pod
    metadata: {name: \(name), namespace: shop, labels: {app: \(app)}}
    spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}
    status: {phase: Running, podIP: \(ip), conditions: [{type: Ready, status: "True"}]}

    """
}

private let separator = "---\n"

@Suite struct InputStageTests {
    /// The folders of fault cases whose cause is the input.
    @Test(arguments: [
        "10-manifest-misplaced-fields", "11-manifest-yaml-syntax", "12-ingress-removed-api",
        "x07-clusterip-none-lowercase",
    ])
    func faultCases(folder: String) throws {
        struct Case: Decodable {
            var service: String
            var namespace: String
            var expectCode: String
            var expectSeverity: String
            var expectMentions: [String]
            var expectExit: Int32
            var alsoCodes: [String]?
        }
        let faults = URL(filePath: #filePath).appending(path: "../../../EndToEnd/faults/\(folder)").standardized
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let expected = try decoder.decode(
            Case.self, from: Data(contentsOf: faults.appending(path: "case.json")))
        let snapshot = try ManifestSnapshot(
            paths: [faults.appending(path: "manifests.yaml").path], options: ManifestOptions())
        let report = try inquiry("\(expected.service).\(expected.namespace)", ClusterFacts(snapshot)).examineInput()
        let finding = try #require(report.findings.first)
        #expect(finding.code == expected.expectCode)
        #expect(finding.severity.rawValue == expected.expectSeverity)
        let text = ([finding.message] + finding.evidence + [finding.fix ?? ""]).joined(separator: "\n")
        for mention in expected.expectMentions { #expect(text.contains(mention), "\(mention) in \(text)") }
        let rest = report.findings.dropFirst().filter { $0.severity != .info }.map(\.code)
        #expect(Set(rest).isSubset(of: expected.alsoCodes ?? []))
        #expect(DiagnosisReport(findings: report.findings).exitCode(strict: false) == expected.expectExit)
    }

    /// Faults of the Service's own document, of documents around it, and of others: what is told for shop/web.
    @Test(arguments: [
        ("healthy", service("web") + separator + pod("web-0"), []),
        ("refused", service("web", "{ports: [{port: 80, protocol: tcp}]}"), ["MAN004"]),
        ("the type in lower case", service("web", "{type: nodeport, ports: [{port: 80}]}"), ["MAN004"]),
        ("another's fault", service("web") + separator + service("other", "{ports: [{port: 0}]}"), []),
        ("a broken document about it", "kind: Service\nmetadata: {name: web\n", ["MAN001"]),
        ("a tab", "apiVersion: v1\nkind: Service\nmetadata:\n\tname: web\n", ["MAN001"]),
        (
            "a full-width colon", "apiVersion: v1\nkind: Service\nmetadata:\n  namespace: shop\n  name\u{FF1A}web\n",
            ["MAN001"]
        ),
        ("a broken document about another", service("web") + separator + "kind: Service\nmetadata: {name: db\n", []),
        ("a broken document when it is missing", "kind: Service\nmetadata: {name: db\n", []),
        ("a broken ConfigMap that names it", "kind: ConfigMap\ndata: {web\n", []),
        ("a broken Pod of it", service("web") + separator + "kind: Pod\nmetadata: {labels: {app: web}\n", ["MAN001"]),
        ("no kind", "apiVersion: v1\nmetadata: {name: web, namespace: shop}\n", ["MAN002"]),
        ("no apiVersion", "kind: Service\nmetadata: {name: web, namespace: shop}\nspec: {}\n", ["MAN002"]),
        ("no name", "apiVersion: v1\nkind: Service\nmetadata: {namespace: shop}\nspec: {}\n", ["MAN002"]),
        ("no name, but it is known", service("web") + separator + "apiVersion: v1\nkind: Pod\nmetadata: {}\n", []),
        ("a kind in lower case", service("web").replacing("Service", with: "service"), ["MAN004"]),
        ("another group", service("web").replacing(": v1", with: ": apps/v1"), ["MAN004"]),
        ("a Pod refused", service("web") + separator + pod("web-0", ip: "10.244.0.500"), ["MAN004"]),
        ("a foreign Pod refused", service("web") + separator + pod("db-0", app: "db", ip: "x"), []),
        (
            "an en dash in a Pod's label",
            service("web", "{selector: {app: web-a}, ports: [{port: 80}]}") + separator + pod("p", app: "web\u{2013}a"),
            ["MAN010"]
        ),
        (
            "an en dash in its selector",
            service("web", "{selector: {app: web\u{2013}a}, ports: [{port: 80}]}") + separator + pod("p", app: "web-a"),
            ["MAN010"]
        ),
        ("a no-break space", service("web", "{selector: {app: web\u{A0}}, ports: [{port: 80}]}"), ["MAN010"]),
        ("a Cyrillic letter", service("web", "{selector: {app: w\u{435}b}, ports: [{port: 80}]}"), ["MAN010"]),
        ("quotes of a word processor", service("web", "{ports: [{port: \u{201C}80\u{201D}}]}"), ["MAN004"]),
        ("a full-width digit in the port", service("web", "{ports: [{port: 8\u{FF10}}]}"), ["MAN004"]),
        (
            "Chinese in annotations",
            service("web").replacing("name: web", with: "name: web, annotations: {note: \"你好，世界：“好”\"}"), []
        ),
        (
            "the namespace twice",
            service("web") + (separator + "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
                + (separator + "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"), []
        ),
        ("defined twice", service("web") + separator + service("web"), ["MAN007"]),
        (
            "a slice refused",
            service("web", "{ports: [{port: 80}]}") + separator
                + "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nmetadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}\nendpoints: [{addresses: [10.0.0.300]}]\n",
            ["MAN004"]
        ),
        (
            "a removed slice version",
            service("web", "{ports: [{port: 80}]}") + separator
                + "apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\naddressType: IPv4\nmetadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}\nendpoints: [{addresses: [10.0.0.3]}]\n",
            ["MAN006"]
        ),
        (
            "a removed workload version",
            service("web") + separator
                + "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: d, namespace: shop}\nspec: {template: {metadata: {labels: {app: web}}}}\n",
            ["MAN006"]
        ),
        (
            "an Ingress of another",
            service("web") + separator
                + "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec: {backend: {serviceName: db, servicePort: 80}}\n",
            []
        ),
        (
            "a Service of Knative",
            service("web") + separator
                + "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: {containers: [{image: a}]}}}\n",
            []
        ),
        (
            "the target of an alias refused",
            service("web", "{type: ExternalName, externalName: db.shop.svc.cluster.local}") + separator
                + service("db", "{clusterIP: none, ports: [{port: 1}]}"), ["MAN004"]
        ),
        (
            "the namespace refused",
            service("web") + separator + "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: 1}}\n",
            ["MAN004"]
        ),
        (
            "a number as label", service("web").replacing("name: web", with: "name: web, labels: {version: 1.10}"),
            ["MAN004"]
        ),
        (
            "a boolean as annotation",
            service("web").replacing("name: web", with: "name: web, annotations: {prometheus.io/scrape: true}"),
            ["MAN004"]
        ),
    ])
    func whatMatters(what: String, yaml: String, codes: [String]) throws {
        let report = try inquiry("web.shop", facts(yaml)).examineInput()
        let told = report.findings.filter { $0.severity != .info }
        #expect(told.map(\.code) == codes, "\(what): \(told)")
        for finding in told {
            #expect(finding.place != nil)
            #expect(finding.chinese != nil && finding.chinese?.evidence.count == finding.evidence.count)
        }
    }

    /// Names that no Service may have, as somebody asks for them: the one error is that of the name.
    @Test(arguments: [
        ("Web", "Web.shop"), ("Web", "web.shop.svc.cluster.local."), ("web_app", "svc/web_app.shop"),
        ("web.v1", "web.v1.shop"),
        (String(repeating: "w", count: 64), String(repeating: "w", count: 64) + ".shop"), ("w\u{435}b", "web.shop"),
        ("w\u{435}b", "shop/web"),
    ])
    func refusedNames(name: String, asked: String) throws {
        let facts = try facts(service(name))
        let subject = try AskedName(parsing: asked, namespace: nil, domain: facts.domain, facts: facts)
        let report = Diagnosis.examine(Inquiry(facts: facts, asked: subject))
        #expect(report.findings.filter { $0.severity != .info }.map(\.code) == ["MAN008"])
        #expect(report.findings.first?.object == "Service shop/\(name)")
    }

    @Test func theNamespacesNameIsToldOnce() throws {
        let yaml =
            (service("web") + separator + pod("web-0") + separator
            + "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
            .replacing("shop", with: "my_shop")
        let report = Diagnosis.examine(try inquiry("web.my_shop", facts(yaml)))
        #expect(report.findings.filter { $0.severity != .info }.map(\.code) == ["MAN008"])
    }

    @Test func aLookAlikeExplainsTheRest() throws {
        let facts = try facts(service("web", "{selector: {app: web\u{2013}a}, ports: [{port: 80}]}"))
        let report = try inquiry("web.shop", facts).examineInput()
        let finding = try #require(report.findings.first)
        #expect(finding.message.contains("U+2013 \"\u{2013}\" looks like \"-\""))
        #expect(finding.fix == "write web-a")
        #expect(finding.place == SourcePlace(file: "facts.yaml", line: 4, column: 27))
        #expect(report.explainsTheRest)
    }

    @Test func whatIsWrongWithoutManifestsIsNotItsBusiness() throws {
        #expect(try inquiry("web.shop", ClusterFacts()).examineInput().isSkipped)
    }
}
