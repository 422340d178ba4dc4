/// A name of a zone with its record sets, as it lies in the arena: ready to be copied behind a question.
///
///     offset  octets
///     0       4       the zone's cell in the arena
///     4       1       length of the owner name
///     5       1       number of record sets
///     6       2       traits; `explicit` among them
///     8       4       names directly below (the writer's; readers never look)
///     12      4       octets of the node
///     16              a directory entry for each set
///                     the owner in folded words, zero behind its end
///                     the sets' data
///
/// A node never changes once a reader can see it, but for the count of names below. To change a name is to publish
/// another node in its place.
struct Node {
    let at: UnsafeMutableRawPointer

    static let headerSize = 16
    /// The name is there by itself; without it, only because something is below it (empty non-terminal).
    static let explicit: UInt16 = 0x8000

    @inline(__always) var zone: Arena.Reference { at.load(as: Arena.Reference.self) }
    @inline(__always) var nameLength: Int { Int(at.load(fromByteOffset: 4, as: UInt8.self)) }
    @inline(__always) var setCount: Int { Int(at.load(fromByteOffset: 5, as: UInt8.self)) }
    @inline(__always) var traits: UInt16 { at.load(fromByteOffset: 6, as: UInt16.self) }
    @inline(__always) var size: Int { Int(at.load(fromByteOffset: 12, as: UInt32.self)) }
    var isExplicit: Bool { traits & Node.explicit != 0 }

    var childCount: UInt32 {
        get { at.load(fromByteOffset: 8, as: UInt32.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: 8, as: UInt32.self) }
    }

    /// Octets of a folded name of `length` octets, whole words.
    @inline(__always)
    static func nameRoom(_ length: Int) -> Int { (length &+ 7) & ~7 }

    @inline(__always)
    var name: UnsafeMutableRawPointer { at + (Node.headerSize &+ setCount &* StoredSet.entrySize) }

    /// Whether the owner is the folded name of `length` octets at `octets`, zeros behind it.
    @inline(__always)
    func isNamed(_ octets: UnsafeRawPointer, length: Int) -> Bool {
        nameLength == length && sameOctets(name, octets, length: length)
    }

    /// The set of a type, nil where the name has none.
    /// - Parameter type: its two octets as they lie in a message.
    @inline(__always)
    func set(wire type: UInt16) -> StoredSet? {
        var entry = at + Node.headerSize
        var left = setCount
        while left > 0 {
            if entry.load(as: UInt16.self) == type { return StoredSet(node: at, entry: entry) }
            entry += StoredSet.entrySize
            left &-= 1
        }
        return nil
    }

    @inline(__always)
    func set(_ type: UInt16) -> StoredSet? { set(wire: type.bigEndian) }

    func set(at index: Int) -> StoredSet {
        StoredSet(node: at, entry: at + (Node.headerSize &+ index &* StoredSet.entrySize))
    }
}

/// A record set in a node.
///
/// Directory entry: type, class and TTL as a message has them (8 octets), records (4), place of the data (4, counted from
/// the node's start; its highest bit: there is glue, whose place stands in the eight octets in front of the data).
///
/// Data of A and AAAA: the addresses, one behind the other. Of every other type: for each record the length of its
/// RDATA (2 octets) and the RDATA, names not compressed. Glue: its number (4), then for each the record (4), the
/// address's length (4), the address (16 octets of room); in the order of the records.
struct StoredSet {
    let node: UnsafeMutableRawPointer
    let entry: UnsafeMutableRawPointer

    static let entrySize = 16
    static let glueSize = 24
    static let hasGlue: UInt32 = 1 << 31

    /// Type, class, TTL: what stands between owner and RDLENGTH.
    @inline(__always) var head: UInt64 { entry.load(as: UInt64.self) }
    @inline(__always) var type: UInt16 { UInt16(bigEndian: entry.load(as: UInt16.self)) }
    @inline(__always) var ttl: UInt32 { UInt32(bigEndian: entry.load(fromByteOffset: 4, as: UInt32.self)) }
    @inline(__always) var count: Int { Int(entry.load(fromByteOffset: 8, as: UInt32.self)) }
    @inline(__always) private var place: UInt32 { entry.load(fromByteOffset: 12, as: UInt32.self) }
    @inline(__always) var data: UnsafeMutableRawPointer { node + Int(place & ~StoredSet.hasGlue) }
    @inline(__always) var glue: UnsafeMutableRawPointer? {
        place & StoredSet.hasGlue == 0 ? nil : node + (data - 8).load(as: Int.self)
    }

    /// Octets of one address where the type has records of one size, else 0.
    @inline(__always)
    static func stride(_ type: UInt16) -> Int { type == 1 ? 4 : type == 28 ? 16 : 0 }
}

/// Whether a folded name that is padded with zeros to whole words is equal to octets that have zeros behind them.
@inline(__always)
func sameOctets(_ padded: UnsafeRawPointer, _ octets: UnsafeRawPointer, length: Int) -> Bool {
    var offset = 0
    while offset < length {
        let word = octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard padded.load(fromByteOffset: offset, as: UInt64.self) == word else { return false }
        offset &+= 8
    }
    return true
}
