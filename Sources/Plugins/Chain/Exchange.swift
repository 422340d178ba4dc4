import DNSWire

/// A question on its way through a block's plugins where they may wait for somebody, and allocate.
package struct Exchange: Sendable {
    /// The question as it is now, one: plugins in front may have changed it.
    package var query: Message
    package let client: Client
    /// The block whose plugins are asked.
    package let block: Block
    /// The blocks of the address that was asked, to ask the whole server something else.
    package let view: View
    /// How many names were followed to come here.
    package var depth = 0
    /// The plugin that could not answer in place; -1 where none was asked.
    package var first = -1
    /// Somebody has an answer already: this is to have a newer one for those who come next.
    package var isRefresh = false
    /// Written down for somebody who wants to know why.
    package var trace: Trace?
    /// Nobody waits any longer.
    package let deadline: ContinuousClock.Instant

    package var question: Question { query.questions[0] }

    package init(
        query: Message, client: Client, block: Block, view: View, depth: Int = 0, deadline: ContinuousClock.Instant
    ) {
        self.query = query
        self.client = client
        self.block = block
        self.view = view
        self.depth = depth
        self.deadline = deadline
    }

    /// The same client's same flags with another question.
    package func asking(_ name: DomainName, _ type: RecordType) -> Exchange {
        var other = self
        other.query.questions = [Question(name: name, type: type, recordClass: question.recordClass)]
        return other
    }

    /// Asks the whole server, as a client of the same address would: the block with the longest zone, from its first
    /// plugin on. SERVFAIL from the longest chain of names on.
    package func resolve(_ name: DomainName, _ type: RecordType) async -> Response {
        guard depth < Exchange.longestChain else {
            return Response(
                to: query, .servFail, from: .none, fault: "a chain of more than \(Exchange.longestChain) names")
        }
        let target = view.block(for: name, type)
        var other = Exchange(
            query: query, client: client, block: target, view: view, depth: depth + 1, deadline: deadline)
        other.query.questions = [Question(name: name, type: type, recordClass: question.recordClass)]
        other.trace = trace
        return await target.chain.resolve(other)
    }

    /// CoreDNS follows 10 names, the answer table 24.
    package static let longestChain = 24
}

/// What a block's plugins say.
package struct Response: Sendable {
    /// Sections, rcode, AA, AD and, in `edns`, extended errors count; identifier, question and the rest are the client's.
    package var message: Message
    /// Whose answer it is.
    package var plugin: PluginName
    /// For the errors plugin and `errors`: what went wrong.
    package var fault: String?
    /// Why it is as it is, for clients of a block that says so.
    package var explanation: ExtendedError?
    /// Nothing is sent (acl's `drop`).
    package var isDropped = false

    package init(_ message: Message, from plugin: PluginName, fault: String? = nil) {
        self.message = message
        self.plugin = plugin
        self.fault = fault
    }

    /// An answer without records.
    package init(to query: Message, _ rcode: ResponseCode, from plugin: PluginName, fault: String? = nil) {
        var message = Message(id: query.id, flags: .response, rcode: rcode, questions: query.questions)
        message.opcode = query.opcode
        self.init(message, from: plugin, fault: fault)
    }
}
