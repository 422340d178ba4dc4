import DNSWire
import Findings
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct OutsideStageTests {
    private func outside(
        _ text: String, in namespace: String? = nil, _ yaml: String, zones: [String] = []
    ) throws -> StageReport {
        var cluster = try facts(yaml)
        cluster.externalZones = try zones.map { try DomainName($0) }
        let asked = try AskedName(parsing: text, namespace: namespace, domain: cluster.domain, facts: cluster)
        return Inquiry(facts: cluster, asked: asked).examine(.outside)
    }

    private func ingress(
        _ name: String, _ space: String, _ backends: [(host: String, service: String, port: String)],
        status: String = ""
    ) -> String {
        let rules = backends.map { host, service, port in
            "{\(host.isEmpty ? "" : "host: '\(host)', ")http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: \(service), port: {\(port)}}}}]}}"
        }
        return "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: \(name), namespace: \(space)}, "
            + "spec: {rules: [\(rules.joined(separator: ", "))]}\(status.isEmpty ? "" : ", status: {loadBalancer: {ingress: [{\(status)}]}}")}\n---\n"
    }

    private let web = service(
        "web", "shop",
        "clusterIP: 10.96.0.20, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}], type: NodePort")

    @Test func backends() throws {
        #expect(try outside("web.shop", web).codes == [])
        let right = ingress("a", "shop", [("a.example", "web", "number: 80"), ("b.example", "web", "name: http")])
        #expect(try outside("web.shop", web + right).codes == [])
        let wrong: [(port: String, says: [String])] = [
            ("number: 8080", ["8080", "targetPort of port 80", "a.example", "shop/a", "\"value\":{\"number\":80}"]),
            ("number: 30080", ["nodePort of port 80"]), ("name: https", ["https", "http 80/TCP"]),
            ("name: \"80\"", ["in quotes"]),
        ]
        for (port, says) in wrong {
            let yaml = web + ingress("a", "shop", [("a.example", "web", port), ("b.example", "web", port)])
            let found = try outside("web.shop", yaml).findings
            #expect(found.map(\.code) == ["ING002"], "\(port)")
            for fact in says { #expect(found[0].text.contains(fact), "\(fact)") }
            #expect(try outside("ingress/a", in: "shop", yaml).codes == ["ING002"])
            #expect(try outside("a.example", yaml).codes == ["ING002"])
        }
        // Another Service's port is not this one's fault; another missing Service of the same Ingress is told.
        let api = service("api", "shop", "ports: [{port: 90}]")
        let both =
            web + api + ingress("a", "shop", [("a.example", "web", "number: 81"), ("b.example", "api", "number: 90")])
        #expect(try outside("api.shop", both).codes == [])
        let gone = web + ingress("a", "shop", [("a.example", "web", "number: 80"), ("b.example", "cart", "number: 1")])
        #expect(try outside("web.shop", gone).codes == ["ING001"])
    }

    @Test func missingServices() throws {
        let typo = try outside("web.shop", web + ingress("a", "shop", [("a.example", "wep", "number: 80")])).findings
        #expect(typo.map(\.code) == ["ING001"])
        for fact in ["shop/wep", "a.example", "near it: Service shop/web", "\"value\":\"web\""] {
            #expect(typo[0].text.contains(fact), "\(fact)")
        }
        let elsewhere = try outside("web.shop", web + ingress("a", "front", [("a.example", "web", "number: 80")]))
            .findings
        #expect(elsewhere.map(\.code) == ["ING001"])
        #expect(elsewhere[0].text.contains("only to Services of its own namespace"))
        // Nothing to do with the Service asked.
        let stranger = ingress("a", "shop", [("a.example", "billing", "number: 80")])
        #expect(try outside("web.shop", web + stranger).codes == [])
        #expect(try outside("billing.shop", web + stranger).codes == ["ING001"])
        #expect(try outside("ingress/a.shop", web + stranger).codes == ["ING001"])
        // An action of the load balancer controller of AWS.
        let action = ingress(
            "a", "shop", [("a.example", "web", "number: 80"), ("", "ssl-redirect", "name: use-annotation")])
        #expect(try outside("web.shop", web + action).codes == [])
        let host =
            "{apiVersion: v1, kind: Service, metadata: {name: ext, namespace: shop}, spec: {type: ExternalName, externalName: a.example.com}}\n---\n"
        #expect(try outside("ext.shop", host + ingress("a", "shop", [("a.example", "ext", "number: 443")])).codes == [])
    }

    @Test func hostsAndStatus() throws {
        let plain = ingress("a", "shop", [("", "web", "number: 80"), ("w.example.org", "web", "number: 80")])
        let found = try outside("web.shop", web + plain)
        #expect(found.codes == ["ING004"])
        #expect(found.findings[0].severity == .info)
        #expect(try outside("web.shop", web + plain, zones: ["example.com"]).codes == ["ING003", "ING004"])
        #expect(try outside("web.shop", web + plain, zones: ["example.org"]).codes == ["ING004"])
        let named = ingress("a", "shop", [("*.example.org", "web", "number: 80")])
        #expect(try outside("x.example.org", web + named).facts.map(\.english) == ["Ingress shop/a: *.example.org"])
        let other = ingress("b", "shop", [("b.example", "other", "number: 1")], status: "ip: 192.0.2.1")
        #expect(try outside("web.shop", web + named + other).codes == ["ING005"])
        // One that a cluster told has a status, and it is empty.
        let untaken = try outside(
            "web.shop", web + named.replacing("}\n---\n", with: ", status: {loadBalancer: {}}}\n---\n"))
        #expect(untaken.codes == ["ING005"])
        #expect(untaken.findings[0].evidence[0].hasPrefix("status.loadBalancer is empty (facts.yaml:"))
        let served = ingress("a", "shop", [("w.example.org", "web", "number: 80")], status: "ip: 192.0.2.1")
        let names = try outside("web.shop", web + served, zones: ["example.org"])
        #expect(names.codes == ["XTN004"])
        #expect(names.findings[0].evidence == ["w.example.org -> 192.0.2.1 (Ingress shop/a)"])
        let bad = ingress("a", "shop", [("w.example.org", "web", "number: 80")], status: "hostname: 'lb_1.example.org'")
        #expect(try outside("web.shop", web + bad).codes == ["XTN002"])
    }

    private func balanced(_ status: String, _ more: String = "") -> String {
        service(
            "lb", "shop", "type: LoadBalancer, ports: [{port: 80}]\(more)",
            status: status.isEmpty ? "" : "loadBalancer: {ingress: [{\(status)}]}")
    }

    static let hostnames: [(host: String, isBad: Bool)] = [
        ("a1.us-east-2.elb.amazonaws.com", false), ("localhost", false), ("LB-1.Example.com", false),
        ("lb.example.com.", false),
        ("192.0.2.1", true), ("http://lb.example.com", true), ("lb_1.example.com", true), ("lb.example.com:80", true),
        ("lb example.com", true), ("-lb.example.com", true), ("lb..example.com", true),
    ]

    @Test(arguments: hostnames) func balancerHostnames(host: String, isBad: Bool) throws {
        let found = try outside("lb.shop", balanced("hostname: '\(host)'")).findings
        #expect(found.map(\.code) == (isBad ? ["XTN002"] : []))
        if isBad { #expect(found[0].text.contains("\"\(host)\"")) }
    }

    @Test func pending() throws {
        let found = try outside("lb.shop", balanced(""))
        #expect(found.codes == ["XTN001"])
        #expect(found.status == .warn)
        #expect(found.findings[0].text.contains("<pending>"))
        #expect(try outside("lb.shop", balanced("ip: 192.0.2.7")).codes == [])
        #expect(try outside("lb.shop", balanced("", ", externalIPs: [192.0.2.8]")).codes == [])
        #expect(try outside("web.shop", service("web", "shop")).isSkipped)
    }

    @Test func externalZones() throws {
        let lb = balanced("ip: 192.0.2.7")
        #expect(try outside("lb.shop", lb).codes == [])
        let own = try outside("lb.shop", lb, zones: ["example.org"])
        #expect(own.codes == ["XTN004"])
        #expect(own.findings[0].evidence == ["lb.shop.example.org -> 192.0.2.7"])
        #expect(try outside("lb.shop.example.org", lb).codes == ["XTN003"])
        #expect(try outside("lb.shop.example.org", lb, zones: ["example.com"]).codes == ["XTN003"])
        #expect(try outside("lb.shop.example.org", lb, zones: ["example.org"]).codes == ["XTN004"])
        #expect(try outside("www.example.org", lb).isSkipped)
        let annotated = lb.replacing(
            "namespace: shop",
            with: "namespace: shop, annotations: {external-dns.alpha.kubernetes.io/hostname: 'a.example.net'}")
        #expect(try outside("lb.shop", annotated).codes == [])
        #expect(try outside("lb.shop", annotated, zones: ["example.net"]).codes == ["XTN004"])
        let missed = try outside("lb.shop", annotated, zones: ["example.org"])
        #expect(missed.codes == ["XTN003", "XTN004"])
        #expect(missed.findings[0].text.contains("a.example.net"))
    }
}
