import NetworkAddress

/// The records of one owner and type, as an answer gives them: one TTL (RFC 2181 5.2), an order, and the addresses that
/// go with them into the additional section.
package struct RecordSet: Hashable, Sendable {
    package var type: RecordType
    package var ttl: UInt32
    /// At least one; none twice.
    package var data: [RecordData]
    /// Addresses of the names that SRV, NS and MX records lead to.
    package var glue: [Glue]

    package init(_ type: RecordType, ttl: UInt32, _ data: [RecordData], glue: [Glue] = []) {
        self.type = type
        self.ttl = ttl
        self.data = data
        self.glue = glue
    }

    /// An address of the name that `data[record]` leads to.
    package struct Glue: Hashable, Sendable {
        package var record: Int
        package var address: IPAddress

        package init(record: Int, address: IPAddress) {
            self.record = record
            self.address = address
        }
    }
}

/// A change of what an owner name has, as a zone tells it to whoever serves or prints it.
package enum RecordChange: Hashable, Sendable {
    /// The name has exactly these sets from now on; none: the name exists and has no data.
    case set(DomainName, [RecordSet], NodeTraits = .none)
    /// The name has nothing any more; it goes on to exist where something is below it.
    case remove(DomainName)
    /// One record more at a name that several objects share (PTR); `first` puts it in front of the others.
    case insert(DomainName, ttl: UInt32, RecordData, first: Bool)
    /// One record less at such a name.
    case withdraw(DomainName, RecordData)
    /// What `AddressNames.changes` says: each name has its address besides what it has, each address one PTR record more.
    case insertAll(AddressNames)

    package var owner: DomainName {
        switch self {
        case .set(let owner, _, _), .remove(let owner), .insert(let owner, _, _, _), .withdraw(let owner, _): owner
        case .insertAll(let names): names.owner
        }
    }
}

/// What is special about answering at a name.
package struct NodeTraits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An ordinary name.
    package static let none: NodeTraits = []

    /// The CNAME's target can never exist (an address as externalName): NXDOMAIN behind the CNAME, nobody is asked.
    package static let targetNeverExists = NodeTraits(rawValue: 1)
    /// The name's data cannot be said in DNS: SERVFAIL.
    package static let unanswerable = NodeTraits(rawValue: 2)
    /// A name one label below that spells an address (`10-0-0-1`) has that address (`pods insecure`).
    package static let anyAddressBelow = NodeTraits(rawValue: 4)
    /// A name one label below that spells an address exists under the canonical spelling (`pods verified`).
    package static let addressesBelow = NodeTraits(rawValue: 8)
    /// A zone cut: what is at and below the name belongs to the servers its NS records name (RFC 1034 4.2.1).
    package static let delegation = NodeTraits(rawValue: 16)
    /// The name is a wildcard, `*.example.com` (RFC 4592).
    package static let wildcard = NodeTraits(rawValue: 32)
    /// What the name has and has not is certain before the registry is synced.
    package static let certain = NodeTraits(rawValue: 64)
}
