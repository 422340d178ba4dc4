/// A name in lower case and cut into words, as the table compares and hashes it: the reader's and the writer's scratch.
///
/// A name's length octets are below 64, so below every capital letter: the whole wire form is folded eight octets at a
/// step without looking at labels (RFC 4343: only ASCII letters fold). Octets behind the end are zero up to the next
/// word, and one word of room follows the longest name, so that a word may be loaded from any place in it.
struct FoldedName {
    /// Room for 255 octets, rounded up, and one word more.
    static let capacity = 272
    /// A name has at most 127 labels; the last entry is where the root's octet stands.
    static let maximumLabels = 128

    let words: UnsafeMutableRawPointer
    /// Offset of each label in the name; `starts[labelCount]` is the root's.
    let starts: UnsafeMutablePointer<UInt8>
    /// Octets of the wire form, the root's included.
    var length = 0
    var labelCount = 0
    /// The hash of the whole name, before a zone's salt is mixed in.
    var hash: UInt64 = 0

    private let key: UInt64

    /// - Parameter key: the table's hash key.
    init(key: UInt64) {
        self.key = key
        words = UnsafeMutableRawPointer.allocate(byteCount: FoldedName.capacity, alignment: 16)
        words.initializeMemory(as: UInt8.self, repeating: 0, count: FoldedName.capacity)
        starts = UnsafeMutablePointer<UInt8>.allocate(capacity: FoldedName.maximumLabels)
        starts.initialize(repeating: 0, count: FoldedName.maximumLabels)
    }

    func deallocate() {
        words.deallocate()
        starts.deallocate()
    }

    /// Reads the uncompressed name at `source`, at most `available` octets.
    /// `source` must have 8 readable octets behind `available`.
    /// - Returns: false where there is no whole name, or a label type that does not exist.
    @inline(__always)
    mutating func read(_ source: UnsafeRawPointer, available: Int) -> Bool {
        let limit = min(available, 255)
        var at = 0
        var labels = 0
        while true {
            guard at < limit else { return false }
            let size = Int(source.load(fromByteOffset: at, as: UInt8.self))
            starts[labels] = UInt8(truncatingIfNeeded: at)
            at &+= 1
            if size == 0 { break }
            guard size < 64 else { return false }
            at &+= size
            labels &+= 1
        }
        labelCount = labels
        length = at

        var hash = key
        var offset = 0
        while offset &+ 8 <= at {
            let word = NameHash.fold(source.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            words.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            hash = NameHash.mix(hash, word)
            offset &+= 8
        }
        if offset < at {
            let word =
                NameHash.fold(source.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                & NameHash.mask(octets: at &- offset)
            words.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            hash = NameHash.mix(hash, word)
            offset &+= 8
        }
        words.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
        self.hash = hash
        return true
    }

    /// The hash of the name without its first labels, as `read` would have made it.
    func hash(from start: Int) -> UInt64 {
        NameHash.hash(words + start, length: length - start, key: key)
    }
}

/// A multiply-and-fold hash (after wyhash), begun with a key that each table draws: tenants choose names.
enum NameHash {
    @inline(__always)
    static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }

    /// Eight octets in lower case: bit 7 of each octet says whether it is a capital letter, moved to bit 5 it is the
    /// difference.
    @inline(__always)
    static func fold(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let capital =
            ~word & 0x8080_8080_8080_8080
            & ((low &+ 0x2525_2525_2525_2525) ^ (low &+ 0x3F3F_3F3F_3F3F_3F3F))
        return word | (capital &>> 2)
    }

    /// The first 1 to 8 octets of a word as loaded from memory (little endian).
    @inline(__always)
    static func mask(octets: Int) -> UInt64 {
        UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* octets)
    }

    /// The hash of folded octets; `length` at least 1, a word may be loaded at the last octet.
    @inline(__always)
    static func hash(_ octets: UnsafeRawPointer, length: Int, key: UInt64) -> UInt64 {
        var hash = key
        var offset = 0
        while offset &+ 8 <= length {
            hash = mix(hash, octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        if offset < length {
            let word = octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & mask(octets: length &- offset)
            hash = mix(hash, word)
        }
        return hash
    }
}
