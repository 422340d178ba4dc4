import DNSWire
import NetworkAddress
import ServiceRegistry

extension RegistryZones {
    /// What of the registry the answer for one name and its reason are made from, as zones of their own that keep reasons:
    /// the name's namespace, its Service with its slices, the Services of its name elsewhere, and Pods of its namespace.
    /// Costs a look at each Service.
    package func part(about name: DomainName) -> RegistryZones {
        var options = cluster.options
        options.keepsReasons = true
        guard let zone = try? ClusterZone(options) else { return self }
        var part = RegistryZones(cluster: zone)
        var events: [RegistryEvent] = []
        var next: DomainName? = name
        var seen: Set<DomainName> = []
        while let name = next, seen.insert(name).inserted { next = add(name, to: &events) }
        if registry.isSynced { events.append(.synced) }
        part.apply(events, now: serial) { _, _ in }
        return part
    }

    /// - Returns: the name that this one is an alias of.
    private func add(_ name: DomainName, to events: inout [RegistryEvent]) -> DomainName? {
        let labels = self.labels(of: name)
        guard labels.count > 1 else { return nil }
        if let namespace = registry.namespaces[labels[1]] {
            events.append(.put(.namespace(namespace)))
        } else if let witness = registry.services.keys.first(where: { $0.namespace == labels[1] }) {
            // A namespace is there as long as something is in it.
            events += registry.services.object(witness).map { [.put($0)] } ?? []
        }
        if labels[0] == "pod" {
            events += registry.pods.values.filter { $0.name.namespace == labels[1] }.map { .put(.pod($0)) }
        }
        guard labels.count > 2 else { return nil }
        for key in registry.services.keys where key.name == labels[2] {
            events += registry.services.object(key).map { [.put($0)] } ?? []
        }
        let service = ObjectName(labels[1], labels[2])
        events += registry.slices(of: service).map { .put(.endpointSlice($0)) }
        return registry.services[service]?.externalName.flatMap { try? DomainName($0) }
    }

    /// The object that a name of the cluster's is of: `Service shop/web, type ClusterIP`; nil where there is none.
    package func object(at name: DomainName) -> String? {
        let labels = self.labels(of: name)
        guard labels.count > 1, labels[0] == "svc" else {
            return labels.count > 2 && labels[0] == "pod" ? "Pod of namespace \(labels[1])" : nil
        }
        guard labels.count > 2 else { return registry.namespaces[labels[1]].map { "Namespace \($0.name)" } }
        guard let service = registry.services[ObjectName(labels[1], labels[2])] else { return nil }
        var text = "Service \(service.name), "
        if service.isHeadless {
            let endpoints = registry.slices(of: service.name).flatMap(\.endpoints)
            text += "headless, \(endpoints.count { $0.isReady }) ready of \(endpoints.count)"
        } else {
            text += "type \(service.kind.rawValue)"
        }
        if labels.count > 3 { text = "\(labels[3...].reversed().joined(separator: ".")) of " + text }
        return text
    }

    /// A name's labels in lower case, from the cluster's domain on; empty for a name that is not in it.
    private func labels(of name: DomainName) -> [String] {
        (name.lowercased.labels(above: cluster.options.domain) ?? []).reversed().map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
