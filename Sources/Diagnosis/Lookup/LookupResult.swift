import DNSWire
import NetworkAddress

/// One question and what came of it.
package struct LookupAttempt: Sendable {
    package var name: DomainName
    package var type: RecordType
    /// The server that answered, or the last one that did not.
    package var server: ServerAddress
    package var result: Result<Reply, ExchangeFailure>
    package var outcome: QueryOutcome

    package init(
        name: DomainName, type: RecordType, server: ServerAddress, result: Result<Reply, ExchangeFailure>
    ) {
        self.name = name
        self.type = type
        self.server = server
        self.result = result
        switch result {
        case .success(let reply): outcome = reply.message.outcome(for: name, type)
        case .failure(let failure): outcome = failure.outcome
        }
    }

    package var reply: Reply? { try? result.get() }
    package var message: Message? { reply?.message }
}

/// All of a lookup: what was asked, what it came to.
package struct LookupResult: Sendable {
    package var query: LookupQuery
    /// In the order in which they were made; at least one.
    package var attempts: [LookupAttempt]
    /// The attempts that decided: those of the name that answered, or that the outcome rests on; at least one.
    package var decisive: ArraySlice<LookupAttempt>
    package var outcome: QueryOutcome
    package var serverName: DomainName?
    package var reverseNames: [IPAddress: DomainName] = [:]

    package init(query: LookupQuery, attempts: [LookupAttempt], decisive: Range<Int>, outcome: QueryOutcome) {
        self.query = query
        self.attempts = attempts
        self.decisive = attempts[decisive]
        self.outcome = outcome
    }

    /// The first of the attempts that decided.
    package var head: LookupAttempt { decisive[decisive.startIndex] }

    package var exitCode: Int32 { outcome.exitCode }

    /// The server that answered; where none did, the first one asked.
    package var server: ServerAddress {
        (attempts.last { $0.reply != nil } ?? attempts[0]).server
    }

    /// The records of the decisive answers in their order, each once.
    package var records: [ResourceRecord] {
        var seen: Set<ResourceRecord> = []
        return decisive.flatMap { $0.message?.answers ?? [] }.filter { seen.insert($0).inserted }
    }

    /// The addresses among them.
    package var addresses: [IPAddress] {
        records.compactMap { if case .address(let address) = $0.data { address } else { nil } }
    }
}

extension Message {
    /// What a response says about a name and type. Names in between are followed as far as the answer has them.
    package func outcome(for name: DomainName, _ type: RecordType) -> QueryOutcome {
        switch rcode {
        case .noError: break
        case .nxDomain: return .nxDomain
        case .servFail: return .serverFailure
        default: return .refusal
        }
        if type == .any || type == .axfr { return answers.isEmpty ? .noData : .answer }
        if answers.contains(where: { $0.data.type == type }) { return .answer }
        return answers.contains { $0.data.type == .cname } ? .alias : .noData
    }

    /// Where the CNAMEs of the answer lead from a name; the name itself where it has none, or where they go in a circle.
    package func chainEnd(of name: DomainName) -> DomainName {
        var end = name
        for _ in answers {
            guard let next = answers.first(where: { $0.owner == end && $0.data.type == .cname }),
                case .cname(let target) = next.data
            else { return end }
            end = target
        }
        return answers.isEmpty ? name : end
    }
}
