import Synchronization

/// What one worker has done; it alone writes, anybody may read.
package final class WorkerCounters: Sendable {
    private let queryCount = Atomic<Int>(0)
    private let dropCount = Atomic<Int>(0)
    private let unsentCount = Atomic<Int>(0)
    private let refusedConnectionCount = Atomic<Int>(0)

    /// Queries that came in, over UDP and TCP.
    package var queries: Int { queryCount.load(ordering: .relaxed) }
    /// Messages that get no answer: responses, less than a header.
    package var dropped: Int { dropCount.load(ordering: .relaxed) }
    /// Answers that the kernel did not take.
    package var unsent: Int { unsentCount.load(ordering: .relaxed) }
    /// TCP connections closed because there were too many.
    package var evictedConnections: Int { refusedConnectionCount.load(ordering: .relaxed) }

    /// One writer: a load and a store are enough.
    @inline(__always)
    private func bump(_ counter: borrowing Atomic<Int>, by amount: Int) {
        counter.store(counter.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    @inline(__always)
    func add(queries: Int, dropped: Int) {
        bump(queryCount, by: queries)
        if dropped > 0 { bump(dropCount, by: dropped) }
    }

    func add(unsent: Int) { bump(unsentCount, by: unsent) }
    func add(evictedConnections: Int) { bump(refusedConnectionCount, by: evictedConnections) }
}
