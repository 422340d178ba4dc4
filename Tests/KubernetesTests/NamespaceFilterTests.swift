import ServiceRegistry
import Testing

@testable import Kubernetes

@Suite struct NamespaceFilterTests {
    private static func filter(_ namespaces: [String] = [], labels: String = "") -> NamespaceFilter {
        var options = KubernetesOptions()
        options.namespaces = namespaces
        options.namespaceLabels = labels
        return NamespaceFilter(options)
    }

    private static func namespace(_ name: String, _ labels: Labels = [:]) -> RegistryEvent {
        .put(.namespace(Namespace(name: name, labels: labels)))
    }

    private static func gone(_ namespace: String) -> RegistryEvent {
        .delete(ObjectKey(.namespace, ObjectName("", namespace)))
    }

    private static func service(_ namespace: String, _ name: String, port: UInt16 = 80) -> RegistryEvent {
        var service = Service(name: ObjectName(namespace, name))
        service.ports = [Service.Port(port: port)]
        return .put(.service(service))
    }

    private static func delete(_ namespace: String, _ name: String) -> RegistryEvent {
        .delete(ObjectKey(.service, ObjectName(namespace, name)))
    }

    @Test func withoutNamespacesAllIsShown() {
        var filter = Self.filter()
        let events = [Self.service("a", "web"), Self.namespace("b"), Self.delete("c", "web"), .synced]
        #expect(filter.filtered(events) == events)
    }

    @Test func namedNamespacesAndWhatLiesInThem() {
        var filter = Self.filter(["a", "b"])
        let shown = [Self.namespace("a"), Self.service("a", "web"), Self.delete("b", "web"), Self.gone("b"), .synced]
        let hidden = [Self.namespace("c"), Self.service("c", "web"), Self.delete("aa", "web"), Self.gone("c")]
        #expect(filter.filtered(shown + hidden) == shown)
        #expect(filter.filtered(hidden + shown) == shown)
    }

    @Test func objectsWaitForTheirNamespace() {
        var filter = Self.filter(labels: "shown=yes")
        #expect(filter.filtered([Self.service("a", "web"), Self.service("b", "web"), .synced]) == [.synced])
        #expect(filter.filtered([Self.namespace("a")]) == [Self.namespace("a"), Self.service("a", "web")])
        #expect(filter.filtered([Self.service("a", "db")]) == [Self.service("a", "db")], "now at once")
        #expect(
            filter.filtered([Self.namespace("a", ["x": "y"])]) == [Self.namespace("a", ["x": "y"])], "known already")
    }

    @Test func objectsGoWithTheirNamespaceAndComeBack() {
        var filter = Self.filter(labels: "shown=yes")
        _ = filter.filtered([Self.namespace("a"), Self.service("a", "web"), Self.service("a", "db")])
        let going = filter.filtered([Self.gone("a")])
        #expect(Set(going) == [Self.delete("a", "web"), Self.delete("a", "db"), Self.gone("a")])
        #expect(going.last == Self.gone("a"), "the namespace behind what is in it")
        #expect(filter.filtered([Self.gone("a")]) == [], "gone already")
        // What happens meanwhile is known when it comes back.
        let meanwhile = [Self.service("a", "web", port: 81), Self.delete("a", "db"), Self.service("a", "api")]
        #expect(filter.filtered(meanwhile) == [])
        let coming = filter.filtered([Self.namespace("a")])
        #expect(coming.first == Self.namespace("a"), "the namespace in front of what is in it")
        #expect(Set(coming) == [Self.namespace("a"), Self.service("a", "web", port: 81), Self.service("a", "api")])
        #expect(coming.count == 3)
    }

    @Test func namesAndLabelsBothHold() {
        var filter = Self.filter(["a"], labels: "shown=yes")
        let events = [Self.namespace("a"), Self.namespace("b"), Self.service("a", "web"), Self.service("b", "web")]
        #expect(filter.filtered(events) == [Self.namespace("a"), Self.service("a", "web")])
    }

    /// What is shown, told in any order, is what the shown namespaces hold.
    @Test func theOrderDoesNotMatter() {
        let events = [
            Self.namespace("a"), Self.service("a", "web"), Self.service("b", "web"), Self.service("a", "db"),
            Self.delete("a", "db"),
        ]
        for place in 1...events.count {
            var order = Array(events.dropFirst())
            order.insert(events[0], at: place - 1)
            var filter = Self.filter(labels: "shown=yes")
            var registry = ServiceRegistry()
            for event in filter.filtered(order) { registry.apply(event) }
            #expect(registry.services.count == 1 && registry.namespaces.count == 1, "at \(place)")
        }
    }
}
