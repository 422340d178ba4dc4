import CLinux
import Corefile
import DNSWire
import Logging
import Synchronization

/// One question on its way through the upstreams of a line.
///
/// The first upstream is asked; when its answer is late, or is none, or says SERVFAIL, the next one is asked too, and all
/// are listened to: the first good answer wins. When everybody has been asked, those that have said nothing are asked
/// again, as a datagram may have been lost.
struct ForwardRace {
    private struct Try {
        let upstream: Upstream
        let started: Int64
        var ticket = UpstreamTicket()
        var isOpen = true
        var isLate = false
        var isDatagram: Bool
        var hasEDNS = true
        /// The answer over UDP that did not fit.
        var truncated: Message?
    }

    private enum Event: Sendable {
        case late(Int)
        case ended(Int, Result<UpstreamAnswer, UpstreamError>)
    }

    /// For a whole query, nanoseconds (CoreDNS plugin/forward: defaultTimeout).
    private static let timeout: Int64 = 5_000_000_000
    /// Less is no time to ask anybody, nanoseconds.
    private static let leastTime: Int64 = 10_000_000
    /// Queries to upstreams for one question, where there are fewer upstreams than that.
    private static let leastTries = 3
    /// Upstreams that may say SERVFAIL before it is believed; each of them where `failover` is given.
    private static let badAnswers = 3

    private let forwarder: Forwarder
    private let question: UpstreamQuestion
    private let usesTCP: Bool
    private let order: [Upstream]
    private let deadline: Int64
    private let events: AsyncStream<Event>
    private let post: AsyncStream<Event>.Continuation
    private var tries: [Try] = []
    /// Indices of tries that were answered badly, and the best of these answers.
    private var bad: [Int] = []
    private var best: (message: Message, index: Int)?
    private var failures: [(upstream: UpstreamAddress, error: UpstreamError)] = []

    init(_ forwarder: Forwarder, _ question: UpstreamQuestion, usesTCP: Bool, _ order: [Upstream]) {
        self.forwarder = forwarder
        self.question = question
        self.usesTCP = usesTCP
        self.order = order
        deadline = clinux_nanoseconds() + ForwardRace.timeout
        (events, post) = AsyncStream.makeStream()
    }

    mutating func run() async -> ForwardOutcome {
        askNext()
        guard tries.contains(where: \.isOpen) else { return outcome }
        for await event in events {
            switch event {
            case .late(let index):
                tries[index].isLate = true
                askNext()
            case .ended(let index, let result):
                if let good = ended(index, result) { return win(index, good) }
            }
            if !tries.contains(where: \.isOpen) { break }
        }
        if best == nil { noteSilence() }
        return outcome
    }

    /// Nobody answered. Who was asked more than once and said nothing has failed as if it had been probed: the next
    /// queries need not wait as long to learn it.
    private func noteSilence() {
        for upstream in order {
            let tries = tries.count { $0.upstream === upstream }
            let failure = failures.last { $0.upstream == upstream.address && $0.error.isTimeout }
            guard tries > 1, let failure else { continue }
            forwarder.wasSilent(upstream, failure.error)
        }
    }

    // MARK: Asking

    private mutating func askNext() {
        guard tries.count < max(ForwardRace.leastTries, order.count) else { return }
        if tries.count < order.count {
            ask(order[tries.count])
        } else if let silent = order.first(where: isWorthAskingAgain) {
            ask(silent)
        }
    }

    /// Whether all that is known of an upstream is that nothing has come from it, and a datagram may have been lost.
    private func isWorthAskingAgain(_ upstream: Upstream) -> Bool {
        let mine = tries.filter { $0.upstream === upstream }
        return mine.allSatisfy { $0.isLate && ($0.isDatagram || !$0.isOpen) && $0.truncated == nil }
            && !tries.indices.contains { tries[$0].upstream === upstream && bad.contains($0) }
            && !failures.contains { $0.upstream == upstream.address && !$0.error.isTimeout }
    }

    private mutating func ask(_ upstream: Upstream) {
        let isDatagram = upstream.datagram != nil && !usesTCP
        tries.append(Try(upstream: upstream, started: clinux_nanoseconds(), isDatagram: isDatagram))
        send(tries.count - 1)
    }

    private mutating func send(_ index: Int) {
        let entry = tries[index]
        let now = clinux_nanoseconds()
        guard deadline - now > ForwardRace.leastTime, let query = try? question.wire(hasEDNS: entry.hasEDNS) else {
            tries[index].isOpen = false
            return
        }
        let upstream = entry.upstream
        let rounds = tries.count { $0.upstream === upstream } - 1
        let patience = upstream.health.withLock(\.patience) << Int64(rounds)
        let route = entry.isDatagram ? upstream.datagram ?? upstream.stream : upstream.stream
        forwarder.noteSent(upstream, at: now)
        forwarder.loop.submit(
            query, by: route, ticket: entry.ticket,
            timeout: .nanoseconds(min(forwarder.settings.readTimeout.nanoseconds, deadline - now)),
            patience: .nanoseconds(patience)
        ) { [post] report in
            switch report {
            case .late: post.yield(.late(index))
            case .ended(let result): post.yield(.ended(index, result))
            }
        }
    }

