import Findings
import ServiceRegistry
import Testing

@testable import Diagnosis

/// ExternalNames: EXT001 to EXT006.
@Suite struct NameTargetTests {
    private static let neighbours =
        namespace("default") + namespace("prod")
        + service("databases", "prod", "clusterIP: 10.96.44.10, ports: [{port: 3306}]")
        + service("web", "default") + service("cold", "prod", "clusterIP: None, selector: {app: c}, ports: [{port: 1}]")
        + pod("c-0", "prod", app: "c", address: "10.244.0.8", ready: false)
        + service("empty", "prod", "clusterIP: None, selector: {app: none}, ports: [{port: 1}]")
        + service("google", "com", "type: ExternalName, externalName: google.com.")

    static let targets: [(target: String, code: String?, mentions: [String])] = [
        ("google.com", nil, []), ("google.com.", nil, []), ("my.database.example.com", nil, []),
        ("databases.prod.svc.cluster.local", nil, []), ("web.default.svc.cluster.local.", nil, []),
        ("empty.prod.svc.cluster.local", nil, []), ("db.prod.svc.other.example", nil, []), ("xn--fiqs8s.cn", nil, []),
        ("80.11.12.10", "EXT001", ["80.11.12.10", "ExternalName", "kind: EndpointSlice", "port: 80"]),
        ("80.11.12.10.", "EXT001", ["80.11.12.10"]), ("'2001:db8::1'", "EXT001", ["IPv6", "2001:db8::1"]),
        ("'[2001:db8::1]'", "EXT001", []), ("10.0.0.256", "EXT001", ["10.0.0.256"]), ("'10.0.0.7 '", "EXT001", []),
        (
            "database.prod.svc.cluster.local", "EXT002",
            [
                "database.prod.svc.cluster.local", "databases.prod",
                "\"externalName\":\"databases.prod.svc.cluster.local\"",
            ]
        ),
        ("web.prod.svc.cluster.local", "EXT002", ["namespace default"]),
        ("web.cluster.local", "EXT002", ["too few labels"]),
        ("databases.prd.svc.cluster.local", "EXT002", ["prod"]),
        ("cold.prod.svc.cluster.local", "EXT002", ["no ready"]),
        ("databases.prod.svc.cluster.locall", "EXT002", ["cluster.locall"]),
        ("web", "EXT003", ["web.default.svc.cluster.local"]),
        ("databases.prod", "EXT003", ["databases.prod.svc.cluster.local"]),
        ("databases.prod.svc", "EXT003", []), ("database.prod.svc", "EXT003", ["no Service prod/database"]),
        ("localhost", "EXT003", []), ("mail.example", nil, []),
        ("http://www.example.com/", "EXT005", ["\"http://\"", "\"externalName\":\"www.example.com\""]),
        ("'www.example.com:8080'", "EXT005", ["\":8080\" is a port"]),
        ("www.example.com/path", "EXT005", ["\"/path\""]),
        ("'www.example.com '", "EXT005", ["U+0020"]), ("my_db.example.com", "EXT005", ["\"_\""]),
        ("WWW.example.com", "EXT005", ["\"W\"", "www.example.com"]), ("wwｗ.example.com", "EXT005", ["U+FF57"]),
        ("'*.example.com'", "EXT005", ["\"*\""]), ("a..example.com", "EXT005", ["empty"]),
        ("-a.example.com", "EXT005", ["\"-a\""]),
        ("'10.0.0.7:3306'", "EXT005", ["\":3306\"", "kind: EndpointSlice", "[\"10.0.0.7\"]", "- port: 3306"]),
        (String(repeating: "a", count: 64) + ".com", "EXT005", ["64"]),
    ]

    @Test(arguments: targets) func oneTarget(target: String, code: String?, mentions: [String]) throws {
        let cluster = try facts(
            service("mine", "default", "type: ExternalName, externalName: \(target)") + Self.neighbours)
        let found = try report("mine.default", cluster).findings
        #expect(found.map(\.code) == (code.map { [$0] } ?? []))
        for mention in mentions { #expect(found.first?.text.contains(mention) == true, "\(mention)") }
        #expect(found.allSatisfy { $0.chinese?.evidence.count == $0.evidence.count })
        #expect(found.allSatisfy { $0.object == "Service default/mine" && $0.place != nil })
    }

    private func chain(_ count: Int, end: String) -> String {
        (0..<count).map { index in
            let target = index + 1 < count ? "s\(index + 1).default.svc.cluster.local" : end
            return service("s\(index)", "default", "type: ExternalName, externalName: \(target)")
        }.joined()
    }

    @Test func ways() throws {
        #expect(try report("s0", try facts(chain(10, end: "www.example.com"))).codes == [])
        #expect(try report("s0", try facts(chain(11, end: "www.example.com"))).codes == ["EXT004"])
        #expect(try report("s0", try facts(chain(200, end: "www.example.com"))).codes == ["EXT004"])
        let itself = try report("s0", try facts(chain(1, end: "s0.default.svc.cluster.local"))).findings
        #expect(itself.map(\.code) == ["EXT004"])
        #expect(itself[0].message.contains("s0.default.svc.cluster.local -> s0.default.svc.cluster.local"))
        let later = try report("s0", try facts(chain(4, end: "s2.default.svc.cluster.local"))).findings
        #expect(later.map(\.code) == ["EXT004"])
        #expect(later[0].message.contains("s2.default.svc.cluster.local -> s3.default.svc.cluster.local -> s2.default"))
        // The Service at fault is told, and the way to it.
        let last = try report("s0", try facts(chain(3, end: "10.0.0.1"))).findings
        #expect(last.map(\.code) == ["EXT001"])
        #expect(last[0].object == "Service default/s2")
        #expect(last[0].evidence.last?.hasPrefix("s0.default.svc.cluster.local -> s1.") == true)
    }

    @Test func unusedFields() throws {
        let cluster = try facts(
            service(
                "mine", "default",
                "type: ExternalName, externalName: google.com., ports: [{port: 80}], selector: {app: x}"))
        let found = try report("mine", cluster).findings
        #expect(found.map(\.code) == ["EXT006"])
        #expect(found[0].severity == .info)
        #expect(found[0].evidence == ["ports 80", "selector app=x"])
    }
}
