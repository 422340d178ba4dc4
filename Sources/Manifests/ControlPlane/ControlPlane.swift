import NetworkAddress
import ServiceRegistry
import Threads

/// What an API server and its controllers would do to the manifests' objects before anybody sees them: allocate
/// addresses, make endpoints, and have the objects that every cluster has.
///
///     var plane = ControlPlane(options)
///     let outcome = plane.apply([ObjectKey: RegistryObject?])     // what the files say now, nil: gone
///
/// A change costs what it touches: a Pod the Services that select it, a Service its Pods.
struct ControlPlane {
    struct Outcome {
        var events: [RegistryEvent] = []
        /// Each collision once, with the Service that came to it last.
        var faults: [AllocationFault] = []
        /// Services whose allocation is new or gone, for the state file.
        var allocations: [ObjectName: Allocation?] = [:]
    }

    private var allocations: Allocations
    private var pods = SelectedPods()
    private var services: [ObjectName: ServiceState] = [:]
    private var endpoints = ObjectTable<Endpoints>()
    /// The topology zones of nodes, where they have one.
    private var zones: [String: String] = [:]
    /// Slices from files that belong to a Service.
    private var slices = ObjectTable<EndpointSlice>()
    /// How many objects lie in each namespace, and which have an object of their own.
    private var inhabitants: [String: Int] = [:]
    private var namespaces: [String: Namespace] = [:]
    private var known: Set<ObjectKey> = []
    private var changedNamespaces: Set<String> = []
    private var toldNamespaces: [String: Namespace] = [:]
    private var hasBegun = false

    /// What is known of a Service name, whether or not there is such a Service.
    private struct ServiceState {
        /// As the files or the defaults say it.
        var written: RegistryObject?
        /// Completed, as it was told.
        var told: RegistryObject?
        /// The slices that were derived and told.
        var derived: [RegistryObject] = []
        /// How many slices the files have for it.
        var sliceCount = 0

        var isEmpty: Bool { written == nil && told == nil && derived.isEmpty && sliceCount == 0 }
    }

    init(_ options: ManifestOptions, remembered: [ObjectName: Allocation] = [:]) {
        allocations = Allocations(options, remembered: remembered)
    }

    /// What Services were given that did not ask for a certain one.
    var given: [ObjectName: Allocation] { allocations.given }

    static let kubernetes = ObjectName("default", "kubernetes")
    static let dns = ObjectName("kube-system", "kube-dns")

    /// The Services that every cluster has, for when no manifest has them. Their addresses are given, not written: a
    /// manifest that says the same address gets it.
    private static let defaults: [Service] = {
        var api = Service(name: kubernetes)
        api.ports = [Service.Port(name: "https", port: 443, target: .number(6443))]
        var resolver = Service(name: dns)
        resolver.selector = ["k8s-app": "kube-dns"]
        resolver.ports = [
            Service.Port(name: "dns", transport: .udp, port: 53), Service.Port(name: "dns-tcp", port: 53),
            Service.Port(name: "metrics", port: 9153),
        ]
        return [api, resolver]
    }()

    /// Applies what has changed in the files, all of it at once.
    mutating func apply(_ changes: [ObjectKey: RegistryObject?]) -> Outcome {
        var outcome = Outcome()
        var touched: Set<ObjectName> = []
        var changedServices: Set<ObjectName> = []
        for (key, object) in changes.sorted(by: { $0.key < $1.key }) {
            giveWay()
            countInhabitant(key, isThere: object != nil)
            switch key.kind {
            case .service:
                changedServices.insert(key.name)
                change(key.name) { $0.written = object }
            case .pod:
                if case .pod(let pod)? = object {
                    touched.formUnion(pods.update(key.name, to: pod))
                } else {
                    touched.formUnion(pods.update(key.name, to: nil))
                }
            case .endpointSlice: touched.formUnion(updateSlice(key.name, object))
            case .endpoints:
                endpoints.put(object, at: key.name)
                touched.insert(key.name)
            case .node:
                let zone: String? = if case .node(let node)? = object { node.zone } else { nil }
                guard zones[key.name.name] != zone else { break }
                zones[key.name.name] = zone
                touched.formUnion(pods.services(onNode: key.name.name))
            case .namespace:
                changedNamespaces.insert(key.name.name)
                if case .namespace(let own)? = object {
                    namespaces[own.name] = own
                } else {
                    namespaces[key.name.name] = nil
                }
            default: break
            }
            if key.kind != .service && key.kind != .namespace {
                outcome.events.append(object.map { .put($0) } ?? .delete(key))
            }
        }
        if !hasBegun {
            hasBegun = true
            for service in ControlPlane.defaults {
                changedServices.insert(service.name)
                countInhabitant(ObjectKey(.service, service.name), isThere: true, byDefault: true)
            }
        }
        for service in ControlPlane.defaults where services[service.name]?.written == nil {
            change(service.name) { $0.written = .service(service) }
        }
        completeServices(changedServices, touched, &outcome)
        outcome.events = namespaceEvents() + outcome.events
        // What is new before what goes: a name that stays somewhere is never missing.
        outcome.events = outcome.events.filter(\.isPut) + outcome.events.filter { !$0.isPut }
        return outcome
    }

