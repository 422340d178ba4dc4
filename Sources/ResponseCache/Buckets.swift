import AnswerTable
import Glibc
import Synchronization

/// From a question to its entry: a table of chains, fixed in size. Readers walk a chain while the writer, one at a time,
/// puts entries at its head and takes others out; one that was taken out still leads on to the rest.
struct Buckets: @unchecked Sendable {
    private let words: UnsafeMutableRawPointer
    private let mask: UInt64
    /// The hash's: tenants choose names.
    let key = NameHash.Key()

    /// - Parameter entries: as many as there will be at most.
    init(entries: Int) {
        var count = 64
        while count < entries { count *= 2 }
        words = calloc(count, 8)!
        mask = UInt64(count - 1)
    }

    func deallocate() { free(words) }

    @inline(__always)
    private func head(_ hash: UInt64) -> UnsafeMutablePointer<Atomic<UInt>> {
        (words + Int(truncatingIfNeeded: hash & mask) &* 8).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    /// - Parameter name: lower case, `length` octets, then zeros up to a block.
    @inline(__always)
    func hash(_ name: UnsafeRawPointer, length: Int, question: UInt64) -> UInt64 {
        var state = key.first ^ question
        var offset = 0
        while offset < length {
            state = key.mix(state, name.loadUnaligned(fromByteOffset: offset, as: OctetBlock.self))
            offset &+= 16
        }
        return state
    }

    @inline(__always)
    func find(hash: UInt64, _ name: UnsafeRawPointer, question: UInt64) -> CacheEntry? {
        var found = head(hash).pointee.load(ordering: .sequentiallyConsistent)
        while let address = UnsafeMutableRawPointer(bitPattern: found) {
            let entry = CacheEntry(at: address)
            if entry.hash == hash && entry.question == question && Buckets.isNamed(entry, name) { return entry }
            found = entry.next.pointee.load(ordering: .acquiring)
        }
        return nil
    }

    /// Whether the names are equal where their lengths are.
    @inline(__always)
    private static func isNamed(_ entry: CacheEntry, _ name: UnsafeRawPointer) -> Bool {
        let length = entry.nameLength
        var offset = 0
        var difference = OctetBlock.zero
        while offset < length {
            difference |=
                entry.name.load(fromByteOffset: offset, as: OctetBlock.self)
                ^ name.loadUnaligned(fromByteOffset: offset, as: OctetBlock.self)
            offset &+= 16
        }
        return difference == .zero
    }

    // MARK: The writer's

    func insert(_ entry: CacheEntry) {
        let head = head(entry.hash)
        entry.next.pointee.store(head.pointee.load(ordering: .relaxed), ordering: .relaxed)
        head.pointee.store(UInt(bitPattern: entry.at), ordering: .sequentiallyConsistent)
    }

    func remove(_ entry: CacheEntry) {
        let address = UInt(bitPattern: entry.at)
        var link = head(entry.hash)
        while true {
            let found = link.pointee.load(ordering: .relaxed)
            if found == address { break }
            guard let other = UnsafeMutableRawPointer(bitPattern: found) else { return }
            link = CacheEntry(at: other).next
        }
        link.pointee.store(entry.next.pointee.load(ordering: .relaxed), ordering: .sequentiallyConsistent)
    }

    /// Every entry, in no order.
    func forEach(_ body: (CacheEntry) -> Void) {
        for place in 0...mask {
            var found = head(place).pointee.load(ordering: .relaxed)
            while let address = UnsafeMutableRawPointer(bitPattern: found) {
                let entry = CacheEntry(at: address)
                found = entry.next.pointee.load(ordering: .relaxed)
                body(entry)
            }
        }
    }
}
