import DNSWire
import Findings
import Manifests
import ServiceRegistry

extension ClusterFacts {
    /// Faults of documents of which not even the object's name is known (MAN001, MAN002), where they speak of a Service:
    /// it may be defined there, or its Pods.
    func strayFindings(for service: ObjectName) -> [Finding] {
        let isKnown = registry.services[service] != nil
        let selector = registry.services[service]?.selector ?? [:]
        return strayFindings.filter { finding in
            guard let place = finding.place, let words = words(of: finding, place), words.mayMatter else {
                return false
            }
            if words.contains(service.name) { return true }
            // A Service without a name may be any.
            if !isKnown, finding.code == "MAN002", words.kind == "Service" { return true }
            return isKnown && !selector.isEmpty && selector.allSatisfy { words.contains($0.value) }
        }
    }

    private func words(of finding: Finding, _ place: SourcePlace) -> DocumentWords? {
        finding.code == "MAN001"
            ? fieldPlaces.words(ofDocumentAround: place) : fieldPlaces.words(ofObjectAround: place)
    }

    /// What is wrong with the objects that a Service works with: its namespace, slices, Endpoints, Pods, their workloads,
    /// and the Ingresses in front of it. An object that was refused is one of them if it speaks of the Service.
    func neighbourFindings(of service: ObjectName) -> [Finding] {
        findings(inNamespace: service.namespace).filter { finding in
            guard finding.severity != .info, let label = finding.object.flatMap(ObjectLabel.init),
                label.kind != "Service"
            else { return false }
            return isNeighbour(label, of: service) ?? mentions(finding, service)
        }
    }

    /// Whether an object that was read belongs to a Service; nil for one that is not in the registry, or in which a
    /// look-alike may hide that it does.
    private func isNeighbour(_ label: ObjectLabel, of service: ObjectName) -> Bool? {
        let selector = registry.services[service]?.selector ?? [:]
        func selects(_ labels: Labels) -> Bool {
            !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
        }
        switch ObjectKind(manifest: label.kind) {
        case .namespace: return label.name.name == service.namespace
        case .endpoints: return label.name == service
        case .ingress:
            guard let ingress = registry.ingresses[label.name] else { return nil }
            let backends = ingress.rules.flatMap(\.backends) + [ingress.defaultBackend].compactMap { $0 }
            return backends.contains { $0.service == service.name }
        case .endpointSlice:
            guard !registry.slices(of: service).contains(where: { $0.name == label.name }) else { return true }
            return nil
        case .pod:
            guard let pod = registry.pods[label.name] else { return nil }
            return selects(pod.labels) ? true : nil
        case .workload:
            let key = ObjectKey(.workload, ObjectName(label.name.namespace, "\(label.kind)/\(label.name.name)"))
            guard let workload = registry.workloads[key] else { return nil }
            return workload.serviceName == service.name || selects(workload.templateLabels)
        default: return false
        }
    }

    private func mentions(_ finding: Finding, _ service: ObjectName) -> Bool {
        guard let place = finding.place, let words = fieldPlaces.words(ofObjectAround: place) else { return false }
        let selector = registry.services[service]?.selector ?? [:]
        return words.contains(service.name)
            || !selector.isEmpty && selector.allSatisfy { words.contains($0.value) }
    }

    /// Why a Service that is not there may be missing: its own document, or one that speaks of it, did not load.
    func findingsOfMissing(_ service: ObjectName) -> [Finding] {
        loadFindings(about: ObjectKey(.service, service)) + strayFindings(for: service)
    }

    /// The Service that an ExternalName leads to, by its whole name in the cluster's domain.
    func externalTarget(of service: ObjectName) -> ObjectName? {
        guard let text = registry.services[service]?.externalName, let name = try? DomainName(text),
            name.isAtOrBelow(domain)
        else { return nil }
        let labels = text.split(separator: ".").map(String.init)
        return labels.count > 3 && labels[2] == "svc" ? ObjectName(labels[1], labels[0]) : nil
    }
}

/// `EndpointSlice shop/web-x7k`, as findings name objects.
struct ObjectLabel {
    var kind: String
    var name: ObjectName

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2 else { return nil }
        let parts = words[1].split(separator: "/", maxSplits: 1).map(String.init)
        kind = String(words[0])
        name = parts.count == 2 ? ObjectName(parts[0], parts[1]) : ObjectName("", parts[0])
    }
}
