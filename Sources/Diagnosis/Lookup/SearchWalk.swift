import DNSWire

/// The way along a search plan: told what each name came to, it says which one is asked next.
///
///     var walk = SearchWalk(plan, rules: .musl)
///     walk.next                       // the first name
///     walk.received(.nxDomain)        // .ask(the second name)
///     walk.received(.serverFailure)   // .finished(.serverFailure): musl stops there
///
/// It sends nothing and waits for nothing.
package struct SearchWalk: Sendable {
    package enum Step: Hashable, Sendable {
        case ask(DomainName)
        /// The search is over, with the outcome that the program on top of the library is told.
        case finished(QueryOutcome)
    }

    private let rules: ResolverRules
    private var remaining: ArraySlice<SearchPlan.Candidate>
    private var past: [(outcome: QueryOutcome, asWritten: Bool)] = []

    package init(_ plan: SearchPlan, rules: ResolverRules) {
        self.rules = rules
        remaining = plan.candidates[...]
    }

    /// The name whose outcome is awaited; nil behind the last one.
    package var next: DomainName? { remaining.first?.name }

    /// Takes what the awaited name came to.
    package mutating func received(_ outcome: QueryOutcome) -> Step {
        guard let current = remaining.popFirst() else { return .finished(rules.verdict(of: past)) }
        past.append((outcome, current.isAsWritten))
        switch rules.continuation(after: outcome, asWritten: current.isAsWritten) {
        case .stop: return .finished(stopped(with: outcome))
        case .nameAsWritten: remaining = remaining.filter(\.isAsWritten)[...]
        case .nextName: break
        }
        if let next { return .ask(next) }
        return .finished(rules.verdict(of: past))
    }

    /// An answer is what it is; anything else is judged together with what came before it.
    private func stopped(with outcome: QueryOutcome) -> QueryOutcome {
        switch outcome {
        case .answer, .alias, .unreachable: outcome
        default: rules.verdict(of: past)
        }
    }
}
