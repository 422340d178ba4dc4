/// Whose way to use a search list: the C library or tool that an image carries decides which names are asked, and after
/// which answers the next one is.
///
/// | | dots >= ndots | then the list | NODATA | SERVFAIL | REFUSED | no reply |
/// |---|---|---|---|---|---|---|
/// | glibc | the name first | yes | goes on | goes on | ends the list | ends the list |
/// | musl | the name | no | stops | stops | stops | stops |
/// | go | the name first | yes | goes on | goes on | goes on | goes on |
/// | busybox | any dot: the name | no | goes on | goes on | goes on | goes on, behind an answer too |
/// | bind | the name first | yes | stops | stops | stops | stops |
///
/// "Ends the list": the name as it was written is still asked.
///
/// Read in glibc resolv/res_query.c (`__res_context_search`), musl src/network/lookup_name.c (`name_from_dns_search`), Go
/// net/dnsclient_unix.go (`nameList`, `goLookupIPCNAMEOrder`), BusyBox networking/nslookup.c (`add_query_with_search`) and BIND
/// bin/dig/dighost.c (nslookup);
/// held against the real glibc 2.36, musl 1.2.3, Go 1.19 and BusyBox 1.35 with a server that writes down what it is asked.
package enum ResolverRules: String, Hashable, Sendable, CaseIterable {
    case glibc, musl, go, busybox, bind

    /// One outcome from those of a name's questions, A before AAAA.
    package func combined(_ outcomes: [QueryOutcome]) -> QueryOutcome {
        func first(_ wanted: QueryOutcome...) -> QueryOutcome? { outcomes.first(where: wanted.contains) }
        switch self {
        case .musl:
            // The replies are looked at in order, and the first that is not NOERROR decides: an NXDOMAIN for AAAA hides
            // the address that A brought.
            return outcomes.first { ![.answer, .alias, .noData].contains($0) } ?? first(.answer) ?? first(.alias)
                ?? .noData
        case .glibc:
            // Silence for A counts, whatever AAAA brought; any word on the name beats a refusal.
            if let silent = outcomes.first, silent == .noReply || silent == .unreachable { return silent }
            return first(.answer) ?? first(.alias) ?? first(.nxDomain) ?? first(.noData) ?? outcomes.first ?? .noData
        case .go, .busybox, .bind:
            return first(.answer) ?? first(.alias) ?? outcomes.first { $0 != .noData } ?? .noData
        }
    }

    /// Silence for A settles a name: what AAAA comes to does not matter.
    var isSettledBySilence: Bool { self == .glibc || self == .musl }

    enum Continuation { case stop, nextName, nameAsWritten }

    /// What is asked after a name of the list, or the name as written, came to `outcome`.
    func continuation(after outcome: QueryOutcome, asWritten: Bool) -> Continuation {
        // BusyBox asks the whole list, and shows what each name brought.
        if outcome == .answer { return self == .busybox ? .nextName : .stop }
        switch self {
        case .glibc:
            switch outcome {
            case .answer, .alias, .unreachable: return .stop
            case .noData, .nxDomain, .serverFailure: return .nextName
            // glibc asks on after the name itself whatever the error was; in the list, such an error ends the list.
            case .refusal, .noReply: return asWritten ? .nextName : .nameAsWritten
            }
        case .musl, .bind: return outcome == .nxDomain ? .nextName : .stop
        case .go, .busybox: return .nextName
        }
    }

    /// What a search that found nothing came to, from all its outcomes in order.
    func verdict(of outcomes: [(outcome: QueryOutcome, asWritten: Bool)]) -> QueryOutcome {
        let all = outcomes.map(\.outcome)
        guard let last = all.last else { return .nxDomain }
        if all.contains(.answer) { return .answer }
        // A server without an upstream refuses the bare name after it denied all the others: there is no such name.
        func settled(_ verdict: QueryOutcome) -> QueryOutcome {
            verdict == .refusal && all.contains(.nxDomain) ? .nxDomain : verdict
        }
        switch self {
        case .glibc:
            if let first = outcomes.first, first.asWritten { return settled(first.outcome) }
            if all.contains(.noData) { return .noData }
            if all.contains(.serverFailure) { return .serverFailure }
            return settled(last)
        case .go:
            return settled(outcomes.last { $0.asWritten }?.outcome ?? all[0])
        case .busybox:
            return all.contains(.noData) ? .noData : settled(last)
        case .musl, .bind:
            return settled(last)
        }
    }
}
