import DNSWire
import NetworkAddress

/// Queries that came again: the same client, port, id and question within 8 s. Bounded: 65,536 are remembered, the older
/// half goes.
package struct Retransmits: Sendable {
    private struct Key: Hashable, Sendable {
        var client: IPAddress
        var port: UInt16
        var id: UInt16
        var question: Question?
    }

    private static let capacity = 65_536
    private static let patience: Int64 = 8_000_000_000
    /// 5 s is what libcs wait before they ask again (resolv.conf(5), RES_TIMEOUT): the first datagram, or its answer, was
    /// lost on the way, as by the race of two of a socket's first datagrams in conntrack.
    private static let timeout: ClosedRange<Int64> = 4_900_000_000...5_100_000_000

    private var young: [Key: Int64] = [:]
    private var old: [Key: Int64] = [:]
    package private(set) var count = 0
    /// Those that came about 5 s after the time before.
    package private(set) var afterTimeout = 0

    package init() {}

    package mutating func note(_ record: QueryRecord) {
        guard !record.isStream, record.question != nil else { return }
        let key = Key(client: record.client, port: record.port, id: record.id, question: record.question)
        // When it was asked, not when it was answered.
        let asked = record.time - record.duration
        if let before = young[key] ?? old[key], asked - before <= Retransmits.patience {
            count += 1
            if Retransmits.timeout.contains(asked - before) { afterTimeout += 1 }
        }
        young[key] = asked
        guard young.count > Retransmits.capacity / 2 else { return }
        old = young
        young = [:]
    }

    /// Counts from 0 again, and remembers what came.
    package mutating func restart() { (count, afterTimeout) = (0, 0) }
}
