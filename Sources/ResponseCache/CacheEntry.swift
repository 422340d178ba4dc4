import AnswerTable
import Glibc
import Synchronization

/// A cached answer in memory of its own, 16-octet aligned: these numbers, then the name in lower case with zeros up to a
/// block, then six octets for each record (`Record`), then the records as a message has them, then options.
///
/// The records are what follows a question of that name at offset 12: their compression pointers are true there, whatever
/// the letters' case. But for what readers count, nothing is written once readers can find the entry.
struct CacheEntry: Equatable, @unchecked Sendable {
    let at: UnsafeMutableRawPointer

    /// The store that an entry takes its place in.
    enum Kind: UInt8, Sendable { case success, denial }

    private enum Place {
        static let next = 0
        static let hash = 8
        static let question = 16
        static let expires = 24
        static let until = 32
        static let prefetchFrom = 40
        static let refreshFrom = 48
        static let lastHit = 56
        static let hits = 64
        static let isUsed = 68
        static let ttl = 72
        static let size = 76
        static let length = 80
        static let slot = 84
        static let answers = 88
        static let authorities = 90
        static let additionals = 92
        static let runFirst = 94
        static let runCount = 96
        static let runStride = 98
        static let optionsLength = 100
        static let flags = 102
        static let kind = 104
        static let name = 112
    }

    /// One record's numbers: where its TTL is, where it ends, both from the end of the question, and the first record of
    /// its set; 16 bits each.
    static let recordSize = 6

    /// An entry with room for its parts; everything in it is 0.
    init(nameLength: Int, records: Int, length: Int, optionsLength: Int) {
        let blocks = (nameLength + 15) & ~15
        let size = Place.name + blocks + records * CacheEntry.recordSize + length + optionsLength
        at = calloc(1, size)!
        at.storeBytes(of: UInt32(size), toByteOffset: Place.size, as: UInt32.self)
        at.storeBytes(of: UInt32(length), toByteOffset: Place.length, as: UInt32.self)
        at.storeBytes(of: UInt16(optionsLength), toByteOffset: Place.optionsLength, as: UInt16.self)
    }

    @inline(__always)
    init(at: UnsafeMutableRawPointer) { self.at = at }

    func deallocate() { free(at) }

    // MARK: What is said once

    /// The question, as one number: the name's octets, CD, DO, type.
    @inline(__always)
    static func question(nameLength: Int, type: UInt16, dnssecOK: Bool, checkingDisabled: Bool) -> UInt64 {
        UInt64(truncatingIfNeeded: nameLength) | (checkingDisabled ? 1 << 16 : 0) | (dnssecOK ? 1 << 17 : 0)
            | UInt64(type) &<< 32
    }

    @inline(__always) private func number(_ place: Int) -> Int { at.load(fromByteOffset: place, as: Int.self) }
    @inline(__always) private func half(_ place: Int) -> Int {
        Int(at.load(fromByteOffset: place, as: UInt16.self))
    }
    private func set(_ place: Int, half value: Int) {
        at.storeBytes(of: UInt16(value), toByteOffset: place, as: UInt16.self)
    }

