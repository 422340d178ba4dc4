import DNSWire
import ServiceRegistry

/// Everything that is served, zone by zone and object by object, for people and files.
package struct RecordListing: Sendable {
    package var zones: [Zone]
    /// The Services behind the zones, for the table.
    package var services: [Service]

    package init(zones: [Zone], services: [Service] = []) {
        self.zones = zones
        self.services = services
    }

    /// One zone with its records in groups.
    package struct Zone: Sendable {
        package var origin: DomainName
        /// The sets at the origin: SOA, NS and whatever else stands there.
        package var apex: [RecordSet]
        package var groups: [Group]

        package init(origin: DomainName, apex: [RecordSet], groups: [Group]) {
            self.origin = origin
            self.apex = apex
            self.groups = groups
        }

        /// The TTL most of its records are expected to have: the SOA's, or the first one found.
        package var defaultTTL: UInt32 {
            (apex.first { $0.type == .soa } ?? apex.first ?? groups.lazy.flatMap(\.records).first?.set)?.ttl ?? 0
        }
    }

    /// The records that one object makes in one zone.
    package struct Group: Sendable {
        package typealias Record = (owner: DomainName, set: RecordSet)

        /// `Service default/hostnames  ClusterIP  selector app=hostnames  3 ready of 3`; empty for records of no object.
        package var comment: String
        /// The Service (or Pod) that the records are of; nil for what belongs to the zone itself.
        package var object: ObjectName?
        package var records: [Record]

        package init(comment: String, object: ObjectName?, records: [Record]) {
            self.comment = comment
            self.object = object
            self.records = records
        }
    }
}

/// Which part of a listing is wanted, and in which order.
package struct RecordSelection: Hashable, Sendable {
    package enum Order: String, Hashable, Sendable, CaseIterable {
        /// By owner name in canonical order, without the objects' comments.
        case name
        /// By namespace and name of the object.
        case object
    }

    package var zone: DomainName?
    package var namespace: String?
    package var service: String?
    package var order: Order

    package init(zone: DomainName? = nil, namespace: String? = nil, service: String? = nil, order: Order = .object) {
        self.zone = zone
        self.namespace = namespace
        self.service = service
        self.order = order
    }

    private func includes(_ object: ObjectName) -> Bool {
        (namespace == nil || object.namespace == namespace) && (service == nil || object.name == service)
    }

    /// The part of a listing that is selected, in its order: the same for the same records, however they came about. The
    /// sets of the zones themselves are always part of it, so that each zone loads on its own.
    /// - Throws: `UsageError` for a zone that the listing does not have.
    package func applied(to listing: RecordListing) throws(UsageError) -> RecordListing {
        var zones = listing.zones
        if let zone {
            zones = zones.filter { $0.origin == zone }
            guard !zones.isEmpty else {
                let known = listing.zones.map { "\($0.origin)" }.sorted().joined(separator: ", ")
                throw UsageError(
                    "no zone \(zone) here; there \(listing.zones.count == 1 ? "is" : "are") \(known.isEmpty ? "none" : known)"
                )
            }
        }
        for index in zones.indices {
            var groups = zones[index].groups.filter { group in group.object.map(includes) ?? true }
            for group in groups.indices { groups[group].records = RecordSelection.sorted(groups[group].records) }
            if order == .name {
                let records = RecordSelection.sorted(groups.flatMap(\.records))
                groups = [RecordListing.Group(comment: "", object: nil, records: records)]
            } else {
                groups.sort { a, b in
                    let (x, y) = (a.object ?? ObjectName("", ""), b.object ?? ObjectName("", ""))
                    return x == y ? a.comment < b.comment : x < y
                }
            }
            zones[index].groups = groups
            zones[index].apex.sort { RecordSelection.rank($0.type) < RecordSelection.rank($1.type) }
        }
        let services = listing.services.filter { includes($0.name) }.sorted { $0.name < $1.name }
        return RecordListing(zones: zones, services: services)
    }

    /// The SOA first, as master files have it, then the name servers, then by number.
    private static func rank(_ type: RecordType) -> Int { type == .soa ? -2 : type == .ns ? -1 : Int(type.rawValue) }

    /// By owner in canonical order, then by type; the keys are made once, for a zone may have a million owners.
    private static func sorted(_ records: [RecordListing.Group.Record]) -> [RecordListing.Group.Record] {
        records.map { (key: $0.owner.canonicalKey, record: $0) }.sorted { a, b in
            a.key == b.key
                ? rank(a.record.set.type) < rank(b.record.set.type) : a.key.lexicographicallyPrecedes(b.key)
        }.map(\.record)
    }
}
