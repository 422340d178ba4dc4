import AnswerTable
import CLinux
import Corefile
import DNSWire
import ResponseCache

/// `cache`: what upstreams said, given again by the workers themselves.
package final class CacheStep: Step, @unchecked Sendable {
    /// How long an upstream is waited for before a stale answer is given, where the Corefile does not say (RFC 8767 5).
    private static let verifyTimeout: Duration = .milliseconds(1800)

    private static let servFail: UInt16 = 2

    package let cache: ResponseCache
    private let settings: CacheSettings
    private let zones: NameList
    /// One for each worker.
    private let counters: [CacheCounters]
    /// Whoever gets an old answer is told.
    private let explains: Bool
    private let readers: UnsafeMutableBufferPointer<CacheReader>

    package init(_ cache: ResponseCache, _ settings: CacheSettings, workers: Int, explains: Bool = false) {
        self.explains = explains
        self.cache = cache
        self.settings = settings
        zones = NameList(settings.zones.isEmpty ? [.root] : settings.zones)
        counters = (0..<workers).map { _ in CacheCounters() }
        readers = CacheStep.readers(of: cache, counters)
        super.init(.cache)
    }

    /// The same cache in a block that explains itself, or does no longer.
    private init(_ other: CacheStep, explains: Bool) {
        self.explains = explains
        (cache, settings, zones, counters) = (other.cache, other.settings, other.zones, other.counters)
        readers = CacheStep.readers(of: cache, counters)
        super.init(.cache)
    }

    package func explaining(_ explains: Bool) -> CacheStep {
        explains == self.explains ? self : CacheStep(self, explains: explains)
    }

    private static func readers(
        of cache: ResponseCache, _ counters: [CacheCounters]
    ) -> UnsafeMutableBufferPointer<CacheReader> {
        let readers = UnsafeMutableBufferPointer<CacheReader>.allocate(capacity: counters.count)
        for (index, each) in counters.enumerated() {
            readers.initializeElement(at: index, to: cache.reader(counting: each))
        }
        return readers
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
        if hit.state == .fresh && hit.rcode != CacheStep.servFail { return .answered(rcode) }
        if explains { explain(hit, &query) }
        return hit.state.wantsRefresh ? .answeredForNow(rcode) : .answered(rcode)
    }

    @inline(never)
    private func explain(_ hit: Hit, _ query: inout Answerer) {
        if hit.state.isStale {
            query.add(hit.rcode == ResponseCode.nxDomain.rawValue ? CacheStep.staleDenial : CacheStep.stale)
        } else if hit.rcode == CacheStep.servFail {
            query.add(CacheStep.failure)
        }
    }

    /// RFC 8914 4.4, 4.20 and 4.14.
    private static var stale: Answerer.Remark { Answerer.Remark(.staleAnswer, "kept answer whose TTL has run out") }
    private static var staleDenial: Answerer.Remark {
        Answerer.Remark(.staleNXDomain, "kept answer whose TTL has run out")
    }
    private static var failure: Answerer.Remark {
        Answerer.Remark(.cachedError, "the upstream's failure is kept for a few seconds")
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        guard zones.first(holding: exchange.question.name) != nil, !exchange.isRefresh else {
            return await ask(exchange, next)
        }
        let known = cache.lookMessage(
            exchange.question, dnssecOK: exchange.query.edns?.dnssecOK ?? false,
            checkingDisabled: exchange.query.flags.contains(.checkingDisabled),
            now: CacheStep.milliseconds(clinux_nanoseconds()), counting: !next.isFirst(of: exchange))
        guard let known else {
            exchange.trace?.note("cache", "miss", by: plugin)
            return await ask(exchange, next)
        }
        var stored = Response(known.message, from: plugin)
        let rcode = known.message.rcode
        if known.state.isStale {
            stored.explanation = (rcode == .nxDomain ? CacheStep.staleDenial : CacheStep.stale).error
        } else if rcode == .servFail {
            stored.explanation = CacheStep.failure.error
        }
        exchange.trace?.note("cache", "hit, \(known.state.words), \(stored.summary)", by: plugin)
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

extension Hit.State {
    /// As a trace says it.
    fileprivate var words: String {
        switch self {
        case .fresh: "fresh"
        case .freshButPrefetch: "fresh, asked again meanwhile"
        case .stale: "stale"
        case .staleButRefresh: "stale, asked again meanwhile"
        case .staleUnverified: "stale, the upstream is asked first"
        }
    }
}
