/// All objects as they are now, found by what the zones and findings ask for.
///
///     var registry = ServiceRegistry()
///     registry.apply(.put(.service(web)))
///     registry.slices(of: web.name)          // the EndpointSlices that name it in kubernetes.io/service-name
///
/// An event costs what its object costs, whatever the registry's size. It is a value: whoever holds it is its only
/// writer.
package struct ServiceRegistry: Sendable {
    package private(set) var services = ObjectTable<Service>()
    package private(set) var namespaces: [String: Namespace] = [:]
    package private(set) var pods = ObjectTable<Pod>()
    package private(set) var ingresses: [ObjectName: Ingress] = [:]
    package private(set) var nodes: [String: Node] = [:]
    package private(set) var workloads: [ObjectKey: Workload] = [:]
    package private(set) var networkPolicies: [ObjectName: NetworkPolicy] = [:]
    package private(set) var endpoints = ObjectTable<Endpoints>()
    /// Every source has told all that existed when it began.
    package private(set) var isSynced = false

    /// Those that belong to a Service.
    private var slices = ObjectTable<EndpointSlice>()
    /// In the order of their names.
    private var slicesOfService: [ObjectName: [RegistryObject]] = [:]

    package init() {}

    package var objectCount: Int {
        services.count + namespaces.count + pods.count + ingresses.count + nodes.count + workloads.count
            + networkPolicies.count + endpoints.count + slices.count
    }

    /// Whether an event changes nothing.
    package func holds(_ event: RegistryEvent) -> Bool {
        switch event {
        case .put(let object): self.object(object.key) == object
        case .delete(let key): object(key) == nil
        case .synced: isSynced
        }
    }

    /// nil too for a slice that belongs to no Service.
    package func object(_ key: ObjectKey) -> RegistryObject? {
        switch key.kind {
        case .service: services.object(key.name)
        case .endpointSlice: slices.object(key.name)
        case .endpoints: endpoints.object(key.name)
        case .pod: pods.object(key.name)
        case .namespace: namespaces[key.name.name].map(RegistryObject.namespace)
        case .node: nodes[key.name.name].map(RegistryObject.node)
        case .ingress: ingresses[key.name].map(RegistryObject.ingress)
        case .workload: workloads[key].map(RegistryObject.workload)
        case .networkPolicy: networkPolicies[key.name].map(RegistryObject.networkPolicy)
        }
    }

    /// The slices of a Service in the order of their names, whether or not the Service exists.
    package func slices(of service: ObjectName) -> [EndpointSlice] {
        slicesOfService[service]?.compactMap(EndpointSlice.init) ?? []
    }

    /// The Services whose names and addresses an event may change: none to two.
    package func servicesTouched(by event: RegistryEvent) -> [ObjectName] {
        switch event {
        case .put(.service(let service)): [service.name]
        case .put(.endpointSlice(let slice)):
            ServiceRegistry.uniqued(slices[slice.name]?.service, slice.service)
        case .delete(let key) where key.kind == .service: [key.name]
        case .delete(let key) where key.kind == .endpointSlice: [slices[key.name]?.service].compactMap { $0 }
        default: []
        }
    }

    private static func uniqued(_ a: ObjectName?, _ b: ObjectName?) -> [ObjectName] {
        if let a, let b { return a == b ? [a] : [a, b] }
        return (a ?? b).map { [$0] } ?? []
    }

    package mutating func apply(_ event: RegistryEvent) {
        switch event {
        case .put(let object): put(object)
        case .delete(let key): delete(key)
        case .synced: isSynced = true
        }
    }

    private mutating func put(_ object: RegistryObject) {
        switch object {
        case .namespace(let namespace): namespaces[namespace.name] = namespace
        case .service(let service): services.put(object, at: service.name)
        case .endpointSlice(let slice): put(slice, object)
        case .endpoints(let endpoints): self.endpoints.put(object, at: endpoints.name)
        case .pod(let pod): pods.put(object, at: pod.name)
        case .node(let node): nodes[node.name] = node
        case .ingress(let ingress): ingresses[ingress.name] = ingress
        case .workload(let workload): workloads[object.key] = workload
        case .networkPolicy(let policy): networkPolicies[policy.name] = policy
        }
    }

    private mutating func put(_ slice: EndpointSlice, _ object: RegistryObject) {
        let old = slices.put(slice.service == nil ? nil : object, at: slice.name)
        if let old = old.flatMap(EndpointSlice.init)?.service, old != slice.service { remove(slice.name, from: old) }
        guard let service = slice.service else { return }
        slicesOfService[service, default: []].replace(slice.name, by: object)
    }

    private mutating func remove(_ slice: ObjectName, from service: ObjectName) {
        var all = slicesOfService.removeValue(forKey: service) ?? []
        all.removeAll { $0.key.name == slice }
        if !all.isEmpty { slicesOfService[service] = all }
    }

    private mutating func delete(_ key: ObjectKey) {
        switch key.kind {
        case .namespace: namespaces[key.name.name] = nil
        case .service: services.put(nil, at: key.name)
        case .endpointSlice:
            if let service = slices[key.name]?.service { remove(key.name, from: service) }
            slices.put(nil, at: key.name)
        case .endpoints: endpoints.put(nil, at: key.name)
        case .pod: pods.put(nil, at: key.name)
        case .node: nodes[key.name.name] = nil
        case .ingress: ingresses[key.name] = nil
        case .workload: workloads[key] = nil
        case .networkPolicy: networkPolicies[key.name] = nil
        }
    }
}

extension [RegistryObject] {
    /// Puts an object in place of the one with its name, or where it belongs in the order of names.
    fileprivate mutating func replace(_ name: ObjectName, by object: RegistryObject) {
        if let place = firstIndex(where: { $0.key.name == name }) {
            self[place] = object
        } else {
            insert(object, at: firstIndex { $0.key.name > name } ?? count)
        }
    }
}
