import DNSWire
import ServiceRegistry

extension RegistryZones {
    /// The names that exist because of one object.
    package struct Share: Sendable {
        /// nil for what exists whatever objects there are.
        package var object: RegistryObject?
        package var place: Place
        package var changes: [RecordChange]
    }

    /// Everything that the zones hold now, object by object in a fixed order: the same names and records that `begin` and
    /// `apply` have told.
    package func shares() -> [Share] {
        var shares = [
            Share(object: nil, place: .cluster, changes: cluster.fixedRecords(serial: serial, in: registry))
        ]
        for namespace in registry.namespaces.values.sorted(by: { $0.name < $1.name }) {
            shares.append(share(.namespace(namespace), cluster.records(of: namespace)))
        }
        for name in registry.services.keys.sorted() {
            guard let service = registry.services[name] else { continue }
            let records = cluster.records(of: name, in: registry)
            var share = share(.service(service), records.owners)
            share.changes += records.pointers.map {
                .insert(
                    DomainName(reverseOf: $0.address), ttl: cluster.options.ttl, .ptr($0.target), first: $0.isClusterIP)
            }
            shares.append(share)
        }
        for pod in registry.pods.values.sorted(by: { $0.name < $1.name }) {
            shares.append(share(.pod(pod), cluster.records(of: pod)))
        }
        return shares.filter { !$0.changes.isEmpty } + externalShares()
    }

    private func share(_ object: RegistryObject, _ owners: [DomainName: OwnerRecords]) -> Share {
        let changes = owners.sorted { $0.key < $1.key }.map { name, records in
            RecordChange.set(name, records.sets, records.traits)
        }
        return Share(object: object, place: .cluster, changes: changes)
    }

    private func externalShares() -> [Share] {
        external.enumerated().map { index, names in
            let changes = names.allNames.map { names.change(at: $0, serial: serial) }
            return Share(object: nil, place: .external(index), changes: changes)
        }
    }
}

extension RegistryZones {
    /// Everything that is said of names that do not exist; nothing where reasons are not kept.
    package var reasons: [RecordChange] { explanations?.all(of: registry) ?? [] }
}
