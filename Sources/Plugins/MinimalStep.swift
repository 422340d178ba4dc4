import AnswerTable
import DNSWire

/// `minimal`: positive answers without authority and additional section (CoreDNS plugin/minimal). Denials, errors and
/// referrals stay as they are.
///
/// It has to see what every plugin behind it says, so no question is answered in place.
package final class MinimalStep: Step, @unchecked Sendable {
    package init() { super.init(.minimal) }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        query.asked().isChaos ? .next : .elsewhere
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        var response = await next(exchange)
        let message = response.message
        guard message.rcode == .noError else { return response }
        if message.answers.isEmpty && message.authorities.contains(where: { $0.type == .soa || $0.type == .ns }) {
            return response
        }
        response.message.authorities = []
        response.message.additionals = []
        return response
    }
}
