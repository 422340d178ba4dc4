import Glibc
import Synchronization

/// From a name's hash to its node (or suffix): an open-addressing table of words, each a tag (the hash's high half) and an arena
/// reference. The tag's low bits are the word's place, so that a larger table is filled from the words alone. Readers probe
/// it while the writer changes it one word at a time.
///
/// When it is three quarters full, the writer fills one of twice the size and publishes that; the old one is freed when
/// its readers have passed. So a change costs one word, and now and then, spread over as many changes as there are
/// names, a copy.
struct NameIndex {
    static let empty: UInt64 = 0
    /// A word that was taken out: it leads to nowhere in the arena, where nothing has any name. Probing goes on behind it.
    static let removed: UInt64 = 1 << 32
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

    /// What is stored under a hash and is what is looked for.
    @inline(__always)
    func find(
        hash: UInt64, in arena: UnsafeMutableRawPointer, where isWanted: (UnsafeMutableRawPointer) -> Bool
    ) -> UnsafeMutableRawPointer? {
        let mask = self.mask
        let tag = hash &>> 32
        var place = tag & mask
        while true {
            let found = word(place).pointee.load(ordering: .acquiring)
            if found == NameIndex.empty { return nil }
            if found &>> 32 == tag {
                let stored = arena + Int(truncatingIfNeeded: found & 0xFFFF_FFFF) &* Arena.unit
                if isWanted(stored) { return stored }
            }
            place = (place &+ 1) & mask
        }
    }

    /// The node of a name.
    /// - Parameters:
    ///   - zone: the zone it has to be of; nil: the first that is found, of whatever zone.
    ///   - octets: the folded name, zeros behind it.
    @inline(__always)
    func find(
        hash: UInt64, zone: Arena.Reference?, _ octets: UnsafeRawPointer, length: Int, arena: UnsafeMutableRawPointer
    ) -> Node? {
        find(hash: hash, in: arena) { stored in
            let node = Node(at: stored)
            return node.isNamed(octets, length: length, in: arena)
                && zone.map { $0 == node.suffix(in: arena).zone } ?? true
        }.map(Node.init)
    }

    /// The words in use with their places, in no order.
    func forEach(_ body: (_ place: UInt64, _ word: UInt64) -> Void) {
        for place in 0..<UInt64(capacity) {
            let word = word(place).pointee.load(ordering: .relaxed)
            if word != NameIndex.empty && word != NameIndex.removed { body(place, word) }
        }
    }

    /// An index with the same content and room for as much again, without removed words.
    func grown(live: Int) -> NameIndex {
        var larger = capacity
        while live * 2 >= larger { larger *= 2 }
        let new = NameIndex.make(capacity: larger)
        forEach { _ = new.insert($1) }
        return new
    }

    /// Takes a reference out. - Returns: false where it is not in the index.
    func remove(hash: UInt64, _ reference: Arena.Reference) -> Bool {
        guard let place = place(hash: hash, of: reference) else { return false }
        remove(at: place)
        return true
    }

    func remove(at place: UInt64) { word(place).pointee.store(NameIndex.removed, ordering: .releasing) }

    /// The word of a node: its hash's high half as the tag, and its reference.
    static func word(hash: UInt64, _ reference: Arena.Reference) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(reference)
    }

    /// Where the word of a node stands; nil where it is not in the index.
    func place(hash: UInt64, of reference: Arena.Reference) -> UInt64? {
        var place = hash &>> 32 & mask
        while true {
            let found = word(place).pointee.load(ordering: .relaxed)
            if found == NameIndex.word(hash: hash, reference) { return place }
            if found == NameIndex.empty { return nil }
            place = (place &+ 1) & mask
        }
    }

    /// Writes a word into the first free place of its run.
    /// - Returns: whether a removed word's place was used again.
    func insert(_ new: UInt64) -> Bool {
        var place = new &>> 32 & mask
        while true {
            let found = word(place).pointee.load(ordering: .relaxed)
            if found == NameIndex.empty || found == NameIndex.removed {
                word(place).pointee.store(new, ordering: .releasing)
                return found == NameIndex.removed
            }
            place = (place &+ 1) & mask
        }
    }
}
