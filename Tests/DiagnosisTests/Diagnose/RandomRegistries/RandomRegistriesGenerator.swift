import ServiceRegistry
import TestSupport

/// A registry as real clusters have them, without a fault, and the Service that the test looks at.
struct RandomRegistry {
    /// What stands behind a Service.
    enum Shape: CaseIterable {
        case deployment, daemons, dual, stateful, headless, external, alias, slices, endpoints, job

        /// It has a ClusterIP and ready endpoints.
        static let served: [Shape] = [.deployment, .daemons, .dual, .slices, .endpoints]
        /// Its endpoints are Pods that a selector finds.
        static let selecting: [Shape] = [.deployment, .daemons, .dual, .stateful, .headless]
        static let fronted: [Shape] = [.deployment, .daemons, .dual]
    }

    struct Port {
        var name: String
        var number: Int
        var container: Int
        var transport: String
        /// Of the container's port; nil: it declares none.
        var containerName: String?
        var isNamed: Bool
    }

    struct App {
        var namespace: String
        var name: String
        var shape: Shape
        var ports: [Port] = []
        var labels: [(String, String)] = []
        var pods: [(name: String, addresses: [String], node: String)] = []

        var object: ObjectName { ObjectName(namespace, name) }
    }

    var apps: [App] = []
    var objects: [ManifestValue] = []
    var random: SplitMix64
    /// The nodes that Pods run on.
    let nodes: [String]
    /// What becomes of the text of the Service looked at, where it is to be no manifest any more.
    var spoil: ((String) -> String)?
    var addresses = 0
    var clusterAddresses = 256
    var nodePorts = 30100

    /// The Service that is looked at.
    var focus: App { apps[0] }

    init(seed: UInt64, focus shape: Shape? = nil) {
        random = SplitMix64(seed: seed)
        nodes = (1...Int.random(in: 1...3, using: &random)).map { "node-\($0)" }
        if chance(50) { addDNS() }
        if chance(50) { for node in nodes { objects.append(RandomRegistry.node(node)) } }
        var names = [
            "web", "api", "cart", "checkout", "payments", "redis", "postgres", "kafka", "users", "orders", "search",
            "frontend", "gateway", "billing", "mailer", "auth", "0-legacy", "catalog-v2",
        ].shuffled(using: &random)
        let namespaces = ["shop", "staging", "data", "default", "team-a"].shuffled(using: &random).prefix(3)
        for index in 0..<Int.random(in: 2...6, using: &random) {
            let own = index == 0 ? shape : nil
            // A new name starting with a digit is one that older clusters refuse.
            let name = names.removeLast()
            add(App(namespace: pick(Array(namespaces)), name: name, shape: own ?? pick(Shape.allCases)))
        }
        if chance(40) { addPolicies(in: focus.namespace) }
        if chance(40) { addIngress() }
        if chance(30) { for namespace in namespaces { objects.append(RandomRegistry.namespace(namespace)) } }
        if chance(30) {
            objects.append([
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "settings", "namespace": .text(focus.namespace)], "data": ["a": "b"],
            ])
        }
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    mutating func pick<T>(_ all: [T]) -> T { all.randomElement(using: &random)! }

    // MARK: - Objects

    /// Kind, namespace, name; setting nil takes it away.
    subscript(kind: String, namespace: String, name: String) -> ManifestValue? {
        get { index(kind, namespace, name).map { objects[$0] } }
        set {
            if let index = index(kind, namespace, name) {
                if let newValue { objects[index] = newValue } else { objects.remove(at: index) }
            } else if let newValue {
                objects.append(newValue)
            }
        }
    }

    private func index(_ kind: String, _ namespace: String, _ name: String) -> Int? {
        objects.firstIndex { object in
            object["kind"] == .text(kind) && object["metadata", "name"] == .text(name)
                && object["metadata", "namespace"] == .text(namespace)
        }
    }

    var service: ManifestValue {
        get { self["Service", focus.namespace, focus.name]! }
        set { self["Service", focus.namespace, focus.name] = newValue }
    }

    mutating func eachPod(of app: App, _ change: (inout ManifestValue, Int) -> Void) {
        for (index, pod) in app.pods.enumerated() {
            guard var object = self["Pod", app.namespace, pod.name] else { continue }
            change(&object, index)
            self["Pod", app.namespace, pod.name] = object
        }
    }

    /// What was written of the Service's endpoints.
    mutating func removeWrittenEndpoints(of app: App) {
        objects.removeAll { object in
            object["metadata", "namespace"] == .text(app.namespace)
                && (object["kind"] == "EndpointSlice"
                    && object["metadata", "labels", "kubernetes.io/service-name"] == .text(app.name)
                    || object["kind"] == "Endpoints" && object["metadata", "name"] == .text(app.name))
        }
    }

    // MARK: - Text

    var text: String {
        var writer = ManifestWriter(random)
        var objects = objects.shuffled(using: &writer.random)
        let form = spoil == nil ? Int.random(in: 0..<6, using: &writer.random) : 0
        if form == 1 {
            return ManifestWriter.json(["apiVersion": "v1", "kind": "List", "items": .list(objects)]) + "\n"
        }
        if form == 2 {
            return writer.block(["apiVersion": "v1", "kind": "List", "items": .list(objects)]).joined(separator: "\n")
                + "\n"
        }
        var out = Bool.random(using: &writer.random) ? "---\n" : ""
        let spoiled = spoil == nil ? nil : service
        if let spoiled { objects.removeAll { $0 == spoiled } }
        var texts = objects.map { object -> String in
            if Int.random(in: 0..<5, using: &writer.random) == 0 {
                return "# written by a tool\n" + ManifestWriter.json(object)
            }
            return writer.block(object).joined(separator: "\n")
        }
        if let spoiled, let spoil {
            var plain = ManifestWriter(plain: writer.random)
            texts.insert(
                spoil(plain.block(spoiled).joined(separator: "\n")),
                at: Int.random(in: 0...texts.count, using: &writer.random))
        }
        out += texts.joined(separator: "\n---\n") + "\n"
        return form == 3 ? out.replacing("\n", with: "\r\n") : out
    }
}
