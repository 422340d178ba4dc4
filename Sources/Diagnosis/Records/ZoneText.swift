import DNSWire

extension RecordListing {
    /// Master files (RFC 1035 5), one behind the other: each zone begins with its `$ORIGIN`.
    ///
    ///     $ORIGIN cluster.local.
    ///     $TTL 5
    ///     @                                SOA  ns.dns hostmaster 1763690400 7200 1800 86400 5
    ///     ; Service default/hostnames  ClusterIP  selector app=hostnames  3 ready of 3
    ///     hostnames.default.svc            A    10.0.1.175
    ///
    /// Columns stand where they stand whatever the other records are, so that two listings can be compared line by line.
    package var zoneText: String { zones.map(\.masterFile).joined(separator: "\n") }
}

extension RecordListing.Zone {
    /// The zone as one master file.
    package var masterFile: String {
        let defaultTTL = defaultTTL
        var lines = ["$ORIGIN \(origin)", "$TTL \(defaultTTL)"]
        func add(_ owner: DomainName, _ set: RecordSet) {
            for data in set.data {
                lines.append(
                    ZoneText.line(
                        owner: ZoneText.relative(owner, to: origin), ttl: set.ttl == defaultTTL ? "" : "\(set.ttl)",
                        type: set.type, data: ZoneText.data(data, relativeTo: origin)))
            }
        }
        for set in apex { add(origin, set) }
        for group in groups where !group.records.isEmpty {
            if !group.comment.isEmpty { lines.append("; \(singleLine(group.comment))") }
            for record in group.records { add(record.owner, record.set) }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The parts of a master file's line.
enum ZoneText {
    private static let ttlColumn = 27
    private static let typeColumn = 33
    private static let dataColumn = 38

    static func line(owner: String, ttl: String, type: RecordType, data: String) -> String {
        /// The text up to a column, or with one blank behind it where it is there already.
        func reach(_ text: String, _ column: Int) -> String { padded(text + " ", column) }
        var line = owner
        if !ttl.isEmpty { line = reach(line, ttlColumn) + ttl }
        return reach(reach(line, typeColumn) + "\(type)", dataColumn) + data
    }

    /// A name as a zone's file writes it: `@` for the origin, without the origin below it, absolute elsewhere.
    static func relative(_ name: DomainName, to origin: DomainName) -> String {
        guard !origin.isRoot, let labels = name.labels(above: origin) else { return "\(name)" }
        return labels.isEmpty ? "@" : labels.map(DomainName.text).joined(separator: ".")
    }

    static func data(_ data: RecordData, relativeTo origin: DomainName) -> String {
        func name(_ name: DomainName) -> String { relative(name, to: origin) }
        switch data {
        case .cname(let target), .ns(let target), .ptr(let target): return name(target)
        case .srv(let srv): return "\(srv.priority) \(srv.weight) \(srv.port) \(name(srv.target))"
        case .mx(let preference, let exchange): return "\(preference) \(name(exchange))"
        case .soa(let soa):
            return
                "\(name(soa.primary)) \(name(soa.mailbox)) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .address, .txt, .other: return presentation(of: data)
        }
    }
}
