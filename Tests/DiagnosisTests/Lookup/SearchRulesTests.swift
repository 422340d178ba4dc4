import DNSWire
import Testing

@testable import Diagnosis

/// Search rules as tables: what is typed, whose rules, what is asked in which order, where it ends.
@Suite struct SearchRulesTests {
    static let list = ["a.svc.test", "svc.test", "test"]

    static let plans: [(name: String, ndots: Int, rules: ResolverRules, asked: [String])] = [
        ("web", 5, .glibc, ["web.a.svc.test.", "web.svc.test.", "web.test.", "web."]),
        ("web.b", 5, .glibc, ["web.b.a.svc.test.", "web.b.svc.test.", "web.b.test.", "web.b."]),
        (
            "a.b.c.d.e.f", 5, .glibc,
            ["a.b.c.d.e.f.", "a.b.c.d.e.f.a.svc.test.", "a.b.c.d.e.f.svc.test.", "a.b.c.d.e.f.test."]
        ),
        ("web.b", 1, .glibc, ["web.b.", "web.b.a.svc.test.", "web.b.svc.test.", "web.b.test."]),
        ("web", 0, .glibc, ["web.", "web.a.svc.test.", "web.svc.test.", "web.test."]),
        ("web.", 5, .glibc, ["web."]),
        ("web.b.", 1, .glibc, ["web.b."]),
        ("web", 5, .musl, ["web.a.svc.test.", "web.svc.test.", "web.test.", "web."]),
        ("web.b", 1, .musl, ["web.b."]),
        ("web.b", 2, .musl, ["web.b.a.svc.test.", "web.b.svc.test.", "web.b.test.", "web.b."]),
        ("web.b", 1, .go, ["web.b.", "web.b.a.svc.test.", "web.b.svc.test.", "web.b.test."]),
        ("web.b", 5, .go, ["web.b.a.svc.test.", "web.b.svc.test.", "web.b.test.", "web.b."]),
        ("web", 5, .busybox, ["web.a.svc.test.", "web.svc.test.", "web.test."]),
        ("web.b", 5, .busybox, ["web.b."]),
        ("web.b", 5, .bind, ["web.b.a.svc.test.", "web.b.svc.test.", "web.b.test.", "web.b."]),
    ]

    @Test(arguments: plans) func whatIsAsked(name: String, ndots: Int, rules: ResolverRules, asked: [String]) throws {
        let plan = try SearchPlan(name, search: Self.list.map { try DomainName($0) }, ndots: ndots, rules: rules)
        #expect(plan.candidates.map { "\($0.name)" } == asked)
    }

    /// What each name of `web` (three of the list, then itself) comes to, how many are asked, and the end.
    static let walks: [(rules: ResolverRules, outcomes: [QueryOutcome], asked: Int, end: QueryOutcome)] = [
        (.glibc, [.nxDomain, .answer], 2, .answer),
        (.glibc, [.nxDomain, .nxDomain, .nxDomain, .nxDomain], 4, .nxDomain),
        (.glibc, [.nxDomain, .nxDomain, .nxDomain, .answer], 4, .answer),
        // NODATA is remembered and beats what comes later.
        (.glibc, [.noData, .nxDomain, .nxDomain, .nxDomain], 4, .noData),
        (.glibc, [.noData, .answer], 2, .answer),
        (.glibc, [.serverFailure, .answer], 2, .answer),
        (.glibc, [.serverFailure, .nxDomain, .nxDomain, .nxDomain], 4, .serverFailure),
        // Silence and refusal end the list; the name itself is still asked.
        (.glibc, [.noReply, .answer], 2, .answer),
        (.glibc, [.noReply, .nxDomain], 2, .nxDomain),
        (.glibc, [.refusal, .refusal], 2, .refusal),
        (.glibc, [.unreachable], 1, .unreachable),
        (.glibc, [.alias], 1, .alias),
        // A server without an upstream refuses the bare name: still no such name.
        (.glibc, [.nxDomain, .nxDomain, .nxDomain, .refusal], 4, .nxDomain),
        (.musl, [.nxDomain, .answer], 2, .answer),
        (.musl, [.noData], 1, .noData),
        (.musl, [.nxDomain, .noData], 2, .noData),
        (.musl, [.serverFailure], 1, .serverFailure),
        (.musl, [.noReply], 1, .noReply),
        (.musl, [.nxDomain, .nxDomain, .nxDomain, .refusal], 4, .nxDomain),
        (.go, [.noData, .serverFailure, .noReply, .answer], 4, .answer),
        (.go, [.serverFailure, .nxDomain, .nxDomain, .nxDomain], 4, .nxDomain),
        (.busybox, [.nxDomain, .serverFailure, .answer], 3, .answer),
        (.busybox, [.answer, .nxDomain, .nxDomain], 3, .answer),
        (.busybox, [.nxDomain, .nxDomain, .nxDomain], 3, .nxDomain),
        (.bind, [.nxDomain, .noData], 2, .noData),
        (.bind, [.serverFailure], 1, .serverFailure),
    ]

