/// All objects as they are now, found by what the zones and findings ask for.
///
///     var registry = ServiceRegistry()
///     registry.apply(.put(.service(web)))
///     registry.slices(of: web.name)          // the EndpointSlices that name it in kubernetes.io/service-name
///
/// An event costs what its object costs, whatever the registry's size. It is a value: whoever holds it is its only
/// writer.
package struct ServiceRegistry: Sendable {
    package private(set) var services: [ObjectName: Service] = [:]
    package private(set) var namespaces: [String: Namespace] = [:]
    package private(set) var pods: [ObjectName: Pod] = [:]
    package private(set) var ingresses: [ObjectName: Ingress] = [:]
    package private(set) var nodes: [String: Node] = [:]
    package private(set) var workloads: [ObjectKey: Workload] = [:]
    package private(set) var endpoints: [ObjectName: Endpoints] = [:]
    /// Every source has told all that existed when it began.
    package private(set) var isSynced = false

    private var slicesOfService: [ObjectName: [EndpointSlice]] = [:]
    /// Slice -> Service, to find a slice again when it changes its label or goes.
    private var serviceOfSlice: [ObjectName: ObjectName] = [:]

    package init() {}

    package var objectCount: Int {
        services.count + namespaces.count + pods.count + ingresses.count + nodes.count + workloads.count
            + endpoints.count + serviceOfSlice.count
    }

    /// The slices of a Service in the order of their names, whether or not the Service exists.
    package func slices(of service: ObjectName) -> [EndpointSlice] {
        slicesOfService[service] ?? []
    }

    /// The Services whose names and addresses an event may change: none to two.
    package func servicesTouched(by event: RegistryEvent) -> [ObjectName] {
        switch event {
        case .put(.service(let service)): [service.name]
        case .put(.endpointSlice(let slice)):
            Set([serviceOfSlice[slice.name], slice.service].compactMap { $0 }).sorted()
        case .delete(let key) where key.kind == .service: [key.name]
        case .delete(let key) where key.kind == .endpointSlice: [serviceOfSlice[key.name]].compactMap { $0 }
        default: []
        }
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
        case .service(let service): services[service.name] = service
        case .endpointSlice(let slice): put(slice)
        case .endpoints(let endpoints): self.endpoints[endpoints.name] = endpoints
        case .pod(let pod): pods[pod.name] = pod
        case .node(let node): nodes[node.name] = node
        case .ingress(let ingress): ingresses[ingress.name] = ingress
        case .workload(let workload): workloads[object.key] = workload
        }
    }

    private mutating func put(_ slice: EndpointSlice) {
        if let old = serviceOfSlice[slice.name], old != slice.service { remove(slice.name, from: old) }
        guard let service = slice.service else {
            serviceOfSlice[slice.name] = nil
            return
        }
        serviceOfSlice[slice.name] = service
        var slices = slicesOfService.removeValue(forKey: service) ?? []
        if let place = slices.firstIndex(where: { $0.name == slice.name }) {
            slices[place] = slice
        } else {
            slices.insert(slice, at: slices.firstIndex { $0.name > slice.name } ?? slices.count)
        }
        slicesOfService[service] = slices
    }

    private mutating func remove(_ slice: ObjectName, from service: ObjectName) {
        var slices = slicesOfService.removeValue(forKey: service) ?? []
        slices.removeAll { $0.name == slice }
        if !slices.isEmpty { slicesOfService[service] = slices }
    }

    private mutating func delete(_ key: ObjectKey) {
        switch key.kind {
        case .namespace: namespaces[key.name.name] = nil
        case .service: services[key.name] = nil
        case .endpointSlice:
            if let service = serviceOfSlice.removeValue(forKey: key.name) { remove(key.name, from: service) }
        case .endpoints: endpoints[key.name] = nil
        case .pod: pods[key.name] = nil
        case .node: nodes[key.name.name] = nil
        case .ingress: ingresses[key.name] = nil
        case .workload: workloads[key] = nil
        }
    }
}

extension EndpointSlice {
    /// The Service that the slice belongs to: the label's, in the slice's own namespace.
    package var service: ObjectName? {
        serviceName.flatMap { $0.isEmpty ? nil : ObjectName(name.namespace, $0) }
    }
}
