/// A name of a zone with its record sets, as it lies in the arena: ready to be copied behind a question.
///
///     offset  octets
///     0       2       zone
///     2       1       length of the owner name
///     3       1       number of record sets
///     4       2       traits
///     6       1       1: the name is there by itself; 0: only because something is below it (empty non-terminal)
///     8       4       names directly below (the writer's; readers never look)
///     12      4       octets of the node
///     16              the owner in folded words, zero behind its end
///                     a directory entry for each set
///                     the sets' data
///
/// A node never changes once a reader can see it, but for the count of names below. To change a name is to publish
/// another node in its place.
struct Node {
    let at: UnsafeMutableRawPointer

    static let headerSize = 16

    @inline(__always) var zone: UInt16 { at.load(as: UInt16.self) }
    @inline(__always) var nameLength: Int { Int(at.load(fromByteOffset: 2, as: UInt8.self)) }
    @inline(__always) var setCount: Int { Int(at.load(fromByteOffset: 3, as: UInt8.self)) }
    @inline(__always) var traits: UInt16 { at.load(fromByteOffset: 4, as: UInt16.self) }
    @inline(__always) var isExplicit: Bool { at.load(fromByteOffset: 6, as: UInt8.self) != 0 }
    @inline(__always) var size: Int { Int(at.load(fromByteOffset: 12, as: UInt32.self)) }
    @inline(__always) var name: UnsafeMutableRawPointer { at + Node.headerSize }

    var childCount: UInt32 {
        get { at.load(fromByteOffset: 8, as: UInt32.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: 8, as: UInt32.self) }
    }

    /// Octets of a folded name of `length` octets, whole words.
    @inline(__always)
    static func nameRoom(_ length: Int) -> Int { (length &+ 7) & ~7 }

    @inline(__always)
    var directory: UnsafeMutableRawPointer { at + (Node.headerSize &+ Node.nameRoom(nameLength)) }

    /// Whether the owner is the folded name of `length` octets at `octets`, one word of room behind it.
    @inline(__always)
    func isNamed(_ octets: UnsafeRawPointer, length: Int) -> Bool {
        nameLength == length && sameOctets(name, octets, length: length)
    }

    /// The set of a type, nil where the name has none.
    @inline(__always)
    func set(_ type: UInt16) -> StoredSet? {
        var entry = directory
        var left = setCount
        while left > 0 {
            if entry.load(as: UInt16.self) == type { return StoredSet(node: at, entry: entry) }
            entry += StoredSet.entrySize
            left &-= 1
        }
        return nil
    }

    func set(at index: Int) -> StoredSet {
        StoredSet(node: at, entry: directory + index * StoredSet.entrySize)
    }
}

/// A record set in a node.
///
/// Directory entry: type (2 octets), 2 free, TTL (4), records (4), place of the data (4) and of the glue (4, 0: none),
/// places counted from the node's start; 4 free. Numbers are the machine's.
///
/// Data of A and AAAA: the addresses, one behind the other. Of every other type: for each record the length of its
/// RDATA (2 octets) and the RDATA, names not compressed. Glue: its number (4), then for each the record (4), the
/// address's length (4), the address (16 octets of room); in the order of the records.
struct StoredSet {
    let node: UnsafeMutableRawPointer
    let entry: UnsafeMutableRawPointer

    static let entrySize = 24
    static let glueSize = 24

    @inline(__always) var type: UInt16 { entry.load(as: UInt16.self) }
    @inline(__always) var ttl: UInt32 { entry.load(fromByteOffset: 4, as: UInt32.self) }
    @inline(__always) var count: Int { Int(entry.load(fromByteOffset: 8, as: UInt32.self)) }
    @inline(__always) var data: UnsafeMutableRawPointer {
        node + Int(entry.load(fromByteOffset: 12, as: UInt32.self))
    }
    @inline(__always) var glue: UnsafeMutableRawPointer? {
        let place = Int(entry.load(fromByteOffset: 16, as: UInt32.self))
        return place == 0 ? nil : node + place
    }

    /// Octets of one address where the type has records of one size, else 0.
    @inline(__always)
    static func stride(_ type: UInt16) -> Int { type == 1 ? 4 : type == 28 ? 16 : 0 }
}

/// Whether folded octets are equal to a folded name that is padded with zeros to whole words.
/// `octets` may stand at any place and has a word of room behind it.
@inline(__always)
func sameOctets(_ padded: UnsafeRawPointer, _ octets: UnsafeRawPointer, length: Int) -> Bool {
    var offset = 0
    while offset &+ 8 <= length {
        let word = octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard padded.load(fromByteOffset: offset, as: UInt64.self) == word else { return false }
        offset &+= 8
    }
    guard offset < length else { return true }
    let word = octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & NameHash.mask(octets: length &- offset)
    return padded.load(fromByteOffset: offset, as: UInt64.self) == word
}
