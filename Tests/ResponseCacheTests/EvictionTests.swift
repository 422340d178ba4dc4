import Corefile
import DNSWire
import TestSupport
import Testing

@testable import ResponseCache

/// What makes room.
@Suite struct EvictionTests {
    private func good(_ text: String, ttl: UInt32 = 60) -> Message {
        response(question(text), .noError, [address(text, ttl, 1)])
    }

    @Test(arguments: [0, -1]) func capacityZeroKeepsNothing(_ capacity: Int) {
        let bench = Bench {
            $0.success.capacity = capacity
            $0.denial.capacity = capacity
        }
        #expect(!bench.store(good("a."), now: 0).isKept)
        #expect(bench.look(question("a."), now: 0) == nil)
    }

    @Test func capacityOne() {
        let bench = Bench { $0.success.capacity = 1 }
        for round in 0..<100 {
            let text = "n\(round % 3)."
            #expect(bench.store(good(text), now: round).isKept)
            #expect(bench.look(question(text), now: round) != nil)
            #expect(bench.look(question("n\((round + 1) % 3)."), now: round) == nil)
            // The same again: in its own place.
            #expect(bench.store(good(text), now: round).isKept)
            #expect(bench.statistics.success.entries == 1)
        }
        #expect(bench.statistics.success.evictions == 99)
    }

    @Test func theUsedGetASecondChance() {
        let bench = Bench { $0.success.capacity = 3 }
        for text in ["a.", "b.", "c."] { bench.store(good(text), now: 0) }
        _ = bench.look(question("a."), now: 1)
        bench.store(good("d."), now: 1)
        #expect(bench.look(question("a."), now: 1) != nil)
        #expect(bench.look(question("b."), now: 1) == nil)
        #expect(bench.look(question("c."), now: 1) != nil)
        #expect(bench.statistics.success.evictions == 1)
        #expect(bench.statistics.denial.evictions == 0)
    }

    @Test func theExpiredGoFirst() {
        let bench = Bench { $0.success.capacity = 3 }
        bench.store(good("a."), now: 0)
        bench.store(good("b.", ttl: 5), now: 0)
        bench.store(good("c."), now: 0)
        bench.store(good("d."), now: 5)
        for text in ["a.", "c.", "d."] { #expect(bench.look(question(text), now: 5) != nil, "\(text)") }
        #expect(bench.statistics.success.evictions == 0, "nothing of use has gone")
        #expect(bench.statistics.success.entries == 3)
    }

    @Test func theStoresDoNotShareRoom() {
        let bench = Bench {
            $0.success.capacity = 2
            $0.denial.capacity = 3
        }
        for index in 0..<9 {
            bench.store(good("g\(index)."), now: 0)
            bench.store(
                response(question("d\(index)."), .nxDomain, authorities: [soa(".", 60, minimum: 60)]), now: 0)
        }
        #expect(bench.statistics.success.entries == 2)
        #expect(bench.statistics.success.evictions == 7)
        #expect(bench.statistics.denial.entries == 3)
        #expect(bench.statistics.denial.evictions == 6)
    }

    @Test func octetsAreBounded() {
        let bench = Bench { $0.success.capacity = 5000 }
        let text = (0..<200).map { _ in Array(repeating: UInt8(0x61), count: 255) }
        for index in 0..<400 {
            let owner = "n\(index)."
            #expect(
                bench.store(response(question(owner, .txt), .noError, [record(owner, 60, .txt(text))]), now: 0).isKept)
        }
        #expect(bench.statistics.success.octets <= 16 << 20)
        #expect(bench.statistics.success.octets > 15 << 20)
        #expect((300..<330).contains(bench.statistics.success.entries))
    }

    /// What a heap has to be.
    @Test func theEarliestIsFirst() {
        var random = SplitMix64(seed: 7)
        var order = ExpiryOrder()
        var times: [Int: Int] = [:]
        for _ in 0..<20_000 {
            let slot = Int.random(in: 0..<100, using: &random)
            if times.removeValue(forKey: slot) != nil {
                order.remove(slot)
            } else {
                let time = Int.random(in: 0..<1000, using: &random)
                times[slot] = time
                order.insert(slot, at: time)
            }
            #expect(order.first?.time == times.values.min())
            if let first = order.first { #expect(times[first.slot] == first.time) }
        }
    }
}
