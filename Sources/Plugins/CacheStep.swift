import AnswerTable
import CLinux
import Corefile
import DNSWire
import ResponseCache

/// `cache`: what upstreams said, given again by the workers themselves.
package final class CacheStep: Step, @unchecked Sendable {
    /// How long an upstream is waited for before a stale answer is given, where the Corefile does not say (RFC 8767 5).
    private static let verifyTimeout: Duration = .milliseconds(1800)

    package let cache: ResponseCache
    private let settings: CacheSettings
    private let zones: NameList
    /// One for each worker.
    private let counters: [CacheCounters]
    private let readers: UnsafeMutableBufferPointer<CacheReader>

    package init(_ cache: ResponseCache, _ settings: CacheSettings, workers: Int) {
        self.cache = cache
        self.settings = settings
        zones = NameList(settings.zones.isEmpty ? [.root] : settings.zones)
        counters = (0..<workers).map { _ in CacheCounters() }
        readers = .allocate(capacity: workers)
        for (index, each) in counters.enumerated() {
            readers.initializeElement(at: index, to: cache.reader(counting: each))
        }
        super.init(.cache)
    }

    deinit { readers.deallocate() }

    package var statistics: CacheStatistics { cache.statistics(of: counters) }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        guard origin.worker >= 0, query.place(in: zones) != nil else { return .elsewhere }
        let asked = query.asked()
        let hit = readers[origin.worker].look(
            asked.name, type: asked.type, dnssecOK: asked.wantsDNSSEC, checkingDisabled: asked.checkingDisabled,
            now: CacheStep.milliseconds(origin.began))
        // What went wrong upstream is told by the option that only a whole message has room for.
        guard let hit, hit.state != .staleUnverified, !asked.hasEDNS || hit.extendedErrors.isEmpty else {
            return .elsewhere
        }
        query.writeRecords(isAuthoritative: hit.isAuthoritative, isAuthentic: hit.isAuthentic) {
            message, questionEnd, limit, turn in
            let written = hit.write(after: questionEnd, in: message, limit: limit, turn: turn)
            return (written.end, written.counts, written.isTruncated)
        }
        let rcode = Rcode(rawValue: hit.rcode)
        return hit.state.wantsRefresh ? .answeredForNow(rcode) : .answered(rcode)
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        guard zones.first(holding: exchange.question.name) != nil, !exchange.isRefresh else {
            return await ask(exchange, next)
        }
        let known = cache.lookMessage(
            exchange.question, dnssecOK: exchange.query.edns?.dnssecOK ?? false,
            checkingDisabled: exchange.query.flags.contains(.checkingDisabled),
            now: CacheStep.milliseconds(clinux_nanoseconds()), counting: !next.isFirst(of: exchange))
        guard let known else { return await ask(exchange, next) }
        let stored = Response(known.message, from: plugin)
        switch known.state {
        case .fresh, .stale: return stored
        case .freshButPrefetch, .staleButRefresh:
            Task { _ = await ask(exchange, next) }
            return stored
        case .staleUnverified:
            // Who is waited for no longer goes on, and what it finds is kept.
            let newer = await First.of(within: settings.serveStale?.verifyTimeout ?? CacheStep.verifyTimeout) {
                await self.ask(exchange, next)
            }
            if let newer, newer.message.rcode != .servFail, newer.fault == nil { return newer }
            cache.countServedStale()
            return stored
        }
    }

    /// Asks those behind, and keeps what they say.
    private func ask(_ exchange: Exchange, _ next: Next) async -> Response {
        var response = await next(exchange)
        guard response.plugin != .none, zones.first(holding: exchange.question.name) != nil else { return response }
        var message = response.message
        message.flags.insert(.response)
        message.questions = exchange.query.questions
        let stored = cache.store(
            message, for: exchange.question, dnssecOK: exchange.query.edns?.dnssecOK ?? false,
            checkingDisabled: exchange.query.flags.contains(.checkingDisabled),
            now: CacheStep.milliseconds(clinux_nanoseconds()))
        if !settings.keepsTTL, let ttl = stored.ttl {
            for place in response.message.answers.indices { response.message.answers[place].ttl = ttl }
            for place in response.message.authorities.indices { response.message.authorities[place].ttl = ttl }
            for place in response.message.additionals.indices { response.message.additionals[place].ttl = ttl }
        }
        return response
    }

    private static func milliseconds(_ nanoseconds: Int64) -> Int { Int(nanoseconds / 1_000_000) }
}
