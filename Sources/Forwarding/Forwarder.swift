import CLinux
import Corefile
import DNSWire
import Logging
import Synchronization
import TLS

/// One `forward` line: sends queries on to its upstreams and brings the best answer back.
///
///     let forwarder = try Forwarder(settings, loop: loop, log: log)
///     Task { await forwarder.run() }          // health checks, resolv.conf
///     switch await forwarder.resolve(query, clientUsesTCP: false) { … }
///
/// Equal questions in flight are asked once. An upstream that does not answer in time, or says SERVFAIL or REFUSED, has the
/// next one asked at once; the first good answer wins. A query has five seconds, as in CoreDNS (plugin/forward/forward.go).
package final class Forwarder: Sendable {
    private struct Key: Hashable {
        let question: UpstreamQuestion
        let usesTCP: Bool
    }

    struct Servers {
        var upstreams: [Upstream] = []
        /// The resolv.conf files.
        var files: [String: FileState] = [:]
        /// Queries that chose among them.
        var turn = 0
        /// When a query may be let through again although every upstream is down; never while one is under way.
        var nextTrial = Int64.min
        var measures = ForwardMeasures()
        /// Told when the upstreams are others.
        var whenChanged: (@Sendable () -> Void)?
    }

    /// Callers that wait for an upstream where `max_concurrent` sets no bound.
    private static let maximumWaiting = 65536

    package let settings: ForwardSettings
    let loop: UpstreamLoop
    let log: Logger
    let tls: TLSContext?
    let servers = Mutex(Servers())
    private let flights = SingleFlight<Key, ForwardOutcome>(maximumWaiting: maximumWaiting)
    private let asking = Atomic<Int>(0)
    let probes: AsyncStream<Upstream>
    let requestProbe: AsyncStream<Upstream>.Continuation

    /// Reads certificates and resolv.conf files. A resolv.conf that cannot be read is logged, and looked at again when it
    /// changes: other upstreams serve meanwhile.
    /// - Throws: `UpstreamError.tls` for certificates that cannot be read.
    package init(_ settings: ForwardSettings, loop: UpstreamLoop, log: Logger) throws(UpstreamError) {
        self.settings = settings
        self.loop = loop
        self.log = log
        let wantsTLS = settings.to.contains {
            if case .server(let server) = $0 { server.transport == .tls } else { false }
        }
        tls =
            wantsTLS
            ? try UpstreamError.with { () throws(TLSError) in
                try TLSContext(
                    certificate: settings.tls?.certificate, key: settings.tls?.key, authority: settings.tls?.authority)
            }
            : nil
        (probes, requestProbe) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
        readServers()
    }

    /// Whether a name is this line's: at or below `from`, and not of `except`.
    package func covers(_ name: DomainName) -> Bool {
        name.isAtOrBelow(settings.from) && !settings.except.contains { name.isAtOrBelow($0) }
    }

    /// The answer for a client's query.
    /// - Parameter clientUsesTCP: then TCP is asked first, unless `prefer_udp` says otherwise.
    package func resolve(_ query: Message, clientUsesTCP: Bool) async -> ForwardOutcome {
        guard let question = UpstreamQuestion(query) else {
            return .failed("only queries with one question are sent on")
        }
        let usesTCP = settings.forcesTCP || clientUsesTCP && !settings.prefersUDP
        let outcome = await flights.value(for: Key(question: question, usesTCP: usesTCP)) {
            await self.ask(question, usesTCP: usesTCP)
        }
        switch outcome {
        case .led(let value): return Forwarder.outcome(value, for: query)
        case .joined(let value):
            servers.withLock { $0.measures.coalesced += 1 }
            return Forwarder.outcome(value, for: query)
        case .full:
            servers.withLock { $0.measures.rejected += 1 }
            return .rejected
        case .cancelled: return .failed("the client has gone")
        }
    }

    /// An answer as this client has it: its identifier, its letters.
    private static func outcome(_ outcome: ForwardOutcome, for query: Message) -> ForwardOutcome {
        guard case .answered(var message, let upstream) = outcome else { return outcome }
        message.id = query.id
        message.questions = query.questions
        message.flags.remove(.recursionDesired)
        message.flags.formUnion(query.flags.intersection(.recursionDesired))
        return .answered(message, from: upstream)
    }

    private func ask(_ question: UpstreamQuestion, usesTCP: Bool) async -> ForwardOutcome {
        let (_, count) = asking.add(1, ordering: .relaxed)
        defer { asking.subtract(1, ordering: .relaxed) }
        if settings.maxConcurrent > 0 && count > settings.maxConcurrent {
            servers.withLock { $0.measures.rejected += 1 }
            return .rejected
        }
        switch choose(at: clinux_nanoseconds()) {
        case .nobody(let reason): return .failed(ForwardOutcome.Failure(reason))
        case .order(let upstreams, let isTrial):
            var race = ForwardRace(self, question, usesTCP: usesTCP, upstreams)
            let outcome = await race.run()
            if isTrial {
                let next = clinux_nanoseconds() + settings.healthCheck.interval.nanoseconds
                servers.withLock { $0.nextTrial = next }
            }
            return outcome
        }
    }

    // MARK: Choosing

    private enum Choice {
        case order([Upstream], isTrial: Bool)
        case nobody(String)
    }

    /// Whom to ask, in which order: never who is cut off; who is down only once an interval while all are.
    private func choose(at now: Int64) -> Choice {
        servers.withLock { servers in
            let known = servers.upstreams.map { upstream in (upstream, upstream.health.withLock { $0 }) }
            var usable = known.filter { $0.1.cut == nil && !$0.1.isDown(maxFails: settings.maxFails) }
            let isTrial = usable.isEmpty
            if isTrial {
                if now >= servers.nextTrial { usable = known.filter { $0.1.cut == nil } }
                guard !usable.isEmpty else {
                    servers.measures.broken += 1
                    return .nobody(reason(known))
                }
                servers.nextTrial = .max
            }
            let candidates = usable.map { _, health in
                UpstreamOrder.Candidate(isDoubtful: health.isDoubtful(at: now), weight: health.weight(at: now))
            }
            var random = SystemRandomNumberGenerator()
            let order = UpstreamOrder.order(candidates, by: settings.policy, turn: servers.turn, using: &random)
            servers.turn &+= 1
            return .order(order.map { usable[$0].0 }, isTrial: isTrial)
        }
    }

    /// `no upstream can be asked: 10.0.0.1:53 is down: no answer in 1000 ms; …`
    private func reason(_ known: [(Upstream, UpstreamHealth)]) -> String {
        guard !known.isEmpty else { return "there is no upstream: \(targets) names none" }
        return "no upstream can be asked: "
            + known.map { upstream, health in
                upstream.state(health, maxFails: settings.maxFails, at: 0).description
            }.joined(separator: "; ")
    }

    private var targets: String {
        settings.to.map { if case .resolvConf(let path) = $0 { path } else { "" } }.joined(separator: " ")
    }

    // MARK: What is known

    /// The upstreams as they are, in the order of the configuration.
    package var state: [UpstreamState] {
        let now = clinux_nanoseconds()
        return servers.withLock(\.upstreams).map { upstream in
            upstream.state(upstream.health.withLock { $0 }, maxFails: settings.maxFails, at: now)
        }
    }

    package var measures: ForwardMeasures { servers.withLock(\.measures) }

    /// Sends nothing more to an upstream but loop probes, until `restore`.
    /// - Returns: whether it was not cut off before.
    @discardableResult
    package func cut(_ address: UpstreamAddress, reason: String) -> Bool {
        upstream(address)?.health.withLock { health in
            defer { health.cut = reason }
            return health.cut == nil
        } ?? false
    }

    package func restore(_ address: UpstreamAddress) {
        upstream(address)?.health.withLock { $0.cut = nil }
    }

    /// Has somebody told when the upstreams are others; nobody with nil.
    func whenChanged(_ body: (@Sendable () -> Void)?) { servers.withLock { $0.whenChanged = body } }

    func upstream(_ address: UpstreamAddress) -> Upstream? {
        servers.withLock { $0.upstreams.first { $0.address == address } }
    }
}
