import Glibc
import Synchronization

/// What a reader needs to know of a zone. It lies in memory of its own, which lives as long as a reader may see it.
///
///     offset  octets
///     0       2       the zone's number, as nodes carry it
///     2       1       length of the origin
///     3       1       labels of the origin
///     8       8       salt that the zone's names are hashed with
///     16      4       the apex node (changes with the serial)
///     20      4       flags
///     24              the origin in folded words
struct ZoneCell {
    let at: UnsafeMutableRawPointer

    static let size = 24 + 256
    /// What is not there may yet come: negative answers are SERVFAIL.
    static let isSyncing: UInt32 = 1
    /// The zone has wildcards or zone cuts, so the names above a name have to be looked at.
    static let hasCutsOrWildcards: UInt32 = 2

    @inline(__always) var number: UInt16 { at.load(as: UInt16.self) }
    @inline(__always) var length: Int { Int(at.load(fromByteOffset: 2, as: UInt8.self)) }
    @inline(__always) var labelCount: Int { Int(at.load(fromByteOffset: 3, as: UInt8.self)) }
    @inline(__always) var salt: UInt64 { at.load(fromByteOffset: 8, as: UInt64.self) }
    @inline(__always) var origin: UnsafeMutableRawPointer { at + 24 }

    @inline(__always) var apex: UnsafeMutablePointer<Atomic<UInt32>> {
        (at + 16).assumingMemoryBound(to: Atomic<UInt32>.self)
    }
    @inline(__always) var flags: UnsafeMutablePointer<Atomic<UInt32>> {
        (at + 20).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// The hash under which the index has a name of this zone.
    @inline(__always)
    func hash(_ nameHash: UInt64) -> UInt64 { NameHash.mix(nameHash, salt) }

    static func make(number: UInt16, origin: FoldedName, salt: UInt64, flags: UInt32) -> ZoneCell {
        let at = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        at.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        at.storeBytes(of: number, as: UInt16.self)
        at.storeBytes(of: UInt8(origin.length), toByteOffset: 2, as: UInt8.self)
        at.storeBytes(of: UInt8(origin.labelCount), toByteOffset: 3, as: UInt8.self)
        at.storeBytes(of: salt, toByteOffset: 8, as: UInt64.self)
        at.storeBytes(of: flags, toByteOffset: 20, as: UInt32.self)
        (at + 24).copyMemory(from: origin.words, byteCount: Node.nameRoom(origin.length))
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

    /// The place of the first zone, from `first` on, that a name with at most `labels` labels in its origin is in.
    @inline(__always)
    func place(of name: FoldedName, from first: Int = 0, labels: Int = .max) -> Int? {
        var place = first
        let count = self.count
        while place < count {
            let zone = self[place]
            let zoneLabels = zone.labelCount
            if zoneLabels <= name.labelCount && zoneLabels <= labels {
                let start = Int(name.starts[name.labelCount &- zoneLabels])
                if name.length &- start == zone.length
                    && sameOctets(zone.origin, name.words + start, length: zone.length)
                {
                    return place
                }
            }
            place &+= 1
        }
        return nil
    }
}
