import Synchronization

/// What one worker did not answer. It alone writes, anybody may read.
final class WorkerCounters: Sendable {
    private let droppedMessages = Atomic<Int>(0)
    private let unsentAnswers = Atomic<Int>(0)
    private let evictions = Atomic<Int>(0)

    @inline(__always)
    private func increment(_ number: borrowing Atomic<Int>) {
        number.store(number.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    func countDropped() { increment(droppedMessages) }
    func countUnsent() { increment(unsentAnswers) }
    func countEvictedConnection() { increment(evictions) }

    var losses: Losses {
        Losses(
            dropped: droppedMessages.load(ordering: .relaxed), unsent: unsentAnswers.load(ordering: .relaxed),
            evictedConnections: evictions.load(ordering: .relaxed))
    }
}

/// Messages and connections that came to nothing, since the start.
package struct Losses: Sendable {
    /// Messages that get no answer: responses, less than a header, queries that `acl` drops.
    package var dropped = 0
    /// Answers that the kernel did not take.
    package var unsent = 0
    /// TCP connections closed because there were too many.
    package var evictedConnections = 0

    static func + (a: Losses, b: Losses) -> Losses {
        Losses(
            dropped: a.dropped + b.dropped, unsent: a.unsent + b.unsent,
            evictedConnections: a.evictedConnections + b.evictedConnections)
    }
}
