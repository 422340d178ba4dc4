import ServiceRegistry

/// The Pods of all namespaces by their labels: a selector is asked of those that have its rarest pair, not of each.
struct PodLabels: Sendable {
    private struct Pair: Hashable, Sendable {
        var key: String
        var value: String
    }

    /// In the order of their names.
    private var pods: [Pair: [Pod]] = [:]

    init() {}

    init(_ all: some Sequence<Pod>) {
        for pod in all.sorted(by: { $0.name < $1.name }) {
            for (key, value) in pod.labels { pods[Pair(key: key, value: value), default: []].append(pod) }
        }
    }

    /// Those that a selector of one pair or more finds, also those that have ended, in the order of their names.
    func pods(with selector: Labels) -> [Pod] {
        let found = selector.map { pods[Pair(key: $0.key, value: $0.value)] ?? [] }
        guard let fewest = found.min(by: { $0.count < $1.count }) else { return [] }
        return found.count == 1 ? fewest : fewest.filter { $0.labels.contains(selector) }
    }
}

extension Pod {
    /// It has done its work, or failed at it, and will not run again.
    var hasEnded: Bool { phase == .succeeded || phase == .failed }
}
