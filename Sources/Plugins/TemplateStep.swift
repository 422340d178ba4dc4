import AnswerTable
import Corefile
import DNSWire
import NetworkAddress
import Rewriting
import Synchronization

/// One `template` of a block.
package final class TemplateStep: Step, @unchecked Sendable {
    private let template: TemplateAnswers
    private let zones: [DomainName]
    private let counts = Mutex(Counts())

    /// What METRICS.md calls coredns_template_*.
    package struct Counts: Sendable {
        package var matches: [TemplateAnswer.Labels: Int] = [:]
        package var failures: [Failure: Int] = [:]

        package struct Failure: Hashable, Sendable {
            package var labels: TemplateAnswer.Labels
            package var kind: TemplateAnswer.Failure.Kind
            package var section: String
            package var template: String
        }
    }

    /// - Throws: `TemplateSettingsError`.
    package init(_ settings: TemplateSettings, blockZones: [DomainName]) throws {
        template = try TemplateAnswers(settings, blockZones: blockZones)
        zones = settings.zones.isEmpty ? blockZones : settings.zones
        super.init(.template)
    }

    package var figures: Counts { counts.withLock { $0 } }

    package override var claims: [DomainName] { zones }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let asked = query.asked()
        let mayAnswer = template.mayAnswer(
            nameInWire: asked.name.words, length: asked.name.length, type: RecordType(rawValue: asked.type),
            recordClass: .in)
        return mayAnswer ? .elsewhere : .next
    }

    package override var respondsAtOnce: Bool { true }

    package override func respond(to exchange: Exchange) -> Response? {
        guard let answer = filled(exchange), answer.follows.isEmpty else { return nil }
        return response(answer, to: exchange)
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        guard let answer = filled(exchange) else { return await next(exchange) }
        var found: [Message?] = []
        for follow in answer.follows {
            found.append(await exchange.resolve(follow.question.name, follow.question.type).message)
        }
        return response(answer, to: exchange, found)
    }

    private func filled(_ exchange: Exchange) -> TemplateAnswer? {
        let result = template.answer(
            exchange.question, message: exchange.query, client: exchange.client.address, metadata: { _ in nil })
        guard case .answer(let answer) = result else { return nil }
        return answer
    }

    private func response(_ answer: TemplateAnswer, to exchange: Exchange, _ found: [Message?] = []) -> Response {
        count(answer)
        var response = Response(
            answer.message(answering: exchange.query, found: found), from: plugin,
            fault: answer.failure.map { "template: \($0)" })
        if answer.failure != nil { response.explanation = ExtendedError(.other, "a template could not be filled") }
        return response
    }

    private func count(_ answer: TemplateAnswer) {
        guard let labels = answer.labels else { return }
        counts.withLock { counts in
            counts.matches[labels, default: 0] += 1
            guard let failure = answer.failure else { return }
            let key = Counts.Failure(
                labels: labels, kind: failure.kind, section: failure.section, template: failure.template)
            counts.failures[key, default: 0] += 1
        }
    }
}
