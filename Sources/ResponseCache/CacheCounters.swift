import Synchronization

/// What one worker has found in a cache, and not found. It alone writes, anybody may read: a load and a store for each
/// number, no lock, no bus lock.
package final class CacheCounters: @unchecked Sendable {
    enum Place: Int {
        case requests, misses, successHits, denialHits, prefetches, servedStale
        static let count = 6
    }

    /// Where the numbers are.
    struct Numbers {
        fileprivate let first: UnsafeMutablePointer<Atomic<Int>>

        @inline(__always)
        func add(_ amount: Int, at place: Place) {
            let number = first + place.rawValue
            number.pointee.store(number.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
        }

        func number(_ place: Place) -> Int { first[place.rawValue].load(ordering: .relaxed) }
    }

    let numbers: Numbers

    package init() {
        // A cache line of its own.
        let room = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        room.initializeMemory(as: Int.self, repeating: 0, count: 8)
        numbers = Numbers(first: room.assumingMemoryBound(to: Atomic<Int>.self))
    }

    deinit { numbers.first.deallocate() }
}

/// A cache's numbers, all readers' added: what METRICS.md calls coredns_cache_*.
package struct CacheStatistics: Equatable, Sendable {
    package struct Store: Equatable, Sendable {
        /// Answers that are kept.
        package var entries = 0
        /// Memory of theirs, octets.
        package var octets = 0
        /// Answers that made room for others while they were of use.
        package var evictions = 0
        package var hits = 0
    }

    package var success = Store()
    package var denial = Store()
    package var requests = 0
    package var misses = 0
    /// Questions that somebody was told to ask again, for a hit or for a stale answer.
    package var prefetches = 0
    /// Responses that did not fit their question.
    package var drops = 0
    package var servedStale = 0

    mutating func add(_ numbers: CacheCounters.Numbers) {
        requests += numbers.number(.requests)
        misses += numbers.number(.misses)
        success.hits += numbers.number(.successHits)
        denial.hits += numbers.number(.denialHits)
        prefetches += numbers.number(.prefetches)
        servedStale += numbers.number(.servedStale)
    }
}
