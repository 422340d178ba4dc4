import ClusterZone
import DNSWire
import Findings
import Manifests
import NetworkAddress
import ServiceRegistry
import TestSupport
import Testing

@testable import Diagnosis

@Suite struct NameStageTests {
    static let manifest =
        namespace("default") + namespace("shop") + namespace("prod") + namespace("staging")
        + service("web", "shop", "clusterIP: 10.96.0.20, ports: [{name: http, port: 80}]")
        + service("orders", "shop") + service("cart", "shop") + service("db", "prod") + service("billing", "prod")
        + service("v4", "shop", "clusterIP: 10.96.0.30, ports: [{port: 80}]")
        + service("pg", "shop", "clusterIP: None, selector: {app: pg}, ports: [{name: sql, port: 5432}]")
        + pod("pg-0", "shop", app: "pg", "hostname: pg-0, subdomain: pg", address: "10.244.0.5")
        + pod("pg-1", "shop", app: "pg", "hostname: pg-1, subdomain: pg", address: "10.244.0.6", ready: false)
        + pod("bare", "shop", app: "pg", address: "10.244.0.7")
        + service("cold", "shop", "clusterIP: None, selector: {app: cold}, ports: [{port: 1}]")
        + pod("cold-0", "shop", app: "cold", "hostname: cold-0, subdomain: cold", address: "10.244.0.8", ready: false)
        + service("google", "com") + service("out", "shop", "type: ExternalName, externalName: www.example.com")
        + "{apiVersion: apps/v1, kind: Deployment, metadata: {name: worker, namespace: shop}, spec: {selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: a, ports: [{containerPort: 8080}]}]}}}}"

    static let cluster = try! facts(manifest)

    /// What each name brings: the code, and facts that stand in the finding.
    static let faults: [(text: String, code: String?, mentions: [String])] = [
        ("web.shop", nil, []), ("kubernetes", nil, []), ("kubernetes.default.svc.cluster.local", nil, []),
        ("pg.shop", nil, []), ("pg-0.pg.shop", nil, []), ("10-244-0-7.pg.shop", nil, []),
        ("_http._tcp.web.shop", nil, []),
        ("out.shop", nil, []), ("www.example.com", nil, []), ("8.8.8.8", nil, []), ("10.244.0.5", nil, []),
        ("google.de", nil, []), ("cluster.local", "NAM006", []), ("ns.dns.cluster.local", nil, []),
        // A headless Service without ready endpoints is its endpoints' matter.
        ("cold.shop", nil, []), ("cold-0.cold.shop", nil, []),
        // Near names.
        ("wbe.shop", "NAM001", ["wbe", "web.shop (distance 1)", "wbe.shop.svc.cluster.local is NXDOMAIN"]),
        ("order.shop", "NAM001", ["orders.shop (distance 1)"]), ("orders-api.shop", "NAM001", ["orders.shop"]),
        ("shop.web", "NAM003", ["did you mean web.shop"]),
        ("zzzzzz.shop", "NAM001", ["namespace shop has 7 Services", "cart"]),
        ("worker.shop", "NAM001", ["expose deployment worker --port=8080"]), ("bare.shop", "NAM001", ["Pod shop/bare"]),
        ("pg-0.shop", "NAM001", ["Pod shop/pg-0 exists"]),
        // Other namespaces.
        ("db.shop", "NAM002", ["prod", "db.prod.svc.cluster.local"]), ("web", "NAM002", ["shop", "default"]),
        ("web.staging", "NAM002", ["web.shop.svc.cluster.local"]),
        ("web.nowhere", "NAM002", ["shop", "there is no namespace nowhere"]),
        // No namespace.
        ("web.shp", "NAM003", ["shp", "shop", "web.shop.svc.cluster.local"]),
        ("billing.pord", "NAM003", ["prod", "billing.prod"]), ("zzz.nowhere", "NAM003", ["nowhere", "default"]),
        ("nowhere.svc.cluster.local", "NAM003", ["nowhere"]),
        // Ports and endpoints.
        ("_htp._tcp.web.shop", "NAM001", ["\"htp\"", "http 80/TCP", "_http._tcp.web.shop.svc.cluster.local"]),
        ("_http._udp.web.shop", "NAM001", ["UDP"]), ("_http._tcp.v4.shop", "NAM006", ["80/TCP", "\"http\""]),
        ("pg-1.pg.shop", "NAM001", ["pg-1", "not ready"]), ("pg-7.pg.shop", "NAM001", ["pg-0"]),
        ("bare.pg.shop", "POD002", ["shop/bare", "hostname \"bare\"", "10-244-0-7.pg.shop.svc.cluster.local"]),
        ("cart.web.shop.svc", "NAM001", ["one label too many", "cart.shop.svc.cluster.local"]),
        // Shapes and zones.
        ("web.svc.cluster.local", "NAM001", ["lacks a label", "web.shop.svc.cluster.local"]),
        ("web.shop.cluster.local", "NAM001", ["too few labels", "web.shop.svc.cluster.local"]),
        ("a.b.web.shop.svc.cluster.local", "NAM001", ["too many labels"]),
        ("web.shop.svc.cluster.locall", "DNS005", ["cluster.locall", "web.shop.svc.cluster.local"]),
        ("web.shop.svc.k8s.corp", "DNS005", ["k8s.corp"]), ("web.shop.svc.clusterset.local", nil, []),
        ("a.b.svc.example.org", nil, []),
        ("10-244-0-5.shop.pod", "NAM007", ["pods disabled"]),
        ("google.com", "NAM005", ["google.com", "com"]),
    ]

