import Corefile
import DNSWire
import Rewriting
import StaticZones
import TestSupport
import Testing

/// Rules of type, class, ttl, rcode and cname, and the worker's test.
@Suite struct RewriteAnswerTests {
    private func rule(_ change: RewriteSettings.Change, _ mode: RewriteSettings.Mode = .stop) -> RewriteSettings {
        RewriteSettings(mode: mode, change: change)
    }

    @Test func typeAndClassAreRewrittenAndPutBack() throws {
        let rules = [
            rule(.type(.any, .hinfo), .continue), rule(.recordClass(.chaos, .in), .continue), rule(.type(.hinfo, .txt)),
        ]
        let query = try Asking.query("Version.bind.", .any, .chaos)
        let rewritten = try #require(try Asking.apply(rules, to: query))
        #expect("\(rewritten.query.questions[0])" == "Version.bind.\tIN\tTXT")
        let answer = try Asking.answer(rules, to: query, with: [])
        #expect("\(answer.questions[0])" == "Version.bind.\tCH\tANY")
        #expect(try Asking.apply(rules, to: Asking.query("a.")) == nil)
    }

    static let ttls: [(RewriteSettings.TTL, [UInt32])] = [
        (.fixed(15), [15, 15, 15]), (.range(30, 300), [30, 100, 300]), (.range(nil, 30), [5, 30, 30]),
        (.range(30, nil), [30, 100, 1000]),
    ]

