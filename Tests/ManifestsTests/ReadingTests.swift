import Findings
import Foundation
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Manifests

private let here = URL(filePath: #filePath).deletingLastPathComponent()

func contents(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: here.appending(path: path)))
}

private func read(_ text: String) -> ManifestReading { ManifestReader.read(Array(text.utf8), file: "f.yaml") }

/// `8:5 MAN001`, errors and warnings only.
private func places(_ reading: ManifestReading) -> [String] {
    reading.findings.filter { $0.severity != .info }
        .map { "\($0.place?.line ?? 0):\($0.place?.column ?? 0) \($0.code)" }
}

private func service(_ spec: String) -> String {
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n" + spec
}

@Suite struct ReadingTests {
    /// The documents' manifests as their author wrote them.
    @Test(arguments: [
        ("001-ingress-cbuc-test.yaml", ["1:1 MAN006"], 1), ("002-ingress-simple-fanout.yaml", ["1:1 MAN006"], 1),
        ("002-svc-clusterip-my-nginx.yaml", ["7:5 MAN003", "10:6 MAN005"], 0),
        ("002-svc-nodeport-my-nginx.yaml", ["8:5 MAN001"], 0), ("003-svc-externalips-my-service.yaml", [], 1),
        ("003-svc-externalname-my-service.yaml", [], 1), ("003-svc-loadbalancer-example-service.yaml", [], 1),
        ("003-svc-nodeport-my-nginx.yaml", [], 1), ("004-ingress-alb-default-backend.yaml", ["14:1 MAN006"], 2),
        ("004-ingress-path-routing.yaml", ["26:1 MAN006"], 3), ("004-svc-clusterip-nginx-service.yaml", [], 1),
    ])
    func documents(file: String, expected: [String], objects: Int) throws {
        let reading = ManifestReader.read(try contents("Documents/\(file)"), file: file)
        #expect(places(reading) == expected, "\(reading.findings)")
        #expect(reading.objects.count == objects)
    }