    @Test(arguments: faults) func whatANameBrings(text: String, code: String?, mentions: [String]) throws {
        let found = try report(text, Self.cluster).findings.filter { $0.severity != .info || $0.code == code }
        #expect(found.map(\.code) == (code.map { [$0] } ?? []))
        for mention in mentions { #expect(found.first?.text.contains(mention) == true, "\(mention)") }
        for finding in found {
            #expect(finding.chinese?.evidence.count == finding.evidence.count)
            #expect(finding.chinese?.fix == nil || finding.fix != nil)
        }
    }

    /// A Service's name with an edit in it brings NAM001, the Service first.
    @Test(arguments: 0..<200) func typos(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let names = ["frontend", "checkout", "payments", "hostnames", "inventory-api"]
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        let cluster = Self.names
        var letters = Array(name)
        let place = Int.random(in: 1..<(letters.count - 1), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: letters.remove(at: place)
        case 1: letters.insert("q", at: place)
        case 2: letters[place] = "z"
        default: letters.swapAt(place, place + 1)
        }
        let typo = String(letters)
        guard typo != name else { return }
        let found = try report("\(typo).shop", cluster).findings
        #expect(found.map(\.code) == ["NAM001"], "\(typo), seed \(seed)")
        #expect(
            found.first?.message.contains("did you mean \(name).shop (distance 1)") == true, "\(typo), seed \(seed)")
        #expect(found.first?.fix == "clusterdns lookup \(name).shop")
    }

    static let names = try! facts(
        ["frontend", "checkout", "payments", "hostnames", "inventory-api"].map { service($0, "shop") }.joined())

    @Test func exposure() throws {
        var cluster = Self.cluster
        cluster.exposure.namespaces = ["default", "prod"]
        #expect(try report("web.shop", cluster).findings.first?.text.contains("namespaces default prod") == true)
        #expect(try report("web.shop", cluster).codes == ["NAM007"])
        #expect(try report("absent.shop", cluster).codes == ["NAM007"])
        #expect(try report("db.prod", cluster).codes == [])
        cluster.exposure.namespaces = []
        cluster.exposure.labels = "team in (a, b),!old"
        #expect(try report("web.shop", cluster).codes == ["NAM007"])
        cluster.exposure.labels = "team notin (a,b)"
        #expect(try report("web.shop", cluster).codes == [])
        cluster.exposure.labels = ""
        cluster.exposure.namespaceLabels = "env=prod"
        #expect(try report("web.shop", cluster).codes == ["NAM007"])
        cluster.exposure.namespaceLabels = "env!=prod"
        #expect(try report("web.shop", cluster).codes == [])
        cluster.exposure.pods = .insecure
        #expect(try report("10-9-9-9.shop.pod", cluster).codes == [])
        cluster.exposure.pods = .verified
        #expect(try report("10-244-0-5.shop.pod", cluster).codes == [])
        #expect(try report("10-9-9-9.shop.pod", cluster).codes == ["NAM001"])
        #expect(try report("pg-0.shop.pod", cluster).findings.first?.text.contains("10-244-0-5.shop.pod") == true)
    }

