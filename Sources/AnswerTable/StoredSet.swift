/// A record set in a node.
///
/// Directory entry: type, class and TTL as a message has them (8 octets), records (4), place of the data (4, counted from
/// the node's start; the two highest bits are flags). Where a name has one record and nothing else, as endpoints' names
/// and addresses have, the entry is its first eight octets, and the data stands behind the label.
///
/// Data of A and AAAA: the addresses, one behind the other. Of every other type, for each record: the length of its RDATA
/// (2 octets) and the RDATA, names not compressed. With `splitsTargets`, the RDATA ends in a name whose end is a suffix
/// that is stored elsewhere: length of the whole RDATA (2), octets in front of the suffix (1), these octets, the suffix's
/// reference (4). With `hasGlue`, glue stands behind the data: its number (4), then for each the record (4), the address's
/// length (1), the address; in the order of the records. The place of the glue stands in the four octets in front of the
/// data, so these begin four octets later.
struct StoredSet {
    let node: Node
    let entry: UnsafeMutableRawPointer

    static let entrySize = 16
    static let hasGlue: UInt32 = 1 << 31
    static let splitsTargets: UInt32 = 1 << 30
    private static let placeMask: UInt32 = 1 << 30 - 1

    /// Type, class, TTL: what stands between owner and RDLENGTH.
    @inline(__always) var head: UInt64 { entry.load(as: UInt64.self) }
    @inline(__always) var type: UInt16 { UInt16(bigEndian: entry.load(as: UInt16.self)) }
    @inline(__always) var ttl: UInt32 { UInt32(bigEndian: entry.load(fromByteOffset: 4, as: UInt32.self)) }
    @inline(__always) private var isSingle: Bool { node.directoryWords == 1 }
    @inline(__always) var count: Int { isSingle ? 1 : Int(entry.load(fromByteOffset: 8, as: UInt32.self)) }
    @inline(__always) private var place: UInt32 { entry.load(fromByteOffset: 12, as: UInt32.self) }
    @inline(__always) var data: UnsafeMutableRawPointer {
        isSingle ? node.label + wholeWords(node.labelLength) : node.at + Int(place & StoredSet.placeMask)
    }
    @inline(__always) var splitsTargets: Bool {
        isSingle ? node.traits & Node.splitsTarget != 0 : place & StoredSet.splitsTargets != 0
    }
    @inline(__always) var glue: UnsafeMutableRawPointer? {
        guard !isSingle && place & StoredSet.hasGlue != 0 else { return nil }
        return node.at + Int((data - 4).loadUnaligned(as: UInt32.self))
    }

    /// Octets of one address where the type has records of one size, else 0.
    @inline(__always)
    static func stride(_ type: UInt16) -> Int { type == 1 ? 4 : type == 28 ? 16 : 0 }

    /// Octets that the set takes besides its directory entry, whole words.
    var room: Int {
        var end = UnsafeRawPointer(data) + count * StoredSet.stride(type)
        if StoredSet.stride(type) == 0 { forEachRecord { end = $0.at + $0.size } }
        guard let glue else { return wholeWords(end - UnsafeRawPointer(data)) }
        end = UnsafeRawPointer(glue + 4)
        forEachGlue { end = $0.at + $0.size }
        return wholeWords(4 + (end - UnsafeRawPointer(data)))
    }

    /// The records of a type whose records differ in size.
    func forEachRecord(_ body: (Record) -> Void) {
        var at = UnsafeRawPointer(data)
        for _ in 0..<count {
            let record = Record(at: at, isSplit: splitsTargets)
            body(record)
            at += record.size
        }
    }

    func forEachGlue(_ body: (Glue) -> Void) {
        guard let glue else { return }
        var at = UnsafeRawPointer(glue + 4)
        for _ in 0..<glue.loadUnaligned(as: UInt32.self) {
            body(Glue(at: at))
            at += Glue(at: at).size
        }
    }

    /// A record of a type whose records differ in size.
    struct Record {
        let at: UnsafeRawPointer
        let isSplit: Bool

        /// Octets of the RDATA as it is sent.
        @inline(__always) var length: Int { Int(at.loadUnaligned(as: UInt16.self)) }
        /// The RDATA, or what of it is in front of the suffix.
        @inline(__always) var octets: UnsafeRawPointer { at + (isSplit ? 3 : 2) }
        /// How many octets stand there.
        @inline(__always) var ownLength: Int {
            isSplit ? Int(at.load(fromByteOffset: 2, as: UInt8.self)) : length
        }
        /// Of a split record: the end of its target's name.
        @inline(__always) var suffix: Arena.Reference {
            (octets + ownLength).loadUnaligned(as: Arena.Reference.self)
        }
        /// Octets in memory.
        @inline(__always) var size: Int { isSplit ? 7 &+ ownLength : 2 &+ length }
    }

    /// An address that goes with a record.
    struct Glue {
        let at: UnsafeRawPointer

        @inline(__always) var record: Int { Int(at.loadUnaligned(as: UInt32.self)) }
        @inline(__always) var length: Int { Int(at.load(fromByteOffset: 4, as: UInt8.self)) }
        @inline(__always) var address: UnsafeRawPointer { at + 5 }
        @inline(__always) var size: Int { 5 &+ length }
    }
}
