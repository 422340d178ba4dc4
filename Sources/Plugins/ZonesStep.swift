import AnswerTable
import DNSWire

/// A plugin whose answers lie in the answer table: `kubernetes`, `k8s_external`, `file`.
package final class ZonesStep: Step, @unchecked Sendable {
    package let set: ZoneSet
    private let zones: ZoneSet.Reader
    /// Names that go on to the next plugin when the zones do not have them.
    private let fallsThrough: NameList?
    package var fallsThroughAt: [DomainName] { fallsThrough?.names ?? [] }
    /// Of those, names that do not: addresses of the cluster are nobody else's business.
    private let keeps: NameList?
    private let pool: AnswererPool
    private let isReady: @Sendable () -> Bool
    private let claimed: @Sendable () -> [DomainName]
    private let described: (@Sendable (Question, _ isDenied: Bool) -> Description?)?

    /// What a trace says of a name in the zones.
    package struct Description: Sendable {
        /// Which zone, and how fresh it is.
        package var zone: String
        /// The object that the name is of; nil: none.
        package var object: String?
        /// Why the name or the type asked does not exist, where it does not.
        package var reason: Trace.Reason?

        package init(zone: String, object: String? = nil, reason: Trace.Reason? = nil) {
            self.zone = zone
            self.object = object
            self.reason = reason
        }
    }

    /// - Parameters:
    ///   - fallsThrough: names; the root is all.
    ///   - keeps: of these, names that do not go on all the same.
    ///   - claims: see `Step.claims`.
    ///   - describing: asked by a trace, for a name in the zones; the reason only where the question is denied.
    package init(
        _ plugin: PluginName, _ set: ZoneSet, fallsThrough: [DomainName] = [],
        keeps: [DomainName] = [], pool: AnswererPool, isReady: @escaping @Sendable () -> Bool = { true },
        claims: @escaping @Sendable () -> [DomainName],
        describing: (@Sendable (Question, _ isDenied: Bool) -> Description?)? = nil
    ) {
        self.set = set
        self.zones = set.reader
        self.fallsThrough = fallsThrough.isEmpty ? nil : NameList(fallsThrough)
        self.keeps = keeps.isEmpty ? nil : NameList(keeps)
        self.pool = pool
        self.isReady = isReady
        self.claimed = claims
        self.described = describing
        super.init(plugin)
    }

    package override var claims: [DomainName] { claimed() }
    package override var unready: String? { isReady() ? nil : plugin.label }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        query.answer(in: zones, fallsThrough: fallsThrough, keeps: keeps)
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let (verdict, found) = pool.ask(self, exchange)
        if let trace = exchange.trace { note(verdict, found, exchange.question, in: trace) }
        switch verdict {
        case .next: return await next(exchange)
        case .elsewhere: return await follow(found, exchange)
        case .dropped: return Response(found, from: plugin)
        case .answered, .answeredForNow, .refused: return Response(found, from: plugin)
        }
    }

    /// Asks the whole server about what the last CNAME points to. The rcode is that of the last name (RFC 6604), with the
    /// SOA where it does not exist (RFC 2308 2.2).
    private func follow(_ found: Message, _ exchange: Exchange) async -> Response {
        guard case .cname(let target)? = found.answers.last?.data else { return Response(found, from: plugin) }
        var answer = found
        guard !found.answers.contains(where: { $0.owner == target }) else { return Response(answer, from: plugin) }
        exchange.trace?.note("follow", "\(target) is not in these zones", by: plugin)
        let further = await exchange.resolve(target, exchange.question.type)
        // Nobody here knows it: the CNAME alone, whoever asks goes on elsewhere (RFC 1034 3.4.1).
        guard further.message.rcode != .refused else { return Response(answer, from: plugin) }
        answer.rcode = further.message.rcode
        answer.answers += further.message.answers
        answer.authorities = further.message.authorities
        if let edns = further.message.edns { answer.edns = edns }
        var response = Response(answer, from: plugin, fault: further.fault)
        response.explanation = further.explanation
        return response
    }

    private func note(_ verdict: Verdict, _ found: Message, _ question: Question, in trace: Trace) {
        let isPassedOn = verdict == .next
        guard !isPassedOn || claimed().contains(where: question.name.isAtOrBelow) else { return }
        let at = trace.now
        let isDenied = isPassedOn || found.rcode != .noError || found.answers.isEmpty
        let description = described?(question, isDenied)
        trace.note("zone", description?.zone ?? "(\(plugin.label))", by: plugin, at: at)
        let object = description?.object ?? "no object"
        let records = found.answers.map { "\($0.type) \($0.data)" }.joined(separator: ", ")
        let outcome = isPassedOn ? "asked of the next plugin" : records.isEmpty ? "\(found.rcode), no records" : records
        trace.note("lookup", "\(object) -> \(outcome)", by: plugin, at: at)
        trace.note(description?.reason)
    }
}