    /// Of name and question.
    var hash: UInt64 {
        @inline(__always) get { at.load(fromByteOffset: Place.hash, as: UInt64.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.hash, as: UInt64.self) }
    }
    var question: UInt64 {
        @inline(__always) get { at.load(fromByteOffset: Place.question, as: UInt64.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.question, as: UInt64.self) }
    }
    @inline(__always) var nameLength: Int { Int(truncatingIfNeeded: question & 0xFFFF) }
    @inline(__always) var name: UnsafeMutableRawPointer { at + Place.name }
    /// The second in which nothing of the TTL is left.
    var expires: Int {
        @inline(__always) get { number(Place.expires) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.expires, as: Int.self) }
    }
    /// The second from which the entry is of no use, not even stale.
    var until: Int {
        @inline(__always) get { number(Place.until) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.until, as: Int.self) }
    }
    /// The second from which so little of the TTL is left that it is worth fetching again.
    var prefetchFrom: Int {
        @inline(__always) get { number(Place.prefetchFrom) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.prefetchFrom, as: Int.self) }
    }
    /// When it was kept, seconds.
    var ttl: UInt32 {
        @inline(__always) get { at.load(fromByteOffset: Place.ttl, as: UInt32.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.ttl, as: UInt32.self) }
    }
    /// Octets of memory.
    var size: Int { Int(at.load(fromByteOffset: Place.size, as: UInt32.self)) }
    /// The second 16 bits of the header that the upstream sent.
    var flags: UInt16 {
        @inline(__always) get { at.load(fromByteOffset: Place.flags, as: UInt16.self) }
        nonmutating set { at.storeBytes(of: newValue, toByteOffset: Place.flags, as: UInt16.self) }
    }
    var kind: Kind {
        @inline(__always) get { at.load(fromByteOffset: Place.kind, as: UInt8.self) == 0 ? .success : .denial }
        nonmutating set { at.storeBytes(of: newValue.rawValue, toByteOffset: Place.kind, as: UInt8.self) }
    }
    /// SERVFAIL or NOTIMP.
    var isFailure: Bool { flags & 15 == 2 || flags & 15 == 4 }

    // MARK: Records

    @inline(__always) var answers: Int { half(Place.answers) }
    @inline(__always) var authorities: Int { half(Place.authorities) }
    @inline(__always) var additionals: Int { half(Place.additionals) }
    @inline(__always) var recordCount: Int { answers &+ authorities &+ additionals }
    /// Octets of all records.
    @inline(__always) var length: Int { Int(at.load(fromByteOffset: Place.length, as: UInt32.self)) }
    @inline(__always) var octets: UnsafeMutableRawPointer {
        records + recordCount &* CacheEntry.recordSize
    }
    @inline(__always) var options: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: octets + length, count: half(Place.optionsLength))
    }
    /// The numbers of the first record; `recordSize` octets on, those of the next.
    @inline(__always) var records: UnsafeMutableRawPointer { name + ((nameLength &+ 15) & ~15) }

    @inline(__always)
    private func record(_ index: Int, _ word: Int) -> Int {
        Int(records.loadUnaligned(fromByteOffset: index &* CacheEntry.recordSize &+ word &* 2, as: UInt16.self))
    }
    @inline(__always) func end(_ record: Int) -> Int { self.record(record, 1) }
    @inline(__always) func firstOfSet(_ record: Int) -> Int { self.record(record, 2) }

    /// Comes before every `setRecord`.
    func setCounts(answers: Int, authorities: Int, additionals: Int) {
        set(Place.answers, half: answers)
        set(Place.authorities, half: authorities)
        set(Place.additionals, half: additionals)
    }

    func setRecord(_ index: Int, ttlPlace: Int, end: Int, firstOfSet: Int) {
        for (word, value) in [ttlPlace, end, firstOfSet].enumerated() {
            records.storeBytes(
                of: UInt16(value), toByteOffset: index * CacheEntry.recordSize + word * 2, as: UInt16.self)
        }
    }

    /// Addresses of one owner and type, all of one length, that may stand in any order.
    struct Run: Equatable {
        /// The first one's number among the records.
        let first: Int
        /// 0 where there is no such run.
        let count: Int
        /// Octets of each record.
        let stride: Int
    }

    var run: Run {
        @inline(__always) get {
            Run(first: half(Place.runFirst), count: half(Place.runCount), stride: half(Place.runStride))
        }
        nonmutating set {
            set(Place.runFirst, half: newValue.first)
            set(Place.runCount, half: newValue.count)
            set(Place.runStride, half: newValue.stride)
        }
    }

    // MARK: What changes

    @inline(__always)
    private func atomic<Value>(_ place: Int, _: Value.Type) -> UnsafeMutablePointer<Atomic<Value>> {
        (at + place).assumingMemoryBound(to: Atomic<Value>.self)
    }

    /// The address of the next entry of the same bucket; 0 at the end.
    @inline(__always) var next: UnsafeMutablePointer<Atomic<UInt>> { atomic(Place.next, UInt.self) }
    /// The second from which somebody may be asked to fetch the answer again.
    @inline(__always) var refreshFrom: UnsafeMutablePointer<Atomic<Int>> { atomic(Place.refreshFrom, Int.self) }
    /// For `prefetch`: the second of the last hit, and hits without a longer pause than the window.
    @inline(__always) var lastHit: UnsafeMutablePointer<Atomic<Int>> { atomic(Place.lastHit, Int.self) }
    @inline(__always) var hits: UnsafeMutablePointer<Atomic<UInt32>> { atomic(Place.hits, UInt32.self) }
    /// Set by each hit, taken back by the clock's hand.
    @inline(__always) var isUsed: UnsafeMutablePointer<Atomic<UInt32>> { atomic(Place.isUsed, UInt32.self) }
    /// The writer's: its place in the store.
    var slot: Int {
        get { Int(at.load(fromByteOffset: Place.slot, as: UInt32.self)) }
        nonmutating set { at.storeBytes(of: UInt32(newValue), toByteOffset: Place.slot, as: UInt32.self) }
    }
}
