import DNSWire

/// A CNAME in an answer whose target a `cname` rule replaced: the new target is to be looked up.
///
///     var response = await next(rewritten.query)
///     if let follow = rewritten.follow(response) {
///         response = follow.answer(with: await resolve(follow.question))
///     }
///     return rewritten.restore(response, for: query)
package struct CNAMEFollow: Sendable {
    /// The new target, with the type and class of the rewritten query. It goes through the whole server, as in CoreDNS.
    package let question: Question
    private let response: Message
    /// Where the CNAME stands among the answers.
    private let place: Int

    init(_ response: Message, at place: Int, question: Question) {
        self.response = response
        self.place = place
        self.question = question
    }

    /// The answer with the CNAMEs up to the replaced one, that one with its new target, and what was found there
    /// (CoreDNS plugin/rewrite/cname_target.go); the response code is that of the chain's end (RFC 6604 3).
    /// - Parameter found: nil where nobody could be asked: the answer stays as it was.
    package func answer(with found: Message?) -> Message {
        guard let found else { return response }
        var answer = response
        answer.answers = response.answers[...place].filter { $0.type == .cname }
        answer.answers[answer.answers.count - 1].data = .cname(question.name)
        answer.answers += found.answers
        answer.authorities = found.authorities
        answer.rcode = found.rcode
        if found.flags.contains(.truncated) {
            answer.flags.insert(.truncated)
        } else {
            answer.flags.remove(.truncated)
        }
        return answer
    }
}

extension RewrittenQuery {
    /// The first CNAME of an answer whose target a rule replaces, the last rule first; nil where there is none.
    package func follow(_ response: Message) -> CNAMEFollow? {
        guard let asked = query.questions.first else { return nil }
        for substitution in targets.reversed() {
            for (place, record) in response.answers.enumerated() {
                guard case .cname(let target) = record.data,
                    let name = substitution.apply(to: NameText.of(target)).flatMap(NameText.name)
                else { continue }
                let question = Question(name: name, type: asked.type, recordClass: asked.recordClass)
                return CNAMEFollow(response, at: place, question: question)
            }
        }
        return nil
    }
}
