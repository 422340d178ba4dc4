import ClusterZone
import DNSWire
import NetworkAddress
import ServiceRegistry

extension RecordListing {
    /// Everything that the zones of a registry hold.
    package init(_ zones: RegistryZones) {
        let origins = zones.cluster.origins + zones.externalOrigins
        var apexes: [[RecordSet]] = Array(repeating: [], count: origins.count)
        var groups: [[Group]] = Array(repeating: [], count: origins.count)
        for share in zones.shares() {
            var parts: [Int: [Group.Record]] = [:]
            for change in share.changes {
                guard let place = RecordListing.zone(of: change.owner, share.place, zones) else { continue }
                let sets = change.sets
                if change.owner == origins[place] {
                    apexes[place] += sets
                } else {
                    parts[place, default: []] += sets.map { (change.owner, $0) }
                }
            }
            let comment = share.object.map { RecordListing.comment($0, zones.registry) } ?? ""
            for (place, records) in parts {
                groups[place].append(Group(comment: comment, object: share.object?.key.name, records: records))
            }
        }
        self.init(
            zones: origins.indices.map { Zone(origin: origins[$0], apex: apexes[$0], groups: groups[$0]) },
            services: zones.registry.services.values.sorted { $0.name < $1.name })
    }

    /// The place among all origins of the zone that a name is in: of the cluster's zones the longest one.
    private static func zone(of owner: DomainName, _ place: RegistryZones.Place, _ zones: RegistryZones) -> Int? {
        switch place {
        case .external(let index): zones.cluster.origins.count + index
        case .reasons: nil
        case .cluster:
            zones.cluster.origins.enumerated().filter { owner.isAtOrBelow($0.element) }
                .max { $0.element.wire.count < $1.element.wire.count }?.offset
        }
    }

    /// `Service default/hostnames  ClusterIP  selector app=hostnames  3 ready of 3`
    private static func comment(_ object: RegistryObject, _ registry: ServiceRegistry) -> String {
        guard case .service(let service) = object else { return "\(object.key)" }
        var words = ["\(object.key)", service.isHeadless ? "headless" : service.kind.rawValue]
        if let selector = service.selector, !selector.isEmpty {
            words.append(
                "selector " + selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            )
        }
        if service.kind != .externalName {
            let endpoints = registry.slices(of: service.name).flatMap(\.endpoints)
            words.append("\(endpoints.count { $0.isReady }) ready of \(endpoints.count)")
        }
        return words.joined(separator: "  ")
    }
}

extension RecordChange {
    /// The sets that the change gives its owner.
    fileprivate var sets: [RecordSet] {
        switch self {
        case .set(_, let sets, _): sets
        case .insert(_, let ttl, let data, _): [RecordSet(data.type, ttl: ttl, [data])]
        case .remove, .withdraw, .insertAll: []
        }
    }
}
