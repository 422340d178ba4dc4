import Corefile
import DNSWire
import Testing

@testable import ResponseCache

/// `serve_stale` and `prefetch`.
@Suite struct StaleTests {
    private let asked = question("a.")
    private var good: Message { response(asked, .noError, [address("a.", 60, 1)]) }
    private var failed: Message { response(asked, .servFail) }

    private func bench(_ mode: CacheSettings.ServeStale.Mode) -> Bench {
        Bench {
            var stale = CacheSettings.ServeStale()
            stale.duration = .seconds(100)
            stale.mode = mode
            $0.serveStale = stale
        }
    }

    @Test func immediate() throws {
        let bench = bench(.immediate)
        bench.store(good, now: 0)
        #expect(bench.look(asked, now: 59)?.state == .fresh)
        let first = try #require(bench.look(asked, now: 60))
        #expect(first.state == .staleButRefresh && first.ttl == 0 && first.state.isStale && first.state.wantsRefresh)
        #expect(bench.answer(first, asked, limit: 512).message.answers == good.withTTL(0).answers)
        #expect(bench.look(asked, now: 60)?.state == .stale, "one refresh a second")
        #expect(bench.look(asked, now: 61)?.state == .staleButRefresh)
        #expect(bench.look(asked, now: 159)?.state.isStale == true)
        #expect(bench.look(asked, now: 160) == nil)
        #expect(bench.statistics.servedStale == 4)
        #expect(bench.statistics.prefetches == 3)
        #expect(bench.statistics.misses == 1)
    }

    @Test func verify() {
        let bench = bench(.verify)
        bench.store(good, now: 0)
        #expect(bench.look(asked, now: 60)?.state == .staleUnverified)
        #expect(bench.look(asked, now: 60)?.state == .staleUnverified, "all of them ask")
        #expect(bench.statistics.servedStale == 0)
        let found = bench.cache.lookMessage(
            asked, dnssecOK: false, checkingDisabled: false, now: 61_000, counting: false)
        #expect(found?.state == .staleUnverified)
        #expect(found?.message.answers == good.withTTL(0).answers)
        bench.cache.countServedStale()
        #expect(bench.statistics.servedStale == 1)
    }

    /// An upstream that has just failed is left alone for as long as SERVFAIL is kept (RFC 8767 5).
    @Test(arguments: [CacheSettings.ServeStale.Mode.immediate, .verify])
    func aFailureIsRemembered(_ mode: CacheSettings.ServeStale.Mode) {
        let bench = bench(mode)
        bench.store(good, now: 0)
        let asks: Hit.State = mode == .verify ? .staleUnverified : .staleButRefresh
        #expect(bench.look(asked, now: 70)?.state == asks)
        bench.store(failed, now: 70)
        #expect(bench.look(asked, now: 74)?.state == .stale)
        #expect(bench.look(asked, now: 75)?.state == asks)
        bench.store(good, now: 76)
        #expect(bench.look(asked, now: 76)?.state == .fresh)
    }

    @Test func prefetch() {
        let bench = Bench {
            var prefetch = CacheSettings.Prefetch(amount: 3)
            prefetch.duration = .seconds(10)
            prefetch.percentage = 20
            $0.prefetch = prefetch
        }
        bench.store(good, now: 0)
        // Three hits without a pause above 10 s, and at most 12 s left.
        #expect(bench.look(asked, now: 30)?.state == .fresh)
        #expect(bench.look(asked, now: 41)?.state == .fresh, "counted anew")
        #expect(bench.look(asked, now: 47)?.state == .fresh)
        #expect(bench.look(asked, now: 47)?.state == .fresh, "13 s are left")
        #expect(bench.look(asked, now: 48)?.state == .freshButPrefetch)
        #expect(bench.look(asked, now: 48)?.state == .fresh, "one a second")
        #expect(bench.look(asked, now: 49)?.state == .freshButPrefetch)
        #expect(bench.look(asked, now: 49)?.state.isStale == false)
        #expect(bench.statistics.prefetches == 2)
        // As popular as before.
        bench.store(good, now: 50)
        #expect(bench.look(asked, now: 59)?.state == .fresh, "51 s are left")
        for now in [69, 79, 89] { #expect(bench.look(asked, now: now)?.state == .fresh) }
        #expect(bench.look(asked, now: 98)?.state == .freshButPrefetch)
        #expect(bench.look(asked, now: 109)?.state == .fresh, "a pause")
    }

    @Test func noPrefetchWithoutTheOption() {
        let bench = Bench()
        bench.store(good, now: 0)
        for _ in 0..<10 { #expect(bench.look(asked, now: 59)?.state == .fresh) }
    }
}
