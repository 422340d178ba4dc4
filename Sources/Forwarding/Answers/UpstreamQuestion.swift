import DNSWire

/// What an upstream is asked for a client: of the client's query only what changes the answer. Equal ones are asked once.
struct UpstreamQuestion: Hashable, Sendable {
    /// In lower case: some upstreams answer so, whatever they were asked, and an answer is compared octet by octet.
    let question: Question
    let flags: MessageFlags
    let isDNSSECWanted: Bool

    /// The payload that comes through everywhere without fragments (RFC 9715 3.1).
    private static let payloadSize: UInt16 = 1232

    /// nil where the query is none with one question (RFC 9619).
    init?(_ query: Message) {
        guard query.opcode == 0, query.questions.count == 1, let question = query.questions.first else { return nil }
        self.question = Question(
            name: question.name.lowercased, type: question.type, recordClass: question.recordClass)
        flags = query.flags.intersection([.checkingDisabled, .authenticData]).union(.recursionDesired)
        isDNSSECWanted = query.edns?.dnssecOK ?? false
    }

    /// The query, without options of the client's.
    /// - Parameter hasEDNS: false for an upstream that does not know it (RFC 6891 7).
    func wire(hasEDNS: Bool = true) throws(WireError) -> [UInt8] {
        let edns = EDNS(payloadSize: UpstreamQuestion.payloadSize, dnssecOK: isDNSSECWanted)
        return try Message(
            id: 0, flags: flags, questions: [question], edns: hasEDNS ? edns : nil
        ).encoded()
    }
}
