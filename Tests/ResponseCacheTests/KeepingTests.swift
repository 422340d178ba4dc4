import Corefile
import DNSWire
import Testing

@testable import ResponseCache

/// What is kept, under which question, and what displaces what.
@Suite struct KeepingTests {
    private let asked = question("www.example.org.")
    private var good: Message { response(asked, .noError, [address("www.example.org.", 60, 1)]) }
    private var newer: Message { response(asked, .noError, [address("www.example.org.", 60, 2)]) }
    private var denied: Message { response(asked, .nxDomain, authorities: [soa("example.org.", 60, minimum: 30)]) }
    private var failed: Message { response(asked, .servFail) }

    @Test func isFoundInAnyCaseWithTheSameBits() {
        let bench = Bench()
        #expect(bench.store(good, now: 100) == ResponseCache.Stored(isKept: true, ttl: 60))
        #expect(bench.look(question("WWW.Example.ORG."), now: 100) != nil)
        #expect(bench.look(asked, now: 100, dnssecOK: true) == nil)
        #expect(bench.look(asked, now: 100, checkingDisabled: true) == nil)
        #expect(bench.look(question("www.example.org.", .aaaa), now: 100) == nil)
        #expect(bench.look(question("ww.example.org."), now: 100) == nil)
        #expect(bench.look(question("example.org."), now: 100) == nil)
        let statistics = bench.statistics
        #expect(statistics.requests == 6)
        #expect(statistics.misses == 5)
        #expect(statistics.success.hits == 1)
        #expect(statistics.success.entries == 1)
    }

    @Test func answersWithOtherBitsAreOthers() {
        let bench = Bench()
        for (number, bits) in [(false, false), (true, false), (false, true), (true, true)].enumerated() {
            let message = response(asked, .noError, [address("www.example.org.", 60, UInt32(number))])
            bench.cache.store(message, for: asked, dnssecOK: bits.0, checkingDisabled: bits.1, now: 0)
        }
        #expect(bench.statistics.success.entries == 4)
        for (number, bits) in [(false, false), (true, false), (false, true), (true, true)].enumerated() {
            let hit = bench.look(asked, now: 0, dnssecOK: bits.0, checkingDisabled: bits.1)
            let found = hit.map { bench.answer($0, asked, limit: 512).message.answers[0] }
            #expect(found == address("www.example.org.", 60, UInt32(number)))
            let lane = bench.cache.lookMessage(asked, dnssecOK: bits.0, checkingDisabled: bits.1, now: 0)
            #expect(lane?.message.answers == found.map { [$0] })
        }
    }

    @Test func onlyClassInternet() {
        let bench = Bench()
        let chaos = Question(name: name("version.bind."), type: .txt, recordClass: .chaos)
        let record = ResourceRecord(owner: chaos.name, ttl: 9, recordClass: .chaos, data: .txt([[1]]))
        #expect(!bench.store(response(chaos, .noError, [record]), now: 0).isKept)
    }

    @Test func whatDoesNotFitTheQuestionIsDropped() {
        let bench = Bench()
        let other = response(question("evil.example.org."), .noError, [address("evil.example.org.", 60, 1)])
        for wrong in [other, response(asked, .noError, good.answers, flags: [])] {
            let stored = bench.cache.store(wrong, for: asked, dnssecOK: false, checkingDisabled: false, now: 0)
            #expect(stored == ResponseCache.Stored(isKept: false, ttl: nil))
        }
        var none = good
        none.questions = []
        _ = bench.cache.store(none, for: asked, dnssecOK: false, checkingDisabled: false, now: 0)
        #expect(bench.statistics.drops == 3)
        #expect(bench.statistics.success.entries == 0)
        #expect(bench.look(other.questions[0], now: 0) == nil)
    }

    @Test func theUpstreamMayChangeTheLettersOfTheQuestion() {
        let bench = Bench()
        var shouting = good
        shouting.questions = [question("WWW.EXAMPLE.ORG.")]
        #expect(bench.cache.store(shouting, for: asked, dnssecOK: false, checkingDisabled: false, now: 0).isKept)
    }