    /// Asks the same upstream the same in another way.
    private mutating func askAgain(_ index: Int, asDatagram: Bool, hasEDNS: Bool) {
        tries[index].ticket = UpstreamTicket()
        tries[index].isDatagram = asDatagram
        tries[index].hasEDNS = hasEDNS
        send(index)
    }

    // MARK: Answers

    /// - Returns: an answer that is good enough to be the last.
    private mutating func ended(_ index: Int, _ result: Result<UpstreamAnswer, UpstreamError>) -> Message? {
        let upstream = tries[index].upstream
        switch result {
        case .success(let answer):
            guard let message = try? Message(decoding: answer.message) else {
                return failed(index, .malformed)
            }
            let transport = tries[index].isDatagram ? "udp" : upstream.datagram == nil ? "tcp-tls" : "tcp"
            upstream.meter.answered(
                message.rcode, elapsed: answer.elapsed, over: transport, isReused: answer.isReused)
            upstream.health.withLock { $0.answered(elapsed: answer.elapsed) }
            return judged(index, message)
        case .failure(let error): return failed(index, error)
        }
    }

    private mutating func judged(_ index: Int, _ message: Message) -> Message? {
        if message.flags.contains(.truncated), tries[index].isDatagram {
            tries[index].truncated = message
            askAgain(index, asDatagram: false, hasEDNS: tries[index].hasEDNS)
            return nil
        }
        if message.rcode == .formErr, message.edns == nil, tries[index].hasEDNS {
            askAgain(index, asDatagram: tries[index].isDatagram, hasEDNS: false)
            return nil
        }
        tries[index].isOpen = false
        guard isBad(message.rcode) || forwarder.settings.failover.contains(message.rcode) else { return message }
        if best.map({ isBad($0.message.rcode) && !isBad(message.rcode) }) ?? true { best = (message, index) }
        bad.append(index)
        if bad.count < ForwardRace.badAnswers || !forwarder.settings.failover.isEmpty { askNext() }
        return nil
    }

    /// Whether a response code says of the server, not of the name.
    private func isBad(_ rcode: ResponseCode) -> Bool {
        [.servFail, .refused, .notImp, .formErr].contains(rcode) || rcode.rawValue > 15
    }

    private mutating func failed(_ index: Int, _ error: UpstreamError) -> Message? {
        tries[index].isOpen = false
        let upstream = tries[index].upstream
        // What did not fit is better than nothing, and there is no reason to distrust it.
        if let truncated = tries[index].truncated { return truncated }
        if error.isUpstreams {
            upstream.meter.failed()
            forwarder.failed(upstream, error)
        }
        // A timeout of its own is known to be late; whoever was refused was not.
        if error.isTimeout { tries[index].isLate = true }
        failures.append((upstream.address, error))
        askNext()
        return nil
    }

    // MARK: The end

    private mutating func win(_ index: Int, _ message: Message) -> ForwardOutcome {
        let now = clinux_nanoseconds()
        let winner = tries[index].upstream
        for loser in tries where loser.isOpen {
            forwarder.loop.cancel(loser.ticket)
            guard loser.isLate, loser.upstream !== winner else { continue }
            loser.upstream.health.withLock { $0.wasLate(elapsed: now - loser.started) }
            forwarder.probe(loser.upstream)
        }
        for index in bad where tries[index].upstream !== winner {
            tries[index].upstream.health.withLock { $0.answeredBadly(at: now) }
        }
        winner.health.withLock { $0.answeredWell(at: now) }
        return .answered(AnswerSanitizer.sanitized(message), from: winner.address)
    }

    /// Where no answer was good.
    private var outcome: ForwardOutcome {
        if let best {
            return .answered(AnswerSanitizer.sanitized(best.message), from: tries[best.index].upstream.address)
        }
        var told: [String] = []
        for failure in failures {
            let text = "\(failure.upstream): \(failure.error)"
            if !told.contains(text) { told.append(text) }
        }
        let wasReached = failures.contains { failure in
            switch failure.error {
            case .closed, .tls, .malformed: true
            case .timeout, .refused, .unreachable, .noSocket, .overloaded, .cancelled: false
            }
        }
        return .failed(
            ForwardOutcome.Failure("no upstream answered: " + told.joined(separator: "; "), wasReached: wasReached))
    }
}

extension UpstreamError {
    var isTimeout: Bool { if case .timeout = self { true } else { false } }

    /// Whether the fault is the upstream's or the way's, not ours.
    var isUpstreams: Bool {
        switch self {
        case .timeout, .refused, .unreachable, .closed, .tls, .malformed: true
        case .noSocket, .overloaded, .cancelled: false
        }
    }
}
