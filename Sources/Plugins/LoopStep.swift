import AnswerTable
import DNSWire
import Forwarding

/// `loop`: knows the server's own probes when they come back, and answers none of them.
package final class LoopStep: Step, @unchecked Sendable {
    private let probes: [LoopProbe]
    private let names: NameList

    /// - Parameter probes: of the block's upstreams.
    package init(_ probes: [LoopProbe]) {
        self.probes = probes
        names = NameList(probes.map(\.probeName))
        super.init(.loop)
    }

    /// Random names are nobody's.
    package override var claims: [DomainName] { [] }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        query.asked().type == RecordType.hinfo.rawValue && query.place(in: names) != nil ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        guard exchange.question.type == .hinfo else { return await next(exchange) }
        // Not the first one alone: all are told what comes by.
        let isOwn = probes.filter { $0.saw(exchange.question.name) }.count > 0
        return isOwn ? Response(to: exchange.query, .refused, from: plugin) : await next(exchange)
    }
}