    @Test(arguments: ttls)
    func ttlsAreBounded(ttl: RewriteSettings.TTL, expected: [UInt32]) throws {
        let rules = [rule(.ttl(.regex(#"(.*)\.coredns\.rocks"#), ttl), .continue)]
        let records = [5, 100, 1000].map { "a.coredns.rocks. \($0) IN A 192.0.2.1" }
        let answer = try Asking.answer(rules, to: Asking.query("A.coredns.rocks."), with: records)
        #expect(answer.answers.map(\.ttl) == expected)
        let other = try Asking.answer(rules, to: Asking.query("coredns.rocks."), with: records)
        #expect(other.answers.map(\.ttl) == [5, 100, 1000])
    }

    @Test func responseCodesAreRewrittenWithAndWithoutRecords() throws {
        let rules = [rule(.rcode(.regex(#"(.*)\.coredns\.rocks"#), from: .servFail, to: .noError), .continue)]
        let query = try Asking.query("a.coredns.rocks.", .aaaa)
        #expect(try Asking.answer(rules, to: query, with: [], rcode: .servFail).rcode == .noError)
        #expect(try Asking.answer(rules, to: query, with: ["a. 1 IN TXT x"], rcode: .servFail).rcode == .noError)
        #expect(try Asking.answer(rules, to: query, with: [], rcode: .nxDomain).rcode == .nxDomain)
        #expect(try Asking.answer(rules, to: Asking.query("b."), with: [], rcode: .servFail).rcode == .servFail)
    }

    static let chains: [(RewriteSettings.Change, String?)] = [
        (.cname(.regex(#"(.*).cdn.example.net."#), with: "{1}.other.cdn.com."), "my-app.com.other.cdn.com."),
        (.cname(.suffix("cdn.example.net."), with: "other.cdn.com."), "my-app.com.other.cdn.com."),
        (.cname(.regex(#"(.*)\.CDN\.example\.net\."#), with: "{1}.x."), "my-app.com.x."),
        (.cname(.exact("my-app.com.cdn.example.net"), with: "other.example"), "other.example."),
        (.cname(.exact("my-app.com"), with: "other.example"), nil),
        (.cname(.prefix("my-app.example"), with: "b"), "b."),
    ]

    /// The README's example.
    @Test(arguments: chains)
    func targetsAreReplacedAndLookedUp(change: RewriteSettings.Change, target: String?) throws {
        let records = [
            "my-app.com. 200 IN CNAME my-app.example.", "my-app.example. 200 IN CNAME My-App.com.cdn.example.net.",
            "my-app.com.cdn.example.net. 300 IN A 20.2.0.1", "my-app.com.cdn.example.net. 300 IN A 20.2.0.2",
        ]
        let query = try Asking.query("My-app.com.")
        let rewritten = try #require(try Asking.apply([rule(change)], to: query))
        var response = query
        response.answers = try records.map { try ResourceRecord.first(inMasterText: $0)! }
        let follow = rewritten.follow(response)
        #expect(follow.map { "\($0.question.name)" } == target)
        guard let follow, let target else { return }
        #expect(follow.question.type == .a)
        var found = try Asking.query(target)
        found.answers = [try ResourceRecord.first(inMasterText: "\(target) 100 IN A 30.3.1.2")!]
        let answer = rewritten.restore(follow.answer(with: found), for: query)
        let isFirst = target == "b."
        let kept = isFirst ? ["my-app.com. 200 IN CNAME b."] : [records[0], "my-app.example. 200 IN CNAME \(target)"]
        #expect(Asking.lines(answer.answers) == kept + ["\(target) 100 IN A 30.3.1.2"])
        #expect(follow.answer(with: nil) == response)
        found.rcode = .nxDomain
        found.answers = []
        found.flags.insert(.truncated)
        #expect(follow.answer(with: found).rcode == .nxDomain)
        #expect(follow.answer(with: found).flags.contains(.truncated))
        #expect(Asking.lines(follow.answer(with: found).answers) == kept)
    }

    /// The worker's test says yes exactly where `apply` does something.
    @Test func theTestForWorkersIsExact() throws {
        var random = SplitMix64(seed: 11)
        let parts = ["a", "b.", ".a", "a.b", "ab.", "*a", "b"]
        let names = ["a.", "b.", "a.b.", "ab.a.", "b.a.b.", ".", #"a\.b."#, "aB.", "x.y."]
        func match() -> RewriteSettings.Match {
            let part = parts.randomElement(using: &random)!
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return .exact(part)
            case 1: return .prefix(part)
            case 2: return .suffix(part)
            case 3: return .substring(part)
            default: return .regex(part.replacing("*", with: "^"))
            }
        }
        var touched = 0
        for round in 0..<4000 {
            let rules = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let change: RewriteSettings.Change =
                    switch Int.random(in: 0..<8, using: &random) {
                    case 0...2: .name(match(), with: "z.z", answers: [])
                    case 3: .type(.a, .aaaa)
                    case 4: .recordClass(.chaos, .in)
                    case 5: .ttl(match(), .fixed(3))
                    case 6: .edns0(.nsid(.unset, revert: false))
                    default: .edns0(.local(code: 0xFFEE, .replace, "x", revert: true))
                    }
                return rule(change, Bool.random(using: &random) ? .stop : .continue)
            }
            let edns =
                Bool.random(using: &random)
                ? EDNS(options: [EDNS.Option(code: 0xFFEE, data: []), EDNS.Option(code: 3, data: [])]) : nil
            let query = try Asking.query(
                names.randomElement(using: &random)!, Bool.random(using: &random) ? .a : .mx,
                Bool.random(using: &random) ? .in : .chaos, edns: edns)
            let question = query.questions[0]
            let compiled = try RewriteRules(rules)
            let said = question.name.lowercased.wire.withUnsafeBytes {
                compiled.mayTouch(
                    nameInWire: $0.baseAddress!, type: question.type, recordClass: question.recordClass,
                    hasEDNS: edns != nil)
            }
            // A name that a rule makes invalid is a touch too.
            let isTouched: Bool
            do {
                isTouched = try compiled.apply(to: query, from: Asking.origin, metadata: { _ in nil }) != nil
            } catch {
                isTouched = true
            }
            touched += isTouched ? 1 : 0
            #expect(said == isTouched, "round \(round): \(rules) \(question)")
        }
        #expect((1000...3500).contains(touched))
    }
}
