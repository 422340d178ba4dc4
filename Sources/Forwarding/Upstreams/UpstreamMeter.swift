import DNSWire
import Synchronization

/// What one upstream was asked and said, counted.
package struct UpstreamMeasures: Sendable {
    /// Times from query to answer, by response code; buckets of `bounds`, one more for what is longer.
    package struct Durations: Sendable {
        package var counts = [Int](repeating: 0, count: UpstreamMeasures.bounds.count + 1)
        /// Nanoseconds.
        package var sum = 0
    }

    /// Nanoseconds: 0.25 ms, doubled to 8.192 s (CoreDNS plugin.TimeBuckets).
    package static let bounds = (0..<16).map { 250_000 << $0 }

    package var durations: [ResponseCode: Durations] = [:]
    package var healthCheckFailures = 0
    /// Answers by a connection that was there, and by a new one, by protocol: `udp`, `tcp`, `tcp-tls`.
    package var reused: [String: Int] = [:]
    package var opened: [String: Int] = [:]
    /// Tries without an answer.
    package var failures = 0
    package var sent = 0
    /// The most that was sent in one second. Resolvers of clouds drop what is over 1,024 packets a second from one
    /// network interface, without a word.
    package var peakPerSecond = 0

    package init() {}
}

/// The counters of one upstream.
final class UpstreamMeter: Sendable {
    /// Packets a second of which the log warns, a little below what clouds' resolvers take from one interface.
    static let warnedRate = 900

    private struct State {
        var measures = UpstreamMeasures()
        var second: Int64 = 0
        var inSecond = 0
        var warned = Int64.min
    }

    private let state = Mutex(State())

    var measures: UpstreamMeasures { state.withLock { $0.measures } }

    /// Counts a packet.
    /// - Parameter now: nanoseconds of a clock that goes on.
    /// - Returns: whether the log should warn of this second's rate: once a minute.
    func sent(at now: Int64) -> Bool {
        state.withLock { state in
            let second = now / 1_000_000_000
            if second != state.second {
                state.second = second
                state.inSecond = 0
            }
            state.inSecond += 1
            state.measures.sent += 1
            state.measures.peakPerSecond = max(state.measures.peakPerSecond, state.inSecond)
            guard state.inSecond >= UpstreamMeter.warnedRate, state.warned == .min || second - state.warned >= 60
            else { return false }
            state.warned = second
            return true
        }
    }

    func answered(_ rcode: ResponseCode, elapsed: Int64, over transport: String, isReused: Bool) {
        let bucket = UpstreamMeasures.bounds.firstIndex { elapsed <= $0 } ?? UpstreamMeasures.bounds.count
        // There are few codes; what an upstream makes up does not become a series each.
        let rcode = rcode.rawValue <= 23 ? rcode : ResponseCode(rawValue: 24)
        state.withLock { state in
            state.measures.durations[rcode, default: .init()].counts[bucket] += 1
            state.measures.durations[rcode]!.sum += Int(elapsed)
            if isReused {
                state.measures.reused[transport, default: 0] += 1
            } else {
                state.measures.opened[transport, default: 0] += 1
            }
        }
    }

    func failed() { state.withLock { $0.measures.failures += 1 } }
    func healthCheckFailed() { state.withLock { $0.measures.healthCheckFailures += 1 } }
}
