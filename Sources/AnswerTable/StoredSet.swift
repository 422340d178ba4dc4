/// A record set in a node.
///
/// Directory entry: type, class and TTL as a message has them (8 octets), records (4), place of the data (4, counted from
/// the node's start; the two highest bits are flags). Where a name has one record and nothing else, as endpoints' names
/// and addresses have, the entry is its first eight octets, and the data stands behind the label.
///
/// Data of A and AAAA: the addresses, one behind the other. Of every other type, for each record: the length of its RDATA
/// (2 octets) and the RDATA, names not compressed. With `splitsTargets`, every RDATA ends in a name below one suffix,
/// whose reference stands first (4); then, for each record, the RDATA without the suffix, the target's first label last.
/// Behind a SOA stand the octets of its MNAME and of its RNAME in front of the zone's origin (1 each, `nowhere` where one
/// is not in the zone), so that the origin can be left to a pointer.
/// With `hasGlue`, behind each record the octets of its glue (1), and for each address the length (1) and the address.
struct StoredSet {
    let node: Node
    let entry: UnsafeMutableRawPointer

    static let entrySize = 16
    static let locationsSize = 2
    static let nowhere: UInt8 = 0xFF
    static let hasGlue: UInt32 = 1 << 31
    static let splitsTargets: UInt32 = 1 << 30
    private static let placeMask: UInt32 = 1 << 30 - 1

    /// Type, class, TTL: what stands between owner and RDLENGTH.
    @inline(__always) var head: UInt64 { entry.load(as: UInt64.self) }
    @inline(__always) var type: UInt16 { UInt16(bigEndian: entry.load(as: UInt16.self)) }
    @inline(__always) var ttl: UInt32 { UInt32(bigEndian: entry.load(fromByteOffset: 4, as: UInt32.self)) }
    @inline(__always) private var isSingle: Bool { node.directoryWords == 1 }
    @inline(__always) private var place: UInt32 { entry.load(fromByteOffset: 12, as: UInt32.self) }
    /// How many records there are, and where their data begins.
    @inline(__always) var records: (count: Int, data: UnsafeMutableRawPointer) {
        if isSingle { return (1, node.label + wholeWords(node.labelLength)) }
        return (Int(entry.load(fromByteOffset: 8, as: UInt32.self)), node.at + Int(place & StoredSet.placeMask))
    }
    @inline(__always) var count: Int { records.count }
    @inline(__always) var data: UnsafeMutableRawPointer { records.data }
    @inline(__always) var splitsTargets: Bool {
        isSingle ? node.traits & Node.splitsTarget != 0 : place & StoredSet.splitsTargets != 0
    }
    @inline(__always) var hasGlue: Bool { !isSingle && place & StoredSet.hasGlue != 0 }
    /// With `splitsTargets`, what all targets are below.
    @inline(__always) var suffix: Arena.Reference { data.loadUnaligned(as: Arena.Reference.self) }

    static func writeHead(to entry: UnsafeMutableRawPointer, _ type: UInt16, ttl: UInt32) {
        entry.storeBytes(of: type.bigEndian, as: UInt16.self)
        entry.storeBytes(of: Wire.internet.bigEndian, toByteOffset: 2, as: UInt16.self)
        entry.storeBytes(of: ttl.bigEndian, toByteOffset: 4, as: UInt32.self)
    }

    /// Octets of one address where the type has records of one size, else 0.
    @inline(__always)
    static func stride(_ type: UInt16) -> Int { type == 1 ? 4 : type == 28 ? 16 : 0 }

    /// The octets in front of the name that RDATA ends in; nil for types that are not split.
    @inline(__always)
    static func octetsBeforeTarget(_ type: UInt16) -> Int? { type == Wire.srv ? 6 : type == Wire.ptr ? 0 : nil }

    /// Octets that the set takes besides its directory entry, whole words.
    var room: Int {
        var end = UnsafeRawPointer(data) + count * StoredSet.stride(type)
        if StoredSet.stride(type) == 0 { forEachRecord { end = $0.end } }
        if type == Wire.soa { end += StoredSet.locationsSize }
        return wholeWords(end - UnsafeRawPointer(data))
    }

    /// The first record of a type whose records differ in size; each leads to the next.
    @inline(__always) var firstRecord: Record {
        let before = splitsTargets ? StoredSet.octetsBeforeTarget(type) ?? 0 : -1
        return Record(at: UnsafeRawPointer(data) + (splitsTargets ? 4 : 0), before: before, hasGlue: hasGlue)
    }

    func forEachRecord(_ body: (Record) -> Void) {
        var record = firstRecord
        for _ in 0..<count {
            body(record)
            record = record.next
        }
    }

    /// A record of a type whose records differ in size.
    struct Record {
        /// The RDATA, or what of it is in front of the suffix: `length` octets.
        let octets: UnsafeRawPointer
        let length: Int
        let hasGlue: Bool
        /// Of a split record, the octets in front of the target; of others -1.
        private let before: Int

        @inline(__always)
        init(at: UnsafeRawPointer, before: Int, hasGlue: Bool) {
            self.before = before
            self.hasGlue = hasGlue
            if before < 0 {
                octets = at + 2
                length = Int(at.loadUnaligned(as: UInt16.self))
            } else {
                octets = at
                length = before &+ 1 &+ Int(at.load(fromByteOffset: before, as: UInt8.self))
            }
        }

        /// The addresses that go with the record, and where they end.
        @inline(__always) var firstGlue: Glue { Glue(at: octets + (length &+ 1)) }
        @inline(__always) var end: UnsafeRawPointer {
            let end = octets + length
            return hasGlue ? end + (1 &+ Int(end.load(as: UInt8.self))) : end
        }
        @inline(__always) var next: Record { Record(at: end, before: before, hasGlue: hasGlue) }
    }

    /// An address that goes with a record.
    struct Glue {
        let at: UnsafeRawPointer

        @inline(__always) var length: Int { Int(at.load(as: UInt8.self)) }
        @inline(__always) var address: UnsafeRawPointer { at + 1 }
        @inline(__always) var next: Glue { Glue(at: at + (1 &+ length)) }
    }
}
