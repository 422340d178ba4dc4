import AnswerTable
import DNSWire

/// `any`: a question for every type is told that this is over (RFC 8482 4.2; CoreDNS plugin/any).
package final class AnyStep: Step, @unchecked Sendable {
    private static let ttl: UInt32 = 8482
    private static let data: [UInt8] = ["ANY obsoleted", "See RFC 8482"].flatMap { [UInt8($0.utf8.count)] + $0.utf8 }

    package init() { super.init(.any) }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let asked = query.asked()
        return asked.type == RecordType.any.rawValue && !asked.isChaos ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let question = exchange.question
        guard question.type == .any, question.recordClass == .in else { return await next(exchange) }
        var response = Response(to: exchange.query, .noError, from: .any)
        response.message.answers = [
            ResourceRecord(owner: question.name, ttl: AnyStep.ttl, data: .other(.hinfo, AnyStep.data))
        ]
        return response
    }
}
