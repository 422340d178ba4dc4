import Findings
import ServiceRegistry
import Testing

@testable import Manifests

private func fixed(_ text: String) -> FixedManifest { FixedManifest(Array(text.utf8), file: "f.yaml") }

private func objects(_ text: [UInt8]) -> [RegistryObject] {
    ManifestReader.read(text, file: "f").objects.map(\.object).sorted { $0.key < $1.key }
}

private func service(_ spec: String) -> String {
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n" + spec
}

@Suite struct FixingTests {
    /// The documents' manifests mean what their corrected forms mean.
    @Test(arguments: [
        "001-ingress-cbuc-test.yaml", "002-ingress-simple-fanout.yaml", "002-svc-clusterip-my-nginx.yaml",
        "002-svc-nodeport-my-nginx.yaml", "004-ingress-alb-default-backend.yaml", "004-ingress-host-routing.yaml",
        "004-ingress-path-routing.yaml",
    ])
    func documents(file: String) throws {
        let manifest = FixedManifest(try contents("Documents/\(file)"), file: file)
        #expect(manifest.remaining.isEmpty, "\(manifest.remaining)\n\(manifest.text)")
        #expect(!manifest.changes.isEmpty && manifest.changes.allSatisfy { $0.line > 0 })
        #expect(
            objects(Array(manifest.text.utf8)) == objects(try contents("Documents/fixed/\(file)")), "\(manifest.text)")
    }

    /// What needs no correction stays as it is, octet for octet.
    @Test(arguments: [
        "003-svc-externalips-my-service.yaml", "003-svc-nodeport-my-nginx.yaml", "004-svc-nodeport-nginx-service.yaml",
        "fixed/004-ingress-host-routing.yaml",
    ])
    func whatIsRightStays(file: String) throws {
        let octets = try contents("Documents/\(file)")
        let manifest = FixedManifest(octets, file: file)
        #expect(Array(manifest.text.utf8) == octets)
        #expect(manifest.changes.isEmpty)
    }

    @Test(arguments: [
        (
            "none", service("  clusterIP: none # headless\n  ports: [{port: 80}]\n"),
            service("  clusterIP: None # headless\n  ports: [{port: 80}]\n")
        ),
        (
            "quoted none", service("  clusterIP: \"none\"\n  ports: [{port: 80}]\n"),
            service("  clusterIP: \"None\"\n  ports: [{port: 80}]\n")
        ),
        (
            "ports in quotes", service("  ports:\n  - port: \"80\" # web\n    nodePort: '30080'\n"),
            service("  ports:\n  - port: 80 # web\n    nodePort: 30080\n")
        ),
        (
            "values in another case",
            service("  type: nodeport\n  externalTrafficPolicy: local\n  ports:\n  - {port: 80, protocol: tcp}\n"),
            service("  type: NodePort\n  externalTrafficPolicy: Local\n  ports:\n  - {port: 80, protocol: TCP}\n")
        ),
        (
            "the kind in lower case", service("  ports: [{port: 80}]\n").replacing("Service", with: "service"),
            service("  ports: [{port: 80}]\n")
        ),
        (
            "a number as label", service("  selector: {version: 1.10}\n  ports: [{port: 80}]\n"),
            service("  selector: {version: \"1.10\"}\n  ports: [{port: 80}]\n")
        ),
        (
            "an en dash", service("  selector: {app: a\u{2013}b}\n  ports: [{port: 80}]\n"),
            service("  selector: {app: a-b}\n  ports: [{port: 80}]\n")
        ),
        (
            "quotes of a word processor", service("  ports:\n  - port: \u{201C}80\u{201D}\n"),
            service("  ports:\n  - port: 80\n")
        ),
        (
            "a full-width colon", service("  ports:\n  - port\u{FF1A}80\n    name: a\n"),
            service("  ports:\n  - port:80\n    name: a\n").replacing("port:80", with: "port: 80")
        ),
        (
            "tabs",
            "apiVersion: v1\nkind: Service\nmetadata:\n\tname: web\nspec:\n\tports:\n\t- port: 80\n\t  name: a\n",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n    name: a\n"
        ),
        (
            "misplaced fields without ports", service("  port: 80\n  targetPort: 8080\n  selector: {a: b}\n"),
            service("  ports:\n  - port: 80\n    targetPort: 8080\n  selector: {a: b}\n")
        ),
        (
            "a misplaced field with its comment", service("  protocol: UDP # dns\n  ports:\n    - port: 53\n"),
            service("  ports:\n    - port: 53\n      protocol: UDP # dns\n")
        ),
        (
            "carriage returns", service("  clusterIP: none\n  ports: [{port: 80}]\n").replacing("\n", with: "\r\n"),
            service("  clusterIP: None\n  ports: [{port: 80}]\n").replacing("\n", with: "\r\n")
        ),
        (
            "JSON of a removed version",
            #"{"apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": {"name": "a"}, "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": {"serviceName": "web", "servicePort": "http"}}]}}]}}"#,
            #"{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "a"}, "spec": {"rules": [{"http": {"paths": [{"pathType": "Prefix", "path": "/", "backend": {"service": {"name": "web", "port": {"name": "http"}}}}]}}]}}"#
        ),
        (
            "a removed version of a CronJob", "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n",
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\n"
        ),
    ])
    func corrections(what: String, text: String, expected: String) {
        let manifest = fixed(text)
        #expect(manifest.text == expected, "\(what): \(manifest.remaining)")
        #expect(manifest.remaining.filter { $0.severity != .info }.isEmpty, "\(what): \(manifest.remaining)")
    }

    /// What only the author knows is left, and told.
    @Test(arguments: [
        (
            "a field that may belong to two ports",
            service("  targetPort: 80\n  ports: [{name: a, port: 80}, {name: b, port: 81}]\n"), "MAN003"
        ),
        ("a slip that is no case", service("  type: NodPort\n  ports: [{port: 80}]\n"), "MAN004"),
        ("a broken document", "a: [\n", "MAN001"),
    ])
    func whatIsLeft(what: String, text: String, code: String) {
        let manifest = fixed(text)
        #expect(manifest.text == text)
        #expect(manifest.remaining.map(\.code) == [code])
        #expect(manifest.changes.isEmpty)
    }

    @Test func changesNameTheirLines() throws {
        let manifest = FixedManifest(try contents("Documents/002-svc-nodeport-my-nginx.yaml"), file: "f")
        #expect(manifest.changes.map { "\($0.line) \($0.code)" } == ["7 MAN003", "8 MAN001"])
        #expect(manifest.changes.allSatisfy { $0.chinese != nil })
    }

    @Test func whatIsNoTextIsLeft() {
        let octets = Array(service("  clusterIP: none\n").utf8) + [0xC8]
        #expect(FixedManifest(octets, file: "f").changes.isEmpty)
    }

    /// Whatever is changed in a manifest, correcting it ends.
    @Test func noManifestIsTooOdd() throws {
        var numbers = SystemRandomNumberGenerator()
        for file in ["004-ingress-host-routing.yaml", "002-svc-nodeport-my-nginx.yaml"] {
            let octets = try contents("Documents/\(file)")
            for _ in 0..<80 {
                var changed = octets
                for _ in 0..<3 {
                    changed[Int.random(in: 0..<octets.count, using: &numbers)] =
                        [9, 10, 32, 42, 45, 58, 123, 97].randomElement(using: &numbers) ?? 0
                }
                let once = FixedManifest(changed, file: file)
                let twice = FixedManifest(Array(once.text.utf8), file: file)
                #expect(twice.text == once.text, "\(String(decoding: changed, as: UTF8.self))")
            }
        }
    }
}
