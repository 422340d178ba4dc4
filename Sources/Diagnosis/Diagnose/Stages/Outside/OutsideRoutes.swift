import DNSWire
import Findings
import ServiceRegistry

/// One backend of an Ingress: where in it, for which host, to which Service.
struct IngressRoute: Hashable {
    var ingress: ObjectName
    /// The rule's host; empty for every host, and for the default backend.
    var host: String
    var backend: Ingress.Backend
    /// The place in spec as a JSON pointer: `/spec/rules/0/http/paths/1/backend`.
    var pointer: String

    var service: ObjectName { ObjectName(ingress.namespace, backend.service) }

    /// The load balancer controller of AWS: the backend is an action of an annotation, not a Service.
    var isAction: Bool { backend.port == .name("use-annotation") }
}

extension Ingress {
    /// In the order written; the default backend last.
    var routes: [IngressRoute] {
        var routes = rules.enumerated().flatMap { index, rule in
            rule.backends.enumerated().map { place, backend in
                IngressRoute(
                    ingress: name, host: rule.host, backend: backend,
                    pointer: "/spec/rules/\(index)/http/paths/\(place)/backend")
            }
        }
        if let defaultBackend {
            routes.append(
                IngressRoute(ingress: name, host: "", backend: defaultBackend, pointer: "/spec/defaultBackend"))
        }
        return routes.filter { !$0.isAction }
    }
}

extension ClusterFacts {
    /// Every route that leads to a Service, whether or not the Service exists.
    func routes(to service: ObjectName) -> [IngressRoute] {
        ingresses(in: service.namespace).flatMap(\.routes).filter { $0.service == service }
    }

    func ingresses(in namespace: String) -> [Ingress] {
        registry.ingresses.values.filter { $0.name.namespace == namespace }.sorted { $0.name < $1.name }
    }
}

extension Inquiry {
    /// The routes that the question is about: those of the Ingress asked for, those with the host asked for, and of a
    /// Service those that lead to it. With a route that leads to it come those of the same Ingress that lead nowhere; and so do
    /// those that were probably meant for it: with a name like its own, or from another namespace.
    var routes: [IngressRoute] {
        let all = facts.registry.ingresses.values.sorted { $0.name < $1.name }
        if case .ingress(let name) = asked.subject { return all.first { $0.name == name }?.routes ?? [] }
        guard let name = asked.service else {
            let host = shown(asked.name).lowercased()
            return all.flatMap(\.routes).filter { $0.host.covers(host) }
        }
        return all.flatMap { ingress in
            let leadsHere = ingress.routes.contains { $0.service == name }
            return ingress.routes.filter { route in
                if route.service == name { return true }
                guard facts.registry.services[route.service] == nil else { return false }
                return leadsHere || isMeant(route, for: name)
            }
        }
    }

    private func isMeant(_ route: IngressRoute, for name: ObjectName) -> Bool {
        let found = nameSuggestions(
            for: route.backend.service, in: route.ingress.namespace, among: facts.registry.services.keys, limit: 1)
        return found.first?.service == name
    }
}

extension String {
    /// Whether an Ingress's host is a name, or its wildcard stands for it: `*` is one label (networking.k8s.io/v1
    /// IngressRule).
    func covers(_ name: String) -> Bool {
        if lowercased() == name { return true }
        guard hasPrefix("*."), let dot = name.firstIndex(of: ".") else { return false }
        return name[dot...] == lowercased().dropFirst()
    }
}
