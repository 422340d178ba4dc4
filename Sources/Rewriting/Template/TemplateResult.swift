import DNSWire

/// What a template has for a query.
package enum TemplateResult: Sendable, Hashable {
    /// Zone, class or type are others: the next template or plugin answers.
    case noMatch
    /// None of its expressions matches, and the template lets such names through.
    case `fallthrough`
    case answer(TemplateAnswer)
}

/// The answer that a template gives, to be counted and sent.
package struct TemplateAnswer: Sendable, Hashable {
    /// Labels of the metrics `coredns_template_*`.
    package struct Labels: Sendable, Hashable {
        package var zone: String
        package var recordClass: String
        package var type: String
    }

    /// Why a query is answered with SERVFAIL, for the metrics of failures and the log.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package enum Kind: Sendable {
            /// `coredns_template_template_failures_total`
            case template
            /// `coredns_template_rr_failures_total`
            case record
        }

        package var kind: Kind
        /// `answer`, `additional` or `authority`
        package var section: String
        /// The template's text.
        package var template: String
        package var reason: String

        package var description: String { "\(section) \"\(template)\": \(reason)" }
    }

    /// A CNAME whose target is to be looked up through the whole server, for queries of type A and AAAA.
    package struct Follow: Sendable, Hashable {
        package var question: Question
        /// Where the CNAME stands among `answers`.
        package var place: Int
    }

    package var rcode = ResponseCode.noError
    package var answers: [ResourceRecord] = []
    package var additionals: [ResourceRecord] = []
    package var authorities: [ResourceRecord] = []
    /// RFC 8914 2.
    package var extendedError: EDNS.Option?
    package var follows: [Follow] = []
    /// nil where no expression matched: then nothing counts as a match.
    package var labels: Labels?
    package var failure: Failure?

    /// SERVFAIL and nothing else.
    static func failed(_ labels: Labels?, _ failure: Failure? = nil) -> TemplateAnswer {
        TemplateAnswer(rcode: .servFail, labels: labels, failure: failure)
    }

    /// The message that answers a query; authoritative but for failures, as CoreDNS's.
    /// - Parameter found: what `follows` came to, in their order; nil for one that nobody could be asked.
    package func message(answering query: Message, found: [Message?] = []) -> Message {
        var flags = query.flags.intersection([.recursionDesired, .checkingDisabled]).union(.response)
        if rcode != .servFail { flags.insert(.authoritative) }
        var message = Message(
            id: query.id, flags: flags, opcode: query.opcode, rcode: rcode, questions: query.questions,
            authorities: authorities, additionals: additionals)
        for (place, record) in answers.enumerated() {
            message.answers.append(record)
            for (follow, found) in zip(follows, found) where follow.place == place {
                message.answers += found?.answers ?? []
                if found?.flags.contains(.truncated) == true { message.flags.insert(.truncated) }
            }
        }
        if let edns = query.edns {
            message.edns = EDNS(dnssecOK: edns.dnssecOK, options: extendedError.map { [$0] } ?? [])
        }
        return message
    }
}