    static let types: [(text: String, type: RecordType, codes: [String])] = [
        ("web.shop", .a, []), ("web.shop", .aaaa, ["NAM006"]), ("web.shop", .srv, []), ("web.shop", .mx, ["NAM006"]),
        ("v4.shop", .srv, []), ("out.shop", .mx, []), ("_http._tcp.web.shop", .srv, []),
        ("_tcp.web.shop.svc", .a, ["NAM006"]),
        ("pg-0.pg.shop", .aaaa, ["NAM006"]), ("shop.svc", .a, ["NAM006"]), ("cluster.local", .soa, []),
        ("web.shop", .any, []), ("cold.shop", .a, []),
    ]

    @Test(arguments: types) func typesOfNames(text: String, type: RecordType, codes: [String]) throws {
        #expect(try report(text, Self.cluster) { $0.type = type }.codes == codes)
    }

    @Test func unexpectedSuffix() throws {
        let cluster = AskedNameTests.cluster
        let found = try report("cache.prod", cluster)
        #expect(found.codes == ["NAM004"])
        #expect(found.findings[0].text.contains("cache.prod.default.svc.cluster.local"))
        #expect(found.findings[0].text.contains("Service prod/cache"))
        #expect(try report("cache.prod", in: "shop", cluster).codes == [])
        #expect(try report("cache.prod.svc.cluster.local", cluster).codes == [])
        #expect(try report("prod/cache", cluster).codes == [])
        let file = TextInput(file: "resolv.conf", text: "search shop.svc.cluster.local svc.cluster.local\n")
        #expect(try report("prod/cache", cluster) { $0.client.resolvConf = file }.codes == [])
        let home = TextInput(file: "resolv.conf", text: "search default.svc.cluster.local svc.cluster.local\n")
        #expect(try report("cache.prod", in: "shop", cluster) { $0.client.resolvConf = home }.codes == ["NAM004"])
        // The Pod that asks is elsewhere.
        #expect(
            try report("cache.prod", in: "shop", cluster) { $0.client.pod = ObjectName("default", "x") }.codes == [
                "NAM004"
            ])
    }

    @Test func whatDidNotLoadIsNotMissing() throws {
        var cluster = Self.cluster
        cluster.loadFindings = [Finding("MAN004", .error, "no", object: "Service shop/broken")]
        let found = try report("broken.shop", cluster)
        #expect(found.isSkipped && found.findings.isEmpty)
    }

    @Test func governingServices() throws {
        let sets =
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: shop}, spec: {serviceName: web-hl, selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}}}}\n---\n"
            + pod("web-0", "shop", app: "w", "hostname: web-0, subdomain: web-hl", address: "10.244.1.1")
            + service("web", "shop", "clusterIP: None, selector: {app: w}, ports: [{port: 80}]")
        let found = try report("web-0.web.shop", try facts(sets)).findings
        #expect(found.map(\.code) == ["POD002"])
        for fact in ["web-hl", "serviceName: web", "there is no Service shop/web-hl", "10-244-1-1.web.shop"] {
            #expect(found[0].text.contains(fact), "\(fact)")
        }
        let both = sets + service("web-hl", "shop", "clusterIP: None, selector: {app: w}, ports: [{port: 80}]")
        let other = try report("web-0.web.shop", try facts(both)).findings
        #expect(other.map(\.code) == ["POD002"])
        #expect(other[0].fix == "clusterdns lookup web-0.web-hl.shop.svc.cluster.local")
        #expect(try report("web-0.web-hl.shop", try facts(both)).codes == [])
    }
}
