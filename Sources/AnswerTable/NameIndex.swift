import Glibc
import Synchronization

/// From a name's hash to its node: an open-addressing table of words, each a tag (the hash's high half) and an arena
/// reference. Readers probe it while the writer changes it one word at a time.
///
/// When it is three quarters full, the writer fills one of twice the size and publishes that; the old one is freed when
/// its readers have passed. So a change costs one word, and now and then, spread over as many changes as there are
/// names, a copy.
struct NameIndex {
    static let empty: UInt64 = 0
    /// A word that was taken out; probing goes on behind it.
    static let removed: UInt64 = 0xFFFF_FFFF
    private static let headerSize = 64

    /// The mask in the first word, the words from octet 64 on.
    let block: UnsafeMutableRawPointer

    init(block: UnsafeMutableRawPointer) { self.block = block }

    /// - Parameter capacity: a power of two.
    static func make(capacity: Int) -> NameIndex {
        let block = calloc(1, headerSize + capacity * 8)!
        block.storeBytes(of: UInt64(capacity - 1), as: UInt64.self)
        return NameIndex(block: block)
    }

    @inline(__always) var mask: UInt64 { block.load(as: UInt64.self) }
    var capacity: Int { Int(mask) + 1 }

    @inline(__always)
    func word(_ place: UInt64) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (block + (NameIndex.headerSize &+ Int(truncatingIfNeeded: place) &* 8))
            .assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// The node of a name.
    /// - Parameters:
    ///   - zone: the zone it has to be of; nil: the first that is found, of whatever zone.
    ///   - octets: the folded name, zeros behind it.
    @inline(__always)
    func find(
        hash: UInt64, zone: Arena.Reference?, _ octets: UnsafeRawPointer, length: Int, arena: UnsafeMutableRawPointer
    ) -> Node? {
        let mask = self.mask
        let tag = hash &>> 32
        var place = hash & mask
        while true {
            let found = word(place).pointee.load(ordering: .acquiring)
            if found == NameIndex.empty { return nil }
            if found &>> 32 == tag && found != NameIndex.removed {
                let reference = found & 0xFFFF_FFFF
                let node = Node(at: arena + Int(truncatingIfNeeded: reference) &* Arena.unit)
                if node.isNamed(octets, length: length) && zone.map({ $0 == node.zone }) ?? true { return node }
            }
            place = (place &+ 1) & mask
        }
    }

    /// The word of a node: its hash's high half as the tag, and its reference.
    static func word(hash: UInt64, _ reference: Arena.Reference) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(reference)
    }

    /// Where the word of a node stands; nil where it is not in the index.
    func place(hash: UInt64, of reference: Arena.Reference) -> UInt64? {
        var place = hash & mask
        while true {
            let found = word(place).pointee.load(ordering: .relaxed)
            if found == NameIndex.word(hash: hash, reference) { return place }
            if found == NameIndex.empty { return nil }
            place = (place &+ 1) & mask
        }
    }

    /// Writes a word into the first free place of its run.
    /// - Returns: whether a removed word's place was used again.
    func insert(hash: UInt64, _ reference: Arena.Reference) -> Bool {
        var place = hash & mask
        while true {
            let found = word(place).pointee.load(ordering: .relaxed)
            if found == NameIndex.empty || found == NameIndex.removed {
                word(place).pointee.store(NameIndex.word(hash: hash, reference), ordering: .releasing)
                return found == NameIndex.removed
            }
            place = (place &+ 1) & mask
        }
    }
}
