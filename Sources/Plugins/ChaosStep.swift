import AnswerTable
import Corefile
import DNSWire
import Glibc

/// `chaos`: says in class CHAOS which server this is (CoreDNS plugin/chaos; RFC 4892).
///
/// It has TXT records at `version.bind`, `version.server`, `hostname.bind`, `id.server` and `authors.bind`; every other
/// question of this class is REFUSED, nobody else knows the class. It lets questions of class IN pass.
package final class ChaosStep: Step, @unchecked Sendable {
    private let texts: [DomainName: [String]]

    /// - Parameters:
    ///   - version: this program's, told where the settings name none.
    ///   - host: what `hostname.bind` says.
    package init(_ settings: ChaosSettings, version: String, host: String = ChaosStep.hostName) {
        func name(_ first: String, _ last: String) -> DomainName? { try? DomainName("\(first).\(last).") }
        let version = [settings.version ?? "clusterdns-\(version)"]
        let authors = settings.authors.isEmpty ? ["The clusterdns authors"] : Set(settings.authors).sorted()
        var texts: [DomainName: [String]] = [:]
        for (first, last, text) in [
            ("version", "bind", version), ("version", "server", version), ("hostname", "bind", [host]),
            ("id", "server", [host]), ("authors", "bind", authors),
        ] {
            if let name = name(first, last) { texts[name] = text }
        }
        self.texts = texts
        super.init(.chaos)
    }

    /// The answer table has nothing of this class.
    package override var claims: [DomainName] { [] }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        query.asked().isChaos ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let question = exchange.question
        guard question.recordClass == .chaos else { return await next(exchange) }
        guard question.type == .txt, let texts = texts[question.name] else {
            return Response(to: exchange.query, .refused, from: .chaos)
        }
        var response = Response(to: exchange.query, .noError, from: .chaos)
        response.message.answers = texts.shuffled().map { text in
            ResourceRecord(
                owner: question.name, ttl: 0, recordClass: .chaos, data: .txt([Array(text.utf8.prefix(255))]))
        }
        return response
    }

    /// This host's name, `localhost` where it has none.
    package static var hostName: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 257) { buffer in
            buffer.initialize(repeating: 0)
            guard gethostname(buffer.baseAddress!, 256) == 0, buffer[0] != 0 else { return "localhost" }
            return String(cString: buffer.baseAddress!)
        }
    }
}