    @Test func zonesOfTheSettings() {
        let bench = Bench {
            $0.zones = [name("example.org."), name("net.")]
            $0.disabledSuccess = [name("a.example.org.")]
            $0.disabledDenial = [name("b.example.org.")]
        }
        func kept(_ text: String, denied: Bool = false) -> Bool {
            let asked = question(text)
            let message =
                denied
                ? response(asked, .nxDomain, authorities: [soa(".", 9, minimum: 9)])
                : response(asked, .noError, [address(text, 9, 1)])
            return bench.store(message, now: 0).isKept
        }
        #expect(kept("example.org.") && kept("www.NET.") && kept("c.example.org.", denied: true))
        #expect(!kept("example.com.") && !kept("org."))
        #expect(!kept("a.example.org.") && !kept("x.a.example.org.") && kept("a.example.org.", denied: true))
        #expect(!kept("b.example.org.", denied: true) && kept("b.example.org."))
    }

    @Test func aNewerAnswerDisplaces() {
        let bench = Bench()
        bench.store(good, now: 0)
        bench.store(newer, now: 10)
        #expect(bench.answer(asked, now: 10)?.answers == newer.answers)
        bench.store(denied, now: 20)
        #expect(bench.answer(asked, now: 20)?.rcode == .nxDomain)
        #expect(bench.statistics.success.entries == 0)
        #expect(bench.statistics.denial.entries == 1)
        bench.store(good, now: 21)
        #expect(bench.answer(asked, now: 21)?.answers == good.answers)
        #expect(bench.statistics.success.entries == 1)
        #expect(bench.statistics.denial.entries == 0)
    }

    @Test func aDenialThatIsNotKeptEndsTheAnswerBefore() {
        let bench = Bench { $0.disabledDenial = [.root] }
        bench.store(good, now: 0)
        #expect(!bench.store(denied, now: 10).isKept)
        #expect(bench.look(asked, now: 10) == nil)
    }

    @Test func failureNeverDisplacesGoodData() {
        let bench = Bench { $0.serveStale = .init() }
        bench.store(good, now: 0)
        for now in [10, 100, 3600 + 59] {
            #expect(!bench.store(failed, now: now).isKept)
            #expect(bench.answer(asked, now: now)?.rcode == .noError, "\(now)")
        }
        #expect(bench.store(failed, now: 3660).isKept)
        #expect(bench.answer(asked, now: 3664)?.rcode == .servFail)
        #expect(bench.look(asked, now: 3665) == nil, "a failure is not served stale")
        bench.store(denied, now: 3670)
        #expect(!bench.store(failed, now: 3671).isKept)
        #expect(bench.answer(asked, now: 3671)?.rcode == .nxDomain, "NXDOMAIN is good data")
    }

    @Test func failureIsKeptWithoutServingStale() {
        let bench = Bench()
        bench.store(good, now: 0)
        #expect(bench.look(asked, now: 60) == nil)
        #expect(bench.store(failed, now: 60).isKept)
        #expect(bench.answer(asked, now: 64)?.rcode == .servFail)
        bench.store(newer, now: 62)
        #expect(bench.answer(asked, now: 64)?.answers.first?.data == newer.answers[0].data)
    }

    @Test func servfailZeroKeepsNone() {
        let bench = Bench { $0.servfailTTL = 0 }
        #expect(!bench.store(failed, now: 0).isKept)
        #expect(bench.look(asked, now: 0) == nil)
    }

    @Test func theLaneSeesWhatTheWorkerSees() throws {
        let bench = Bench()
        var message = good
        message.flags.insert(.authenticData)
        message.edns = EDNS(options: [.init(code: 15, data: [0, 3, 0x68, 0x69]), .init(code: 10, data: [1])])
        bench.store(message, now: 100)
        let found = try #require(
            bench.cache.lookMessage(
                question("WWW.example.org."), dnssecOK: false, checkingDisabled: false, now: 107_000))
        #expect(found.state == .fresh)
        #expect(found.message.answers == good.withTTL(53).answers)
        #expect(found.message.questions[0].name.wire == name("WWW.example.org.").wire)
        #expect(found.message.flags == [.response, .recursionAvailable, .authenticData])
        #expect(found.message.edns?.options == [.init(code: 15, data: [0, 3, 0x68, 0x69])])
        let none = bench.cache.lookMessage(
            question("x."), dnssecOK: false, checkingDisabled: false, now: 107_000, counting: false)
        #expect(none == nil)
        #expect(bench.statistics.requests == 1)
        #expect(bench.statistics.success.hits == 1)
    }
}