    private mutating func change(_ name: ObjectName, _ change: (inout ServiceState) -> Void) {
        var state = services.removeValue(forKey: name) ?? ServiceState()
        change(&state)
        if !state.isEmpty { services[name] = state }
    }

    /// A Service as the files or the defaults say it.
    private func written(_ name: ObjectName) -> Service? { services[name]?.written.flatMap(Service.init) }

    private mutating func completeServices(
        _ changed: Set<ObjectName>, _ touched: Set<ObjectName>, _ outcome: inout Outcome
    ) {
        let ordered = changed.map { (created: written($0)?.created ?? .max, name: $0) }
            .sorted { ($0.created, $0.name) < ($1.created, $1.name) }.map(\.name)
        for name in ordered {
            giveWay()
            let service = written(name)
            pods.update(name, selector: service?.selector)
            if let service {
                outcome.faults += allocations.claim(service)
            } else {
                allocations.release(name)
            }
        }
        var completed: [ObjectName: Service] = [:]
        for name in ordered + allocations.displaced.subtracting(changed).sorted() {
            completed[name] = written(name).map { allocations.complete($0) }
        }
        let all = changed.union(completed.keys)
        outcome.allocations = allocations.takeChanged()
        for name in all.union(touched).sorted() {
            giveWay()
            let service = all.contains(name) ? completed[name] : services[name]?.told.flatMap(Service.init)
            tell(name, service, service.map(derivedSlices) ?? [], &outcome.events)
        }
    }

    /// The Services that a slice belonged or belongs to.
    private mutating func updateSlice(_ name: ObjectName, _ object: RegistryObject?) -> [ObjectName] {
        let old = slices[name]?.service
        let new = object.flatMap(EndpointSlice.init)?.service
        slices.put(new == nil ? nil : object, at: name)
        guard old != new else { return [] }
        if let old { change(old) { $0.sliceCount -= 1 } }
        if let new { change(new) { $0.sliceCount += 1 } }
        return [old, new].compactMap { $0 }
    }

    /// Slices that the files have win; then Pods that the selector finds; then Endpoints.
    private func derivedSlices(_ service: Service) -> [EndpointSlice] {
        guard service.kind != .externalName, services[service.name]?.sliceCount ?? 0 == 0 else { return [] }
        let selected = pods.pods(of: service.name)
        if selected.isEmpty, let own = endpoints[service.name] { return DerivedSlices.slices(mirroring: own) }
        return DerivedSlices.slices(of: service, from: selected, zones: zones)
    }

    private mutating func tell(
        _ name: ObjectName, _ service: Service?, _ slices: [EndpointSlice], _ events: inout [RegistryEvent]
    ) {
        let old = services[name]
        var state = old ?? ServiceState()
        if let service {
            if old?.told.flatMap(Service.init) != service {
                let object = RegistryObject.service(service)
                events.append(.put(object))
                state.told = object
            }
        } else if old?.told != nil {
            events.append(.delete(ObjectKey(.service, name)))
            state.told = nil
        }
        let derived = slices.map(RegistryObject.endpointSlice)
        for slice in derived where !(old?.derived.contains(slice) ?? false) { events.append(.put(slice)) }
        let names = Set(slices.map(\.name))
        for slice in old?.derived ?? [] where !names.contains(slice.key.name) {
            events.append(.delete(slice.key))
        }
        state.derived = derived
        services[name] = state.isEmpty ? nil : state
    }
}

// MARK: - Namespaces

extension ControlPlane {
    private mutating func countInhabitant(_ key: ObjectKey, isThere: Bool, byDefault: Bool = false) {
        guard !key.name.namespace.isEmpty else { return }
        let counted = byDefault ? ObjectKey(.node, key.name) : key
        if isThere {
            guard known.insert(counted).inserted else { return }
            inhabitants[key.name.namespace, default: 0] += 1
        } else {
            guard known.remove(counted) != nil else { return }
            inhabitants[key.name.namespace] = inhabitants[key.name.namespace].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        changedNamespaces.insert(key.name.namespace)
    }

    /// Namespaces that have come, changed or gone: one exists while a manifest says so or an object lies in it.
    private mutating func namespaceEvents() -> [RegistryEvent] {
        let candidates = changedNamespaces
        changedNamespaces = []
        var events: [RegistryEvent] = []
        for name in candidates.sorted() {
            let now = namespaces[name] ?? (inhabitants[name] == nil ? nil : Namespace(name: name))
            guard toldNamespaces[name] != now else { continue }
            toldNamespaces[name] = now
            events.append(now.map { .put(.namespace($0)) } ?? .delete(ObjectKey(.namespace, ObjectName("", name))))
        }
        return events
    }
}

extension RegistryEvent {
    fileprivate var isPut: Bool { if case .delete = self { false } else { true } }
}
