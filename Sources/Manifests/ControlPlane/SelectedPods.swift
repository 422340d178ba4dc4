import ServiceRegistry

/// Which Pods a selector finds and which selectors find a Pod, without looking at all of either.
///
/// Pods stand under each of their labels, Services under the one pair of their selector that comes first: whoever
/// matches stands there.
struct SelectedPods {
    private struct Pair: Hashable {
        var namespace: String
        var key: String
        var value: String
    }

    private var pods: [ObjectName: Pod] = [:]
    private var podsOfPair: [Pair: Set<ObjectName>] = [:]
    private var selectors: [ObjectName: Labels] = [:]
    private var servicesOfPair: [Pair: Set<ObjectName>] = [:]

    /// - Returns: the Services that select the Pod as it was or as it is.
    mutating func update(_ name: ObjectName, to pod: Pod?) -> Set<ObjectName> {
        var touched = services(selecting: pods[name])
        for pair in pairs(pods[name]) { podsOfPair[pair]?.remove(name) }
        pods[name] = pod
        for pair in pairs(pod) { podsOfPair[pair, default: []].insert(name) }
        touched.formUnion(services(selecting: pod))
        return touched
    }

    /// Puts a Service's selector in place; nil or an empty one selects nothing (a controller makes no endpoints then).
    mutating func update(_ service: ObjectName, selector: Labels?) {
        if let old = selectors[service], let pair = indexPair(service, old) { servicesOfPair[pair]?.remove(service) }
        selectors[service] = selector?.isEmpty ?? true ? nil : selector
        if let selector, let pair = indexPair(service, selector) { servicesOfPair[pair, default: []].insert(service) }
    }

    /// The Pods that a Service selects, by name.
    func pods(of service: ObjectName) -> [Pod] {
        guard let selector = selectors[service] else { return [] }
        let candidates =
            selector.map { podsOfPair[Pair(namespace: service.namespace, key: $0.key, value: $0.value)] ?? [] }
            .min { $0.count < $1.count } ?? []
        return candidates.compactMap { pods[$0] }.filter { matches(selector, $0) }.sorted { $0.name < $1.name }
    }

    /// The Services that select a Pod of a node. Looks at all Pods: nodes seldom change.
    func services(onNode node: String) -> Set<ObjectName> {
        pods.values.reduce(into: []) { if $1.nodeName == node { $0.formUnion(services(selecting: $1)) } }
    }

    private func services(selecting pod: Pod?) -> Set<ObjectName> {
        guard let pod else { return [] }
        var found: Set<ObjectName> = []
        for pair in pairs(pod) {
            for service in servicesOfPair[pair] ?? [] where matches(selectors[service] ?? [:], pod) {
                found.insert(service)
            }
        }
        return found
    }

    private func matches(_ selector: Labels, _ pod: Pod) -> Bool {
        selector.allSatisfy { pod.labels[$0.key] == $0.value }
    }

    private func pairs(_ pod: Pod?) -> [Pair] {
        guard let pod else { return [] }
        return pod.labels.map { Pair(namespace: pod.name.namespace, key: $0.key, value: $0.value) }
    }

    private func indexPair(_ service: ObjectName, _ selector: Labels) -> Pair? {
        selector.min { $0.key < $1.key }.map { Pair(namespace: service.namespace, key: $0.key, value: $0.value) }
    }
}
