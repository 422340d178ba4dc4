import NetworkAddress

/// The records of one owner and type, as an answer gives them: one TTL (RFC 2181 5.2), an order, and the addresses that
/// go with them into the additional section.
///
///     var set = RecordSet(.a, ttl: 5, [.address(first)])
///     set.append(.address(second))
///
/// Held as the octets that are sent: sets of thousands of records are made, compared and stored without a value for each.
package struct RecordSet: Hashable, Sendable {
    package var type: RecordType
    package var ttl: UInt32
    /// RDATA in wire form, one behind the other, names not compressed; none twice.
    package private(set) var octets: [UInt8] = []
    /// Where each record's RDATA ends; at least one record.
    package private(set) var ends: [Int] = []
    /// For each record, one behind the other, the addresses of the name that it leads to (SRV, NS, MX), each with its length
    /// in front.
    package private(set) var glueOctets: [UInt8] = []
    /// Where each record's addresses end, as far as records have any.
    package private(set) var glueEnds: [Int] = []

    /// The most octets of addresses that go with one record; more are left out, as from a full message.
    package static let longestGlue = 255

    /// A set without records yet.
    package init(_ type: RecordType, ttl: UInt32) {
        self.type = type
        self.ttl = ttl
    }

    package init(_ type: RecordType, ttl: UInt32, _ data: [RecordData], glue: [Glue] = []) {
        self.init(type, ttl: ttl)
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

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }

    // MARK: Making

    /// Makes room for so many records of a size.
    package mutating func reserve(_ count: Int, octets size: Int) {
        octets.reserveCapacity(count * size)
        ends.reserveCapacity(count)
    }

    private mutating func makeRoom() { if ends.isEmpty && octets.capacity == 0 { octets.reserveCapacity(64) } }

    package mutating func append(_ record: RecordData) {
        makeRoom()
        record.write(to: &octets)
        ends.append(octets.count)
    }

    /// An A or AAAA record.
    package mutating func append(_ address: IPAddress) {
        makeRoom()
        address.write(to: &octets)
        ends.append(octets.count)
    }

    /// An SRV record.
    package mutating func append(_ location: ServiceLocation) {
        makeRoom()
        location.write(to: &octets)
        ends.append(octets.count)
    }

    /// An address that goes with the last record.
    package mutating func appendGlue(_ address: IPAddress) {
        let size = address.bitWidth / 8
        // Records before this one may have none.
        while glueEnds.count < ends.count { glueEnds.append(glueOctets.count) }
        let start = ends.count > 1 ? glueEnds[ends.count - 2] : 0
        guard glueOctets.count - start + 1 + size <= RecordSet.longestGlue else { return }
        glueOctets.append(UInt8(size))
        address.write(to: &glueOctets)
        glueEnds[ends.count - 1] = glueOctets.count
    }

    // MARK: As values

    /// At least one; none twice.
    package var data: [RecordData] {
        get {
            var start = 0
            return ends.map { end in
                defer { start = end }
                // What was written by `RecordData` is read by it.
                return (try? RecordData(type: type, wire: Array(octets[start..<end])))
                    ?? .other(type, Array(octets[start..<end]))
            }
        }
        set {
            octets.removeAll()
            ends.removeAll()
            for record in newValue { append(record) }
        }
    }

    package var glue: [Glue] {
        get {
            var glue: [Glue] = []
            var at = 0
            for (record, end) in glueEnds.enumerated() {
                while at < end {
                    let next = at + 1 + Int(glueOctets[at])
                    if let address = IPAddress(bytes: glueOctets[(at + 1)..<next]) {
                        glue.append(Glue(record: record, address: address))
                    }
                    at = next
                }
            }
            return glue
        }
        set {
            let records = ends
            (ends, glueOctets, glueEnds) = ([], [], [])
            // The addresses of one record keep their order.
            let isSorted = zip(newValue, newValue.dropFirst()).allSatisfy { $0.record <= $1.record }
            let sorted =
                isSorted
                ? newValue
                : newValue.enumerated().sorted { ($0.element.record, $0.offset) < ($1.element.record, $1.offset) }
                    .map(\.element)
            var next = 0
            for (record, end) in records.enumerated() {
                ends.append(end)
                while next < sorted.count, sorted[next].record == record {
                    appendGlue(sorted[next].address)
                    next += 1
                }
            }
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
    /// Types that the name does not have are NXDOMAIN.
    package static let deniesOtherTypes = NodeTraits(rawValue: 128)
    /// TXT is NXDOMAIN.
    package static let deniesText = NodeTraits(rawValue: 256)
    /// At an apex, what CoreDNS's kubernetes plugin says in the zone: NXDOMAIN for an empty non-terminal and for the other
    /// types of a name with PTR records; of a CNAME nothing but A, AAAA and CNAME; and no data, without the CNAME, where
    /// the chain ends in the zone.
    package static let deniesAsCoreDNS = NodeTraits(rawValue: 512)
}
