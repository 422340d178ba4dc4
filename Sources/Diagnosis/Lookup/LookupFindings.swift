import DNSWire
import Findings
import ServiceRegistry

extension LookupResult {
    /// What the registry makes of a name that does not exist: the Service in another namespace, or Services with names
    /// close to it; nothing where the name exists, or nobody could say.
    package func findings(from index: any ObjectIndex) -> [Finding] {
        guard outcome == .nxDomain, let (service, namespace) = serviceAsked else { return [] }
        let asked = ObjectName(namespace ?? "default", service)
        let services = index.serviceNames
        guard !services.contains(asked) else { return [] }
        let object = "\(ObjectKey(.service, asked))"
        let suggestions = nameSuggestions(for: service, in: asked.namespace, among: services)
        let elsewhere = suggestions.filter { $0.distance == 0 }.map(\.service)
        if let first = elsewhere.first {
            let places = elsewhere.map(\.namespace).joined(separator: ", ")
            return [
                Finding(
                    "NAM002", .error, "Service \(service) is in namespace \(places), not in \(asked.namespace)",
                    object: object, fix: "clusterdns lookup \(first.name).\(first.namespace)")
            ]
        }
        guard let first = suggestions.first else {
            return [Finding("NAM001", .error, "no Service \(service) in namespace \(asked.namespace)", object: object)]
        }
        let names = suggestions.map(\.description).joined(separator: " or ")
        return [
            Finding(
                "NAM001", .error, "did you mean \(names)?", object: object,
                fix: "clusterdns lookup \(first.service.name).\(first.service.namespace)")
        ]
    }

    /// The Service and namespace that the typed name speaks of: `web`, `web.shop`, `_http._tcp.web.shop.svc.cluster.local`.
    private var serviceAsked: (service: String, namespace: String?)? {
        guard let name = try? DomainName(query.text), !name.isAtOrBelow(.inAddrArpa), !name.isAtOrBelow(.ip6Arpa) else {
            return nil
        }
        var labels = name.lowercased.labels.map(DomainName.text)
        labels = Array(labels.drop { $0.hasPrefix("_") })
        // Behind a label `svc` comes the zone, before it the namespace and the Service; a Pod's own name may come first.
        if let mark = labels.firstIndex(of: "svc"), mark >= 2 { labels = Array(labels[(mark - 2)..<mark]) }
        guard let service = labels.first else { return nil }
        return (service, labels.count > 1 ? labels[1] : namespaceSearched)
    }

    /// The namespace of the search list's first entry, `ns.svc.zone`.
    private var namespaceSearched: String? {
        if let namespace = query.namespace { return namespace }
        for candidate in query.plan.candidates where !candidate.isAsWritten {
            let labels = candidate.name.labels
            let own = query.text.split(separator: ".").count
            guard labels.count > own + 1, labels[own + 1].elementsEqual("svc".utf8) else { continue }
            return DomainName.text(of: labels[own])
        }
        return nil
    }
}
