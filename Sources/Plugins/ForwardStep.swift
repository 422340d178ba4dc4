import AnswerTable
import Corefile
import DNSWire
import Forwarding
import NetworkAddress

/// `forward`: asks upstreams.
package final class ForwardStep: Step, @unchecked Sendable {
    package let forwarder: Forwarder
    private let from: NameList
    private let except: NameList

    package init(_ forwarder: Forwarder) {
        self.forwarder = forwarder
        from = NameList([forwarder.settings.from])
        except = NameList(forwarder.settings.except)
        super.init(.forward)
    }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        query.place(in: from) != nil && query.place(in: except) == nil ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        guard forwarder.covers(exchange.question.name) else { return await next(exchange) }
        switch await forwarder.resolve(exchange.query, clientUsesTCP: exchange.client.isStream) {
        case .answered(let message, let upstream):
            exchange.trace?.note("upstream", "\(upstream) \(Response(message, from: plugin).summary)", by: plugin)
            guard !forwarder.settings.next.contains(message.rcode) else { return await next(exchange) }
            return Response(message, from: plugin)
        case .rejected:
            var response = Response(
                to: exchange.query, .refused, from: plugin, fault: "concurrent queries exceeded maximum")
            response.explanation = ExtendedError(.other, "too many queries wait for upstreams")
            return response
        case .failed(let reason):
            guard !forwarder.settings.next.contains(.servFail) else { return await next(exchange) }
            exchange.trace?.note("upstream", "\(reason)", by: plugin)
            var response = Response(to: exchange.query, .servFail, from: plugin, fault: "\(reason)")
            // Which upstreams there are is no client's business.
            response.explanation =
                reason.wasReached
                ? ExtendedError(.networkError, "an upstream's answer could not be had")
                : ExtendedError(.noReachableAuthority, "no upstream answers")
            return response
        }
    }
}
