import Synchronization

/// What a reader needs to know of a zone. It lies in the arena and lives as long as a reader may see it.
///
///     offset  octets
///     0       4       the cell's own reference, as nodes carry it
///     4       4       length of the origin
///     8       4       the apex node (changes with the serial)
///     12      4       flags, and above them the tag of the readers that it answers directly
///     16      4       the cell of the zone that keeps why this one denies something; 0: nobody says why
///     24              the origin in folded words
struct ZoneCell {
    let at: UnsafeMutableRawPointer

    static let size = 24 + 256
    /// What is not there may yet come: negative answers are SERVFAIL.
    static let isSyncing: UInt32 = 1
    /// The zone has wildcards or zone cuts, so the names above a name have to be looked at.
    static let hasCutsOrWildcards: UInt32 = 2
    /// What the zone does not have may be asked of somebody else.
    static let mayFallThrough: UInt32 = 4
    /// Of a zone that keeps reasons: what is elsewhere is nobody's business.
    static let keepsPlaces: UInt32 = 8
    /// Where the tag begins: 24 bits, 0 is nobody's.
    static let tagShift: UInt32 = 8

    @inline(__always) var reference: Arena.Reference { at.load(as: Arena.Reference.self) }
    @inline(__always) var length: Int { Int(at.load(fromByteOffset: 4, as: UInt32.self)) }
    @inline(__always) var origin: UnsafeMutableRawPointer { at + 24 }

    /// Whether a name is the origin or below it.
    @inline(__always)
    func holds(_ name: FoldedName) -> Bool {
        let start = name.length &- length
        return start >= 0 && sameOctets(origin, name.words + start, length: length) && name.hasLabel(at: start)
    }

    @inline(__always) var apex: UnsafeMutablePointer<Atomic<UInt32>> {
        (at + 8).assumingMemoryBound(to: Atomic<UInt32>.self)
    }
    @inline(__always) var flags: UnsafeMutablePointer<Atomic<UInt32>> {
        (at + 12).assumingMemoryBound(to: Atomic<UInt32>.self)
    }
    @inline(__always) var reasons: UnsafeMutablePointer<Atomic<UInt32>> {
        (at + 16).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Whether a name of this zone that was found is the answer to a reader, whatever else there is.
    /// - Parameter word: `directWord` of the reader's tag.
    @inline(__always)
    func answersDirectly(_ word: UInt32) -> Bool {
        flags.pointee.load(ordering: .relaxed) & (0xFFFF_FF00 | ZoneCell.hasCutsOrWildcards) == word
    }

    @inline(__always) var fallsThrough: Bool {
        flags.pointee.load(ordering: .relaxed) & ZoneCell.mayFallThrough != 0
    }

    @inline(__always)
    static func directWord(tag: UInt32) -> UInt32 { tag &<< tagShift }

    /// Writer: whom the zone answers directly, and whether denials too.
    func setTag(_ tag: UInt32, mayFallThrough: Bool) {
        let old = flags.pointee.load(ordering: .relaxed) & 0xFF & ~ZoneCell.mayFallThrough
        flags.pointee.store(
            old | ZoneCell.directWord(tag: tag) | (mayFallThrough ? ZoneCell.mayFallThrough : 0),
            ordering: .sequentiallyConsistent)
    }

    static func make(at: UnsafeMutableRawPointer, _ reference: Arena.Reference, origin: FoldedName, flags: UInt32)
        -> ZoneCell
    {
        at.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        at.storeBytes(of: reference, as: Arena.Reference.self)
        at.storeBytes(of: UInt32(origin.length), toByteOffset: 4, as: UInt32.self)
        at.storeBytes(of: flags, toByteOffset: 12, as: UInt32.self)
        (at + 24).copyMemory(from: origin.words, byteCount: wholeWords(origin.length))
        return ZoneCell(at: at)
    }
}

/// The zones that are served, the longest origin first; of two with one origin the one that is asked first stands first.
/// A block with their number and the addresses of their cells, published as a whole.
struct ZoneList {
    let block: UnsafeMutableRawPointer

    @inline(__always) var count: Int { block.load(as: Int.self) }

    @inline(__always)
    subscript(index: Int) -> ZoneCell {
        ZoneCell(at: block.load(fromByteOffset: 8 &+ index &* 8, as: UnsafeMutableRawPointer.self))
    }

    static func make(_ cells: [ZoneCell]) -> ZoneList {
        let block = UnsafeMutableRawPointer.allocate(byteCount: 8 + cells.count * 8, alignment: 8)
        block.storeBytes(of: cells.count, as: Int.self)
        for (index, cell) in cells.enumerated() {
            block.storeBytes(of: cell.at, toByteOffset: 8 + index * 8, as: UnsafeMutableRawPointer.self)
        }
        return ZoneList(block: block)
    }

    /// The place of the first zone, from `first` on, that a name is in and whose origin is shorter than `limit` octets.
    @inline(__always)
    func place(of name: FoldedName, from first: Int = 0, shorterThan limit: Int = .max) -> Int? {
        var place = first
        let count = self.count
        while place < count {
            let zone = self[place]
            let length = zone.length
            if length < limit && zone.holds(name) { return place }
            place &+= 1
        }
        return nil
    }
}