    @Test func aMissingSpaceIsShown() throws {
        let file = "002-svc-nodeport-my-nginx.yaml"
        let reading = ManifestReader.read(try contents("Documents/\(file)"), file: file)
        let finding = try #require(reading.findings.first)
        #expect(
            "\(finding)" == "002-svc-nodeport-my-nginx.yaml:8:5: error MAN001: \"nodePort:31000\" is not a key: "
                + "write \"nodePort: 31000\"; and it belongs in spec.ports[]")
        #expect(!reading.isComplete)
    }

    @Test func anAliasIsNoSeparator() throws {
        let reading = ManifestReader.read(try contents("Documents/004-ingress-host-routing.yaml"), file: "f")
        #expect(
            reading.findings[0].description
                == "f:1:1: error MAN001: \"*---\" is an alias, not a separator; remove the \"*\" (also line 53 \"80*\")"
        )
        #expect(reading.objects.count >= 1, "the documents behind it are read")
        #expect(!reading.isComplete)
    }

    @Test func correctedManifestsHaveNoErrors() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: here.appending(path: "Documents/fixed").path) {
            let reading = ManifestReader.read(try contents("Documents/fixed/\(name)"), file: name)
            #expect(reading.findings.isEmpty, "\(reading.findings)")
            #expect(reading.isComplete && !reading.objects.isEmpty)
        }
    }

    @Test(arguments: [
        ("a tab", "kind: Service\nmetadata:\n\tname: web\n", ["3:1 MAN001"]),
        ("no kind", "apiVersion: v1\nmetadata: {name: a}\n", ["1:1 MAN002"]),
        ("no version", "kind: Service\nmetadata: {name: a}\n", ["1:1 MAN002"]),
        ("no name", "apiVersion: v1\nkind: Service\nmetadata: {namespace: a}\n", ["3:11 MAN002"]),
        ("a list", "- a\n", ["1:1 MAN002"]),
        ("a key twice", "apiVersion: v1\nkind: Service\nkind: Pod\nmetadata: {name: a}\n", ["3:1 MAN001"]),
        ("an undefined alias", "kind: *nothing\n", ["1:7 MAN001"]),
        (
            "a dash without a space",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - port: 80\n  -port: 81\n",
            ["7:3 MAN003"]
        ),
        ("none", service("  clusterIP: none\n  ports: [{port: 80}]\n"), ["6:14 MAN004"]),
        ("a bad address", service("  clusterIP: 10.0.0\n  ports: [{port: 80}]\n"), ["6:14 MAN004"]),
        ("a small protocol", service("  ports:\n  - port: 80\n    protocol: tcp\n"), ["8:15 MAN004"]),
        ("an unknown type", service("  type: Nodeport\n  ports: [{port: 80}]\n"), ["6:9 MAN004"]),
        ("a small policy", service("  externalTrafficPolicy: local\n  ports: [{port: 80}]\n"), ["6:26 MAN004"]),
        ("a port too large", service("  ports: [{port: 70000}]\n"), ["6:18 MAN004"]),
        ("a port in quotes", service("  ports: [{port: \"80\"}]\n"), ["6:18 MAN004"]),
        ("ports without names", service("  ports: [{port: 80}, {port: 81}]\n"), ["6:11 SVC005"]),
        (
            "ports for a workload's eyes", service("  ports: [{port: 80}]\n  selector: {matchLabels: {a: b}}\n"),
            ["7:14 MAN003"]
        ),
        ("ports beside spec", service("  selector: {a: b}\nports: [{port: 80}]\n"), ["7:1 MAN003"]),
        ("ports mistyped", service("  port: [{port: 80}]\n  prots: [{port: 80}]\n"), ["6:3 MAN003", "7:3 MAN003"]),
        ("a port's number mistyped", service("  ports: [{name: a, prot: 80}]\n"), ["6:21 MAN003"]),
        ("ports as a mapping", service("  ports: {port: 80}\n"), ["6:10 MAN004"]),
        ("externalName in lower case", service("  type: ExternalName\n  externalname: a.b\n"), ["7:3 MAN003"]),
        (
            "a template",
            "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.name }}}\nspec: {ports: [{port: 80}]}\n",
            ["3:18 MAN004"]
        ),
        (
            "a line of a template",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  {{- include \"labels\" . }}\n",
            ["5:3 MAN001"]
        ),
        ("a conflict", "apiVersion: v1\n<<<<<<< HEAD\nkind: Service\n=======\nkind: Pod\n>>>>>>> a\n", ["2:1 MAN001"]),
        ("a mark of Markdown", "```yaml\nkind: Service\n```\n", ["1:1 MAN001"]),
        ("a reserved character", service("  selector: {}\n  externalName: @web\n"), ["7:3 MAN001"]),
        (
            "labels beside metadata", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nlabels: {app: web}\n",
            ["4:1 MAN003"]
        ),
        (
            "an endpoint without addresses",
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\naddressType: IPv4\nendpoints: [{hostname: a}]\n",
            ["5:13 MAN005"]
        ),
        ("no ports", service("  selector: {a: b}\n"), ["6:3 MAN005"]),
        ("no externalName", service("  type: ExternalName\n"), ["6:3 MAN005"]),
        ("a mistyped field", service("  ports: [{port: 80}]\n  selectors: {a: b}\n"), ["7:3 MAN003"]),
        ("a number as label", service("  ports: [{port: 80}]\n  selector: {a: 1}\n"), ["7:17 MAN004"]),
        (
            "a capital letter", "apiVersion: v1\nkind: Service\nmetadata: {name: Web}\nspec: {ports: [{port: 80}]}\n",
            ["3:18 MAN008"]
        ),
        ("an en dash", service("  ports: [{port: 80}]\n  selector: {app: a\u{2013}b}\n"), ["7:20 MAN010"]),
        (
            "a slice without addressType",
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\n", ["1:1 MAN005"]
        ),
        (
            "a family that is another",
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\naddressType: IPv4\nendpoints: [{addresses: ['::1']}]\n",
            ["5:26 MAN004"]
        ),
    ])
    func faults(what: String, text: String, expected: [String]) {
        let reading = read(text)
        #expect(places(reading) == expected, "\(what): \(reading.findings)")
    }

    @Test(arguments: [
        (service("  ports: [{port: \"80\"}]\n"), "port: 80"),
        (service("  ports: [{port: 80, nodePort: '30080'}]\n"), "nodePort: 30080"),
        (service("  ports: [{port: \"http\"}]\n"), nil),
        (service("  ports: [{port: 80}]\n  selector: {matchLabels: {a: b, c: d}}\n"), "selector:\n  a: b\n  c: d"),
        (service("  ports: [{port: 80}]\n  selector: {app: \"web\u{A0}\"}\n"), "write web"),
        (service("  ports: [{port: 80}]\n  selector: {app: @web}\n"), nil),
        (service("  externalName: @web\n"), "externalName: \"@web\""),
    ]) func fixes(text: String, fix: String?) { #expect(read(text).findings.first?.fix == fix) }

    @Test func rejectedObjectsAreNamed() {
        let reading = read(service("  ports: [{port: 80, protocol: tcp}]\n"))
        #expect(reading.objects.isEmpty)
        #expect(reading.rejected == [ObjectKey(.service, ObjectName("default", "web"))])
        #expect(reading.isComplete)
        let unknownField = read(service("  ports: [{port: 80}]\n  newField: 1\n"))
        #expect(unknownField.objects.count == 1, "a field too new must not make a name vanish")
        let values = read("replicas: 3\nimage: {tag: latest}\n")
        #expect(values.isComplete && values.objects.isEmpty && values.findings.map(\.code) == ["MAN009"])
        #expect(read("[{\"file\": \"a\"}, {\"file\": \"b\"}]").findings.map(\.code) == ["MAN009"])
        #expect(read("- kind: Service\n").findings.map(\.code) == ["MAN002"])
        let other = read("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n")
        #expect(other.isComplete && other.objects.isEmpty && other.findings.map(\.code) == ["MAN009"])
    }

    @Test func oneBrokenDocumentDoesNotHideTheOthers() {
        let good = service("  ports: [{port: 80}]\n")
        let reading = read("\(good)---\na: [\n---\n\(good.replacing("web", with: "other"))")
        #expect(reading.objects.map { $0.object.key.name.name } == ["web", "other"])
        #expect(reading.objects[1].place.line == 10)
        #expect(!reading.isComplete)
    }

    @Test func listsJSONAnchorsAndMerges() {
        let list =
            #"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"#
            + #""spec":{"clusterIP":"None"}},{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"b"}}]}"#
        #expect(read(list).objects.map { $0.object.key.description } == ["Service default/a", "Namespace b"])
        let merged = """
            apiVersion: v1
            kind: Service
            metadata: &m {name: web, namespace: n}
            spec:
              ports:
              - &p {name: a, port: 80}
              - {<<: *p, name: b, port: 81}
            """
        guard case .service(let service)? = read(merged).objects.first?.object else {
            Issue.record("no service")
            return
        }
        #expect(service.ports.map(\.name) == ["a", "b"])
        #expect(service.ports.map(\.port) == [80, 81])
    }

    @Test func aServiceIsReadWhole() {
        let text = """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop, creationTimestamp: "2026-11-21T07:00:00Z"}
            spec:
              type: LoadBalancer
              clusterIPs: [10.96.0.5, "fd00::5"]
              ipFamilies: [IPv4, IPv6]
              ipFamilyPolicy: RequireDualStack
              selector: {app: web}
              publishNotReadyAddresses: true
              sessionAffinity: ClientIP
              externalIPs: [80.11.12.10]
              ports:
              - {name: http, port: 80, targetPort: web, nodePort: 30080}
              - {name: dns, port: 53, protocol: UDP}
            status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, {hostname: lb.example.net}]}}
            """
        var expected = Service(name: ObjectName("shop", "web"))
        expected.kind = .loadBalancer
        expected.created = 1_795_244_400
        expected.clusterIPs = [IPAddress("10.96.0.5")!, IPAddress("fd00::5")!]
        expected.families = [.v4, .v6]
        expected.familyPolicy = .requireDualStack
        expected.selector = ["app": "web"]
        expected.publishNotReadyAddresses = true
        expected.sessionAffinityClientIP = true
        expected.externalIPs = [IPAddress("80.11.12.10")!]
        expected.ports = [
            Service.Port(name: "http", port: 80, target: .name("web"), nodePort: 30080),
            Service.Port(name: "dns", transport: .udp, port: 53, target: .number(53)),
        ]
        expected.loadBalancer = [.init(address: IPAddress("203.0.113.1")), .init(hostname: "lb.example.net")]
        #expect(read(text).objects.map(\.object) == [.service(expected)])
        #expect(read(text).findings.isEmpty)
    }

    @Test func anAnnotationKeepsACodeQuiet() {
        let text =
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {clusterdns.io/ignore: MAN003}}\n"
            + "spec: {ports: [{port: 80}], nonsense: 1}\n"
        #expect(read(text).findings.isEmpty)
    }

    /// Whatever is changed in a manifest, reading it ends in objects and findings.
    @Test func noManifestIsTooOdd() throws {
        var numbers = SystemRandomNumberGenerator()
        for file in ["004-ingress-host-routing.yaml", "003-svc-nodeport-my-nginx.yaml"] {
            let bytes = try contents("Documents/\(file)")
            for length in 0...bytes.count { _ = ManifestReader.read(Array(bytes.prefix(length)), file: file) }
            for _ in 0..<500 {
                var changed = bytes
                for _ in 0..<3 {
                    changed[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(
                        in: 0...255, using: &numbers)
                }
                _ = ManifestReader.read(changed, file: file)
            }
        }
        let bomb =
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + (1..<30).map { "b\($0): &b\($0) [*\($0 == 1 ? "a" : "b\($0 - 1)"),*\($0 == 1 ? "a" : "b\($0 - 1)")]\n" }
            .joined()
        #expect(read(bomb).findings.first?.message.contains("aliases") == true)
        #expect(read(String(repeating: "[", count: 5000)).findings.first?.message.contains("nested") == true)
    }
}
