import DNSWire
import ServiceRegistry

/// Names of a topology zone's endpoints, of headless Services alone (CoreDNS plugin/kubernetes, README.md "Zonal Names"):
///
///     us-west-2a.pin._zone.db.default.svc.cluster.local       the endpoints of that zone, or no data
///     us-west-2a.prefer._zone.db.default.svc.cluster.local    the endpoints of that zone, or all where it has none
///
/// A zone may have several labels. What no endpoint's zone is stands under wildcards: one below the directive, and since a
/// name that exists takes its children from the wildcard above it (RFC 4592 2.2.1), one below each name of a zone and each
/// name on the way there. They are there also while the Service has no ready endpoint.
extension ClusterZone {
    func zonalNames(_ endpoints: ServiceEndpoints) -> [(DomainName, OwnerRecords)] {
        guard let anchor = try? endpoints.owner.prepending("_zone"), let pin = try? anchor.prepending("pin"),
            let prefer = try? anchor.prepending("prefer")
        else { return [] }
        let zones = endpoints.zones.map { (labels: $0, sets: endpointRecords.own(endpoints.inZone($0))) }
        let all = endpointRecords.own(endpoints)
        return zonalNames(zones, below: pin, others: []) + zonalNames(zones, below: prefer, others: all)
    }

    /// - Parameter others: what names of no endpoint's zone have.
    private func zonalNames(
        _ zones: [(labels: String, sets: [RecordSet])], below directive: DomainName, others: [RecordSet]
    ) -> [(DomainName, OwnerRecords)] {
        var names: [DomainName: OwnerRecords] = [:]
        for (labels, sets) in zones {
            guard let path = ClusterZone.path(labels, below: directive), let name = path.last else { continue }
            for above in path where names[above] == nil { names[above] = OwnerRecords(sets: others) }
            names[name] = OwnerRecords(sets: sets)
        }
        for name in [directive] + names.keys {
            guard let wildcard = try? name.prepending("*") else { continue }
            names[wildcard] = OwnerRecords(sets: others, traits: .wildcard)
        }
        return names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The names from the one directly below the directive to the zone's; nil for what is no name, "" among it.
    private static func path(_ zone: String, below directive: DomainName) -> [DomainName]? {
        var path: [DomainName] = []
        for label in zone.split(separator: ".", omittingEmptySubsequences: false).reversed() {
            guard !label.isEmpty, let name = try? (path.last ?? directive).prepending(String(label)) else { return nil }
            path.append(name)
        }
        return path
    }
}
