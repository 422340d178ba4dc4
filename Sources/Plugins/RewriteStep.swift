import AnswerTable
import Corefile
import DNSWire
import NetworkAddress
import Rewriting

/// `rewrite`: all rules of a block, in their order.
package final class RewriteStep: Step, @unchecked Sendable {
    private let rules: RewriteRules

    /// - Throws: `RewriteError`.
    package init(_ settings: [RewriteSettings]) throws {
        rules = try RewriteRules(settings)
        super.init(.rewrite)
    }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let asked = query.asked()
        let mayTouch = rules.mayTouch(
            nameInWire: asked.name.words, type: RecordType(rawValue: asked.type), recordClass: .in,
            hasEDNS: asked.hasEDNS)
        return mayTouch ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let client = exchange.client
        let origin = QueryOrigin(
            client: client.address, clientPort: client.port, server: exchange.view.address,
            serverPort: exchange.view.port, transport: client.isStream ? "tcp" : "udp")
        let rewritten: RewrittenQuery?
        do {
            rewritten = try rules.apply(to: exchange.query, from: origin, metadata: { _ in nil })
        } catch {
            return Response(to: exchange.query, .servFail, from: plugin, fault: "\(error)")
        }
        guard let rewritten else { return await next(exchange) }
        var changed = exchange
        changed.query = rewritten.query
        if let trace = exchange.trace, changed.question != exchange.question {
            trace.note("rewrite", "\(changed.question.name) \(changed.question.type)", by: plugin)
        }
        var response = await next(changed)
        if let follow = rewritten.follow(response.message) {
            let found = await changed.resolve(follow.question.name, follow.question.type)
            response.message = follow.answer(with: found.message)
        }
        response.message = rewritten.restore(response.message, for: exchange.query)
        return response
    }
}
