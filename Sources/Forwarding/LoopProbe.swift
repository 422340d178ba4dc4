import Corefile
import DNSWire
import Logging
import Synchronization

/// Finds out whether queries that are sent to an upstream come back to this server, and cuts off the upstream that does it.
///
///     let probe = LoopProbe(zone: zone, forwarder: forwarder, log: log)
///     Task { await probe.run() }
///     // For each HINFO query that arrives: one of ours is not to be sent on.
///     if question.type == .hinfo, probe.saw(question.name) { refuse() }
///
/// Like CoreDNS's plugin (plugin/loop) it asks for HINFO records of random names; in contrast to it each upstream has names
/// of its own, it goes on all the time, and the process goes on too: what is cut off is tried again, and restored when its
/// queries come back no more.
package final class LoopProbe: Sendable {
    private struct State {
        /// Names that were asked for, this round and the last one, and whom.
        var asked: [DomainName: UpstreamAddress] = [:]
        var lastAsked: [DomainName: UpstreamAddress] = [:]
        /// Those that came back this round.
        var looped: Set<UpstreamAddress> = []
        /// Rounds without any answer, of those that are cut off.
        var silent: [UpstreamAddress: Int] = [:]
    }

    /// How long an answer, or the query itself, is waited for.
    private static let timeout = Duration.seconds(2)
    /// An upstream that is cut off and silent for so many rounds is no loop any more.
    private static let silentRounds = 2
    private static let reason = "forwarding loop: queries sent to it come back to this server"

    /// All names asked for are below it; random, so that no other server's are.
    package let probeName: DomainName
    private let forwarder: Forwarder
    private let log: Logger
    private let interval: Duration
    private let state = Mutex(State())
    private let found = Atomic<Int>(0)

    /// - Parameter zone: of the server block, so that the queries take the way of other queries of the zone.
    package init(zone: DomainName, forwarder: Forwarder, interval: Duration = .seconds(30), log: Logger) {
        // A zone too long for the names is not one that anybody has; the root will do then.
        probeName = (try? zone.prepending(LoopProbe.label())) ?? .root
        self.forwarder = forwarder
        self.interval = interval
        self.log = log
    }

    /// Loops found since the start.
    package var loopsFound: Int { found.load(ordering: .relaxed) }

    /// Tells of a HINFO query that has arrived. A name of this probe's is a loop, whose upstream is cut off at once.
    /// - Returns: whether the name is one of this probe's.
    package func saw(_ name: DomainName) -> Bool {
        guard !probeName.isRoot, name.isAtOrBelow(probeName) else { return false }
        let upstream = state.withLock { state in
            let upstream = state.asked[name] ?? state.lastAsked[name]
            if let upstream { state.looped.insert(upstream) }
            return upstream
        }
        if let upstream, forwarder.cut(upstream, reason: LoopProbe.reason) {
            found.add(1, ordering: .relaxed)
            log.error(
                "forwarding loop: the upstream is cut off until queries come back no more",
                metadata: ["upstream": "\(upstream)", "zone": "\(forwarder.settings.from)"])
        }
        return true
    }

    /// Probes at once, every half minute, and when the upstreams have changed, until the task is cancelled.
    package func run() async {
        guard !probeName.isRoot else { return }
        let (rounds, begin) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        forwarder.whenChanged { begin.yield() }
        await withDiscardingTaskGroup { group in
            group.addTask { [interval] in
                repeat { begin.yield() } while (try? await Task.sleep(for: interval)) != nil
            }
            for await _ in rounds { await probeAll() }
            group.cancelAll()
        }
        forwarder.whenChanged(nil)
    }

    private func probeAll() async {
        let upstreams = forwarder.state
        state.withLock { state in
            state.lastAsked = state.asked
            state.asked = [:]
            state.looped = []
        }
        await withDiscardingTaskGroup { group in
            for upstream in upstreams {
                group.addTask { await self.probe(upstream.address, isCut: upstream.cut != nil) }
            }
        }
    }

    private func probe(_ upstream: UpstreamAddress, isCut: Bool) async {
        guard let name = try? probeName.prepending(LoopProbe.label()) else { return }
        state.withLock { $0.asked[name] = upstream }
        let isAnswered = await forwarder.isAnswered(name, .hinfo, by: upstream, timeout: LoopProbe.timeout)
        guard isCut else { return }
        let isGone = state.withLock { state in
            guard !state.looped.contains(upstream) else {
                state.silent[upstream] = nil
                return false
            }
            let silent = isAnswered ? 0 : state.silent[upstream, default: 0] + 1
            let isGone = isAnswered || silent >= LoopProbe.silentRounds
            state.silent[upstream] = isGone ? nil : silent
            return isGone
        }
        guard isGone else { return }
        forwarder.restore(upstream)
        log.notice("the forwarding loop is gone", metadata: ["upstream": "\(upstream)"])
    }

    /// 64 random bits.
    private static func label() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
}
