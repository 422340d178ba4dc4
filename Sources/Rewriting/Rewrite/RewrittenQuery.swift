import DNSWire

/// A query as the rules made it, and what its answer has to go through.
package struct RewrittenQuery: Sendable {
    /// What is asked in place of the original.
    package internal(set) var query: Message
    /// In the order of the rules; they are undone from the last to the first.
    var changes: [AnswerChange] = []
    /// What `cname` rules do to targets.
    var targets: [NameSubstitution] = []
    /// Codes of the options that rules wrote.
    var optionCodes: Set<UInt16> = []

    init(query: Message) { self.query = query }

    func isOfNoConsequence(for original: Message) -> Bool {
        changes.isEmpty && targets.isEmpty && query == original
            && query.questions.first?.name.wire == original.questions.first?.name.wire
    }

    /// The answer to the original query: its question put back, names, TTLs, response code and options changed as the
    /// rules say, those of the last rule first (CoreDNS plugin/rewrite/reverter.go).
    ///
    /// An answer to a client without EDNS has none either (RFC 6891 7), whatever a rule added to the query.
    package func restore(_ response: Message, for original: Message) -> Message {
        var response = response
        response.id = original.id
        response.questions = original.questions
        let undone = changes.reversed()
        for place in response.authorities.indices { response.authorities[place].apply(undone) }
        for place in response.answers.indices { response.answers[place].apply(undone) }
        for place in response.additionals.indices { response.additionals[place].apply(undone) }
        echoOptions(in: &response)
        for change in undone {
            switch change {
            case .rcode(let from, let to): if response.rcode == from { response.rcode = to }
            case .withoutOption(let code): response.edns?.options.removeAll { $0.code == code }
            case .option(let old):
                if let place = response.edns?.options.firstIndex(where: { $0.code == old.code }) {
                    response.edns?.options[place] = old
                }
            case .owner, .value, .ttl: continue
            }
        }
        if original.edns == nil, query.edns != nil {
            response.edns = nil
            // RFC 6891 6.1.3: a code over 15 cannot be said without.
            if response.rcode.rawValue > 15 { response.rcode = .servFail }
        }
        return response
    }

    /// An answer made here says the options that rules wrote, as CoreDNS's do (request/edns0.go); one with options of its
    /// own says those.
    private func echoOptions(in response: inout Message) {
        guard response.edns == nil, let asked = query.edns else { return }
        let echoed = asked.options.filter { optionCodes.contains($0.code) && $0.code != OptionRule.subnet }
        guard !echoed.isEmpty else { return }
        response.edns = EDNS(payloadSize: asked.payloadSize, dnssecOK: asked.dnssecOK, options: echoed)
    }
}
