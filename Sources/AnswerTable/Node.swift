/// A name of a zone with its record sets, as it lies in the arena: ready to be copied behind a question.
///
///     offset  octets
///     0       4       the name without its first label (`Suffix`)
///     4       1       octets of the first label with its length octet; 1 for the root
///     5       1       words of the directory
///     6       2       traits; `explicit` and `splitsTarget` among them
///     8               the directory: two words for each set, or one word for a single record (`StoredSet`)
///                     the owner in folded words, as many as the first label reaches into
///                     the sets' data
///
/// A node never changes once a reader can see it. To change a name is to publish another node in its place.
struct Node {
    let at: UnsafeMutableRawPointer

    static let headerSize = 8
    /// The name is there by itself; without it, only because something is below it (empty non-terminal).
    static let explicit: UInt16 = 0x8000
    /// The single record's target ends in a suffix that is stored elsewhere.
    static let splitsTarget: UInt16 = 0x4000

    @inline(__always) var suffix: Arena.Reference { at.load(as: Arena.Reference.self) }
    @inline(__always) var labelLength: Int { Int(at.load(fromByteOffset: 4, as: UInt8.self)) }
    @inline(__always) var directoryWords: Int { Int(at.load(fromByteOffset: 5, as: UInt8.self)) }
    @inline(__always) var traits: UInt16 { at.load(fromByteOffset: 6, as: UInt16.self) }
    var setCount: Int { (directoryWords + 1) / 2 }
    var isExplicit: Bool { traits & Node.explicit != 0 }

    static func writeHeader(
        to at: UnsafeMutableRawPointer, suffix: Arena.Reference, label: Int, directoryWords: Int, traits: UInt16
    ) {
        at.storeBytes(of: suffix, as: Arena.Reference.self)
        at.storeBytes(of: UInt8(label), toByteOffset: 4, as: UInt8.self)
        at.storeBytes(of: UInt8(directoryWords), toByteOffset: 5, as: UInt8.self)
        at.storeBytes(of: traits, toByteOffset: 6, as: UInt16.self)
    }

    @inline(__always)
    func suffix(in arena: UnsafeMutableRawPointer) -> Suffix { Suffix(at: arena + Int(suffix) &* Arena.unit) }

    @inline(__always)
    var label: UnsafeMutableRawPointer { at + (Node.headerSize &+ directoryWords &* 8) }

    /// Whether the owner is the folded name of `length` octets at `octets`, zeros behind it.
    @inline(__always)
    func isNamed(_ octets: UnsafeRawPointer, length: Int, in arena: UnsafeMutableRawPointer) -> Bool {
        let first = labelLength
        guard first == 1 &+ Int(octets.load(as: UInt8.self)) else { return false }
        let suffix = suffix(in: arena)
        return suffix.length == length &- first && sameOctets(suffix.name, octets + first, length: length &- first)
            && sameOctets(label, octets, length: first)
    }

    /// The set of a type, nil where the name has none.
    /// - Parameter type: its two octets as they lie in a message.
    @inline(__always)
    func set(wire type: UInt16) -> StoredSet? {
        var entry = at + Node.headerSize
        var words = directoryWords
        while words > 0 {
            if entry.load(as: UInt16.self) == type { return StoredSet(node: self, entry: entry) }
            entry += StoredSet.entrySize
            words &-= 2
        }
        return nil
    }

    @inline(__always)
    func set(_ type: UInt16) -> StoredSet? { set(wire: type.bigEndian) }

    func set(at index: Int) -> StoredSet {
        StoredSet(node: self, entry: at + (Node.headerSize &+ index &* StoredSet.entrySize))
    }

    /// Octets of the node.
    var size: Int {
        (0..<setCount).reduce(label - at + wholeWords(labelLength)) { $0 + set(at: $1).room }
    }
}

/// A name that others are directly below: what these have in common, stored once. In RDATA it stands for the end of a
/// target's name.
///
///     offset  octets
///     0       4       the zone's cell
///     4       4       names directly below (the writer's; readers never look)
///     8       4       uses in RDATA (the writer's)
///     12      4       length of the name; 0 above the root
///     16              the name in folded words, zero behind its end
struct Suffix {
    let at: UnsafeMutableRawPointer

    static let headerSize = 16

    @inline(__always) var zone: Arena.Reference { at.load(as: Arena.Reference.self) }
    @inline(__always) var length: Int { Int(at.load(fromByteOffset: 12, as: UInt32.self)) }
    @inline(__always) var name: UnsafeMutableRawPointer { at + Suffix.headerSize }
    var size: Int { Suffix.size(length: length) }

    var names: UInt32 {
        get { at.load(fromByteOffset: 4, as: UInt32.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: 4, as: UInt32.self) }
    }
    var uses: UInt32 {
        get { at.load(fromByteOffset: 8, as: UInt32.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: 8, as: UInt32.self) }
    }

    static func size(length: Int) -> Int { headerSize + wholeWords(length) }
}

/// Octets rounded up to whole words.
@inline(__always)
func wholeWords(_ octets: Int) -> Int { (octets &+ 7) & ~7 }

/// Whether the words that `length` octets reach into are equal. Of a whole name these have zeros behind its end.
@inline(__always)
func sameOctets(_ words: UnsafeRawPointer, _ octets: UnsafeRawPointer, length: Int) -> Bool {
    var offset = 0
    while offset < length {
        let word = octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard words.load(fromByteOffset: offset, as: UInt64.self) == word else { return false }
        offset &+= 8
    }
    return true
}
