import ClusterZone
import DNSWire
import Diagnosis
import Findings
import Manifests
import NetworkAddress
import ServiceRegistry
import Testing

private let manifest = """
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: db, namespace: shop}
    spec: {clusterip: None, ports: [{port: 1}]}

    """

struct ClusterDocumentsTests {
    private func told(_ source: ClusterDocuments.Source, _ text: String) throws -> ClusterDocuments {
        var told = ClusterDocuments(source: source, domain: try DomainName("k8s.corp."))
        told.documents = [.init(name: "/etc/web \"1\".yaml", text: Array(text.utf8))]
        told.serviceCIDRs = ["10.96.0.0/12"]
        told.externalZones = ["example.com."]
        told.unread = ["Pod"]
        told.notes = ["list pods: 403 Forbidden: no\n"]
        return told
    }

    @Test func whatAServerGaveIsWhatItServes() throws {
        var told = try told(.manifests, manifest)
        var given = Allocation(addresses: [IPAddress("10.96.9.9")!])
        given.nodePorts[PortKey(transport: .tcp, port: 80)] = 31234
        told.set([ObjectName("shop", "web"): given])
        var exposure = Exposure()
        exposure.namespaces = ["shop"]
        exposure.pods = .verified
        exposure.ignoresEmptyServices = true
        told.exposure = ClusterDocuments.Exposed(exposure)
        let back = try ClusterDocuments(json: told.json(), from: "test")
        let facts = ClusterFacts(back)
        #expect(facts.exposure == exposure)
        let web = try #require(facts.registry.services[ObjectName("shop", "web")])
        #expect(web.clusterIPs == [IPAddress("10.96.9.9")!])
        #expect(web.ports.first?.nodePort == 31234)
        #expect(facts.place(of: web.name)?.file == "/etc/web \"1\".yaml")
        #expect(facts.loadFindings.map(\.code) == ["MAN003"])
        #expect("\(facts.domain)" == "k8s.corp.")
        #expect(facts.reading.origin == .server)
        #expect(facts.reading.notes == ["list pods: 403 Forbidden: no\n"])
        #expect(facts.externalZones.map(\.description) == ["example.com."])
        // Every embedded registry has it.
        #expect(facts.registry.services[ObjectName("default", "kubernetes")] != nil)
    }

    @Test func anAPIHasCheckedItsObjectsAndHasNoOthers() throws {
        let facts = ClusterFacts(try told(.api, manifest))
        #expect(facts.loadFindings == [] && facts.places == [:] && facts.allocated == [])
        #expect(facts.registry.services[ObjectName("default", "kubernetes")] == nil)
        #expect(facts.registry.services[ObjectName("shop", "web")] != nil)
        #expect(facts.reading.unread == [.pod])
    }

    @Test func textsComeThroughJSONAsTheyAre() throws {
        let text = "tab\t \"quoted\" back\\slash\r\n\u{7}\u{7f} 选择 😀"
        let back = try ClusterDocuments(json: told(.manifests, text).json(), from: "test")
        #expect(back.documents.first.map { String(decoding: $0.text, as: UTF8.self) } == text)
    }

    @Test func whyNothingIsToldIsQuoted() {
        let error = #expect(throws: UsageError.self) {
            try ClusterDocuments(json: ClusterDocuments.json(error: "list services: 403"), from: "/run/x")
        }
        #expect(error?.description == "/run/x does not tell its objects: list services: 403")
    }

    @Test(arguments: ["", "[]", "there is /records", #"{"version":2}"#]) func somethingElseIsNoRegistry(text: String) {
        #expect(throws: UsageError.self) { try ClusterDocuments(json: Array(text.utf8), from: "x") }
    }

    @Test(arguments: [
        ("kind: Service\n", false), ("a: 1\nkind: Secret\ndata: {p: x}\n", true), ("{\"kind\":\"Secret\"}", true),
        ("kind: SecretStore\n", false), ("items:\n- kind: \"Secret\"\n  data: x\n", true), ("kind : 'Secret'", true),
        ("secretKind: Secret", false), ("{apiVersion: v1, kind: Secret}", true), ("kind:\n", false),
        ("kind: Secret1", false),
    ]) func secretsAreWithheld(text: String, isWithheld: Bool) {
        let (octets, found) = WithheldSecrets.text(Array(text.utf8))
        #expect(found == isWithheld)
        #expect(String(decoding: octets, as: UTF8.self) == (isWithheld ? text.filter { $0 == "\n" } : text))
    }

    @Test func linesStayWhereTheyAre() {
        let (octets, _) = WithheldSecrets.text(
            Array("kind: Service\n---\nkind: Secret\ndata:\n  p: cGFzcw==\n--- # next\nkind: Pod\n".utf8))
        #expect(String(decoding: octets, as: UTF8.self) == "kind: Service\n---\n\n\n\n--- # next\nkind: Pod\n")
    }
}