    @Test(arguments: walks) func whereItEnds(
        rules: ResolverRules, outcomes: [QueryOutcome], asked: Int, end: QueryOutcome
    ) throws {
        var walk = SearchWalk(
            try SearchPlan("web", search: Self.list.map { try DomainName($0) }, ndots: 5, rules: rules), rules: rules)
        for (index, outcome) in outcomes.enumerated() {
            switch walk.received(outcome) {
            case .ask(let name): #expect(index + 1 < asked, "asks \(name) although it should have ended")
            case .finished(let verdict):
                #expect(index + 1 == asked)
                #expect(verdict == end)
            }
        }
    }

    @Test func glibcReportsTheNameAskedFirst() throws {
        let search = [try DomainName("test")]
        var walk = SearchWalk(try SearchPlan("a.b", search: search, ndots: 1, rules: .glibc), rules: .glibc)
        #expect(walk.received(.noReply) == .ask(try DomainName("a.b.test")))
        #expect(walk.received(.nxDomain) == .finished(.noReply))
    }

    @Test func silenceSkipsToTheNameItself() throws {
        let search = try Self.list.map { try DomainName($0) }
        var walk = SearchWalk(try SearchPlan("web", search: search, ndots: 5, rules: .glibc), rules: .glibc)
        #expect(walk.received(.noReply) == .ask(try DomainName("web")))
    }

    /// What A and AAAA come to, and what the library makes of both.
    static let pairs: [(rules: ResolverRules, a: QueryOutcome, aaaa: QueryOutcome, both: QueryOutcome)] = [
        (.glibc, .answer, .nxDomain, .answer), (.glibc, .noData, .answer, .answer), (.glibc, .noData, .noData, .noData),
        (.glibc, .noData, .nxDomain, .nxDomain), (.glibc, .noData, .refusal, .noData),
        (.glibc, .refusal, .noData, .noData),
        (.glibc, .refusal, .nxDomain, .nxDomain), (.glibc, .refusal, .serverFailure, .refusal),
        (.glibc, .serverFailure, .refusal, .serverFailure), (.glibc, .noReply, .answer, .noReply),
        (.glibc, .answer, .noReply, .answer), (.glibc, .noData, .noReply, .noData),
        (.musl, .answer, .nxDomain, .nxDomain), (.musl, .answer, .serverFailure, .serverFailure),
        (.musl, .answer, .noData, .answer), (.musl, .nxDomain, .serverFailure, .nxDomain),
        (.musl, .serverFailure, .nxDomain, .serverFailure), (.musl, .refusal, .nxDomain, .refusal),
        (.musl, .nxDomain, .noReply, .nxDomain), (.musl, .noReply, .answer, .noReply),
        (.go, .serverFailure, .answer, .answer), (.go, .noReply, .answer, .answer),
    ]

    @Test(arguments: pairs) func bothFamilies(
        rules: ResolverRules, a: QueryOutcome, aaaa: QueryOutcome, both: QueryOutcome
    ) {
        #expect(rules.combined([a, aaaa]) == both)
    }

    @Test func namesThatWouldBeTooLongAreLeftOut() throws {
        let long = Array(repeating: String(repeating: "x", count: 60), count: 4).joined(separator: ".")
        let plan = try SearchPlan(
            long, search: [try DomainName("a.very.long.search.domain"), try DomainName("t")], ndots: 5, rules: .glibc)
        #expect(plan.candidates.count == 2)
    }

    @Test func everyCombinationEnds() throws {
        let search = [try DomainName("a"), try DomainName("b")]
        for rules in ResolverRules.allCases {
            for ndots in [0, 5] {
                let plan = try SearchPlan("web", search: search, ndots: ndots, rules: rules)
                for first in QueryOutcome.allCases {
                    for second in QueryOutcome.allCases {
                        for third in QueryOutcome.allCases {
                            var walk = SearchWalk(plan, rules: rules)
                            var ended: QueryOutcome?
                            for outcome in [first, second, third] where ended == nil {
                                if case .finished(let verdict) = walk.received(outcome) { ended = verdict }
                            }
                            #expect(ended != nil)
                            let found = ended == .answer
                            if found { #expect([first, second, third].contains(.answer)) }
                        }
                    }
                }
            }
        }
    }
}
