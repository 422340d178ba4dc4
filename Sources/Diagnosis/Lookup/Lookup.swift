import DNSWire
import NetworkAddress

/// Carries out lookups as a resolver library would: names of the search list one after another, servers one after
/// another, until something decides.
package struct Lookup: Sendable {
    private let channel: any QueryChannel

    package init(over channel: any QueryChannel = SocketChannel()) {
        self.channel = channel
    }

    package func run(_ query: LookupQuery) -> LookupResult {
        var walk = SearchWalk(query.plan, rules: query.rules)
        var attempts: [LookupAttempt] = []
        var names: [(attempts: Range<Int>, outcome: QueryOutcome)] = []
        var outcome = QueryOutcome.nxDomain
        while let name = walk.next {
            let types = query.order == .everyTypeAtEachName ? query.types : Array(query.types.prefix(1))
            let start = attempts.count
            for type in types {
                attempts.append(ask(name, type, query, turn: attempts.count))
                // Libraries wait for both answers at the same time: silence costs the time of one question, not of two.
                if attempts.last?.reply == nil, query.rules.isSettledBySilence { break }
            }
            let combined = query.rules.combined(attempts[start...].map(\.outcome))
            names.append((start..<attempts.count, combined))
            if case .finished(let verdict) = walk.received(combined) {
                outcome = verdict
                break
            }
        }
        var decisive = (names.first { $0.outcome == outcome } ?? names[names.count - 1]).attempts
        if query.order == .othersBehindTheFirst, let first = attempts.last {
            decisive = (attempts.count - 1)..<attempts.count
            if let message = first.message, message.rcode == .noError {
                let end = message.chainEnd(of: first.name)
                attempts += query.types.dropFirst().map { ask(end, $0, query, turn: attempts.count) }
                decisive = decisive.lowerBound..<attempts.count
                if attempts[decisive].contains(where: { $0.outcome == .answer }) { outcome = .answer }
            }
        }
        var result = LookupResult(query: query, attempts: attempts, decisive: decisive, outcome: outcome)
        addNames(to: &result)
        return result
    }

    /// One question, put to the servers in turn until one has something to say. As in glibc (resolv/res_send.c), a server
    /// that fails or refuses is followed by the next one, and what it said counts where no other says more.
    private func ask(_ name: DomainName, _ type: RecordType, _ query: LookupQuery, turn: Int) -> LookupAttempt {
        let shift = query.rotates ? turn % query.servers.count : 0
        let servers = query.servers[shift...] + query.servers[..<shift]
        var last: LookupAttempt?
        for _ in 0..<max(1, query.options.tries) {
            for server in servers {
                let attempt = exchange(name, type, server, query.options)
                switch attempt.outcome {
                case .answer, .alias, .noData, .nxDomain: return attempt
                case .serverFailure, .refusal: last = attempt
                case .noReply, .unreachable: if last?.reply == nil { last = attempt }
                }
            }
            if let last, last.reply != nil { return last }
        }
        return last ?? exchange(name, type, query.servers[0], query.options)
    }

    private func exchange(
        _ name: DomainName, _ type: RecordType, _ server: ServerAddress, _ options: TransportOptions
    ) -> LookupAttempt {
        let result = Result { () throws(ExchangeFailure) in
            try channel.exchange(name, type, with: server, options: options)
        }
        return LookupAttempt(name: name, type: type, server: server, result: result)
    }

    /// The names of the server and of the addresses, where wanted: asked once and briefly, for they only adorn the result.
    private func addNames(to result: inout LookupResult) {
        guard result.attempts.contains(where: { $0.reply != nil }) else { return }
        let server = result.server
        var options = result.query.options
        options.timeout = min(options.timeout, .seconds(1))
        func name(of address: IPAddress) -> DomainName? {
            let reverse = DomainName(reverseOf: address)
            let message = exchange(reverse, .ptr, server, options).message
            for case .ptr(let name) in message?.answers.map(\.data) ?? [] { return name }
            return nil
        }
        if result.query.wantsServerName { result.serverName = name(of: server.address) }
        if result.query.wantsReverseNames {
            for address in result.addresses { result.reverseNames[address] = name(of: address) }
        }
    }
}
