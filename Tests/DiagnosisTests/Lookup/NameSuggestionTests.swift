import Findings
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct NameSuggestionTests {
    static let services = [
        ObjectName("default", "webapp1-nodeport-svc"), ObjectName("default", "hostnames"),
        ObjectName("shop", "hostname"),
        ObjectName("shop", "api"), ObjectName("prod", "api"), ObjectName("default", "api-gateway"),
        ObjectName("default", "kubernetes"),
    ]

    static let typed: [(name: String, namespace: String, expected: [String])] = [
        ("webapp-nodeport-svc", "default", ["webapp1-nodeport-svc.default (distance 1)"]),
        ("hostnams", "default", ["hostnames.default (distance 1)", "hostname.shop (distance 1)"]),
        // The same name elsewhere comes before everything else, then what begins alike at home.
        ("api", "default", ["api.prod (distance 0)", "api.shop (distance 0)", "api-gateway.default (same beginning)"]),
        ("kubernets", "default", ["kubernetes.default (distance 1)"]),
        ("kuberntes-api", "default", []),
        ("KUBERNETES-x", "default", ["kubernetes.default (distance 2)"]),
        ("x", "default", []),
        ("", "default", []),
        ("kubernetes", "default", []),
    ]

    @Test(arguments: typed) func suggestions(name: String, namespace: String, expected: [String]) {
        #expect(nameSuggestions(for: name, in: namespace, among: Self.services).map(\.description) == expected)
    }

    static let pairs: [(a: String, b: String, distance: Int)] = [
        ("web", "web", 0), ("web", "wbe", 1), ("web", "we", 1), ("web", "webs", 1), ("web", "wxb", 1),
        ("abcd", "badc", 2),
    ]

    @Test(arguments: pairs)
    func distances(a: String, b: String, distance: Int) {
        #expect(editDistance(Array(a.utf8), Array(b.utf8), atMost: 2) == distance)
        #expect(editDistance(Array(b.utf8), Array(a.utf8), atMost: 2) == distance)
        if distance > 0 { #expect(editDistance(Array(a.utf8), Array(b.utf8), atMost: distance - 1) == nil) }
    }
}
