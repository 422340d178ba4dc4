import DNSWire
import Findings
import ServiceRegistry

extension LookupResult {
    /// What the registry makes of a name that does not exist: the same reason that `diagnose` gives; nothing where the name
    /// exists, or nobody could say.
    package func findings(from index: any ObjectIndex) -> [Finding] {
        guard outcome == .nxDomain,
            let asked = try? AskedName(
                parsing: query.text, namespace: namespaceSearched, domain: index.facts.domain, facts: index.facts)
        else { return [] }
        return [NameReasons(index.facts).reason(for: asked)].compactMap { $0 }
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
