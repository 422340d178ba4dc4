import DNSWire

/// A zone from a master file, ready to be put into an answer table.
///
///     let (zone, findings) = ZoneFile.read(path: "/etc/coredns/db.example.com")
///     for change in zone?.changes ?? [] { ... }
///
/// What is in it holds together: there is one SOA record and a set of NS records at the apex, no name has a CNAME and
/// other data, no record is there twice, and everything is at or below the origin. A file of which that is not true
/// makes findings and no zone.
package struct StaticZone: Hashable, Sendable {
    /// The owner of the SOA record.
    package let origin: DomainName
    package let soa: StartOfAuthority
    /// One `.set` for each owner name with data, in canonical order. A name under a delegation has none: its addresses are
    /// the glue of the delegation's NS set.
    package let changes: [RecordChange]

    /// Counts up with every edition of the zone, in the arithmetic of RFC 1982.
    package var serial: UInt32 { soa.serial }
}
