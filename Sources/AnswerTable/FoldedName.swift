/// A name in lower case, as the table compares and hashes it: the reader's and the writer's scratch.
///
/// A name's length octets are below 64, so below every capital letter: the whole wire form is folded sixteen octets at a
/// step without looking at labels (RFC 4343: only ASCII letters fold). Behind the name stand at least sixteen zeros, so
/// that words may be loaded from any place in it, and a name that ends the whole one is padded with zeros like it.
package struct FoldedName {
    /// Room for 255 octets in whole blocks, a block of zeros, and what a load may reach behind that.
    static let capacity = 256 + 16 + 16

    package let words: UnsafeMutableRawPointer
    /// Octets of the wire form, the root's included.
    package private(set) var length = 0
    package private(set) var hash: UInt64 = 0
    private let key: NameHash.Key

    /// - Parameter key: the table's hash key.
    package init(key: NameHash.Key) {
        self.key = key
        words = UnsafeMutableRawPointer.allocate(byteCount: FoldedName.capacity + Window.size, alignment: 16)
        words.initializeMemory(as: UInt8.self, repeating: 0, count: FoldedName.capacity + Window.size)
        (words + FoldedName.capacity).initializeMemory(as: UInt8.self, repeating: 0xFF, count: 16)
    }

    package func deallocate() { words.deallocate() }

    /// Sixteen octets of ones and sixteen of zeros: a load from between them masks the end of a block.
    private enum Window {
        static let middle = FoldedName.capacity + 16
        static let size = 32
    }

    /// Reads the uncompressed name at `source`, at most `available` octets, at least one.
    /// `source` must have 16 readable octets behind `available`.
    /// - Returns: false where there is no whole name, or a label type that does not exist.
    @inline(__always)
    package mutating func read(_ source: UnsafeRawPointer, available: Int) -> Bool {
        let limit = min(available, 255)
        var end = 0
        var sizes = 0
        while true {
            let size = Int(source.load(fromByteOffset: end, as: UInt8.self))
            end &+= 1 &+ size
            if size == 0 { break }
            sizes |= size
            guard end < limit else { return false }
        }
        guard sizes < 64 else { return false }
        length = end

        var state = key.first
        var offset = 0
        let whole = end & ~15
        while offset < whole {
            take(source.loadUnaligned(fromByteOffset: offset, as: OctetBlock.self), at: offset, &state)
            offset &+= 16
        }
        if offset < end {
            let mask = words.loadUnaligned(fromByteOffset: Window.middle &+ offset &- end, as: OctetBlock.self)
            take(source.loadUnaligned(fromByteOffset: offset, as: OctetBlock.self), at: offset, &state, mask)
            offset &+= 16
        }
        words.storeBytes(of: OctetBlock.zero, toByteOffset: offset, as: OctetBlock.self)
        hash = state
        return true
    }

    @inline(__always)
    private func take(
        _ octets: OctetBlock, at offset: Int, _ state: inout UInt64, _ mask: OctetBlock = OctetBlock(repeating: .max)
    ) {
        let block = NameHash.fold(octets) & mask
        words.storeBytes(of: block, toByteOffset: offset, as: OctetBlock.self)
        state = key.mix(state, block)
    }

    /// Octets of the first label with its length: where the name above begins. 1 for the root.
    var firstLabel: Int { 1 &+ Int(words.load(as: UInt8.self)) }

    /// Whether a label of the name, or the root's octet, begins at `offset`.
    func hasLabel(at offset: Int) -> Bool {
        var at = 0
        while at < offset { at &+= 1 &+ Int(words.load(fromByteOffset: at, as: UInt8.self)) }
        return at == offset
    }

    /// The hash of the name from the label at `start` on, as `read` would have made it.
    func hash(from start: Int) -> UInt64 {
        var state = key.first
        var offset = start
        while offset < length {
            state = key.mix(state, words.loadUnaligned(fromByteOffset: offset, as: OctetBlock.self))
            offset &+= 16
        }
        return state
    }
}

/// Sixteen octets as two words, in memory's order.
package typealias OctetBlock = SIMD2<UInt64>

/// A multiply-and-fold hash (after wyhash), keyed by two numbers that each table draws: tenants choose names.
package enum NameHash {
    package struct Key: Sendable {
        package let first = UInt64.random(in: .min ... .max)
        let second = UInt64.random(in: .min ... .max)

        package init() {}

        @inline(__always)
        package func mix(_ state: UInt64, _ block: OctetBlock) -> UInt64 {
            let product = (block.x ^ second).multipliedFullWidth(by: block.y &+ state)
            return product.high ^ product.low
        }
    }

    /// Sixteen octets in lower case: bit 7 of each octet says whether it is a capital letter, moved to bit 5 it is the
    /// difference.
    @inline(__always)
    static func fold(_ block: OctetBlock) -> OctetBlock {
        let low = block & OctetBlock(repeating: 0x7F7F_7F7F_7F7F_7F7F)
        let isCapital =
            ((low &+ OctetBlock(repeating: 0x2525_2525_2525_2525))
                ^ (low &+ OctetBlock(repeating: 0x3F3F_3F3F_3F3F_3F3F)))
            & OctetBlock(repeating: 0x8080_8080_8080_8080) & ~block
        return block | (isCapital &>> OctetBlock(repeating: 2))
    }
}
