import ServiceRegistry

/// Lets through what lies in namespaces that are to be shown: those named, or those that a label selector finds, which come
/// and go while their objects stay.
struct NamespaceFilter {
    private let named: Set<String>
    /// Objects of all namespaces, where namespaces may come and go; else nothing is kept.
    private var objects: [String: [ObjectKey: RegistryObject]]?
    private var selected: Set<String> = []

    init(_ options: KubernetesOptions) {
        named = Set(options.namespaces)
        objects = options.namespaceLabels.isEmpty ? nil : [:]
    }

    mutating func filtered(_ events: [RegistryEvent]) -> [RegistryEvent] {
        if named.isEmpty && objects == nil { return events }
        return events.flatMap { filtered($0) }
    }

    private mutating func filtered(_ event: RegistryEvent) -> [RegistryEvent] {
        guard let key = event.key else { return [event] }
        let object: RegistryObject? = if case .put(let put) = event { put } else { nil }
        let namespace = key.kind == .namespace ? key.name.name : key.name.namespace
        guard named.isEmpty || named.contains(namespace) else { return [] }
        guard objects != nil else { return [event] }
        if key.kind == .namespace { return select(namespace, event, isThere: object != nil) }
        objects?[namespace, default: [:]][key] = object
        if objects?[namespace]?.isEmpty ?? false { objects?[namespace] = nil }
        return selected.contains(namespace) ? [event] : []
    }

    private mutating func select(_ namespace: String, _ event: RegistryEvent, isThere: Bool) -> [RegistryEvent] {
        let inside = objects?[namespace] ?? [:]
        if isThere {
            guard selected.insert(namespace).inserted else { return [event] }
            return [event] + inside.values.map { .put($0) }
        }
        guard selected.remove(namespace) != nil else { return [] }
        return inside.keys.map { .delete($0) } + [event]
    }
}
