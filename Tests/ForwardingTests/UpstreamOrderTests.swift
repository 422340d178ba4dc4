import Corefile
import Testing
import TestSupport

@testable import Forwarding

@Suite struct UpstreamOrderTests {
    private func shares(_ candidates: [UpstreamOrder.Candidate], _ policy: ForwardSettings.Policy) -> [[Int]] {
        var random = SplitMix64(seed: 42)
        return (0..<3000).map { UpstreamOrder.order(candidates, by: policy, turn: $0, using: &random) }
    }

    private let equal = [UpstreamOrder.Candidate](repeating: .init(isDoubtful: false, weight: 1), count: 3)

    @Test func sequentialIsTheGivenOrder() {
        #expect(Set(shares(equal, .sequential)) == [[0, 1, 2]])
    }

    @Test func roundRobinTakesTurns() {
        #expect(Array(shares(equal, .roundRobin)[..<4]) == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]])
    }

    @Test func randomIsFairToEqualOnes() {
        let orders = shares(equal, .random)
        #expect(Set(orders).count == 6)
        for first in 0..<3 { #expect((900...1100).contains(orders.count { $0[0] == first })) }
    }

    @Test func randomFollowsWeights() {
        var candidates = equal
        candidates[1].weight = 0.1
        // 1 in 21.
        #expect((100...190).contains(shares(candidates, .random).count { $0[0] == 1 }))
    }

    @Test(arguments: [ForwardSettings.Policy.sequential, .roundRobin, .random])
    func whoIsInDoubtComesLast(policy: ForwardSettings.Policy) {
        var candidates = equal
        candidates[0].isDoubtful = true
        #expect(shares(candidates, policy).allSatisfy { $0.last == 0 && $0.count == 3 })
    }

    @Test func aloneOrNone() {
        #expect(shares([], .roundRobin)[0] == [])
        #expect(shares([.init(isDoubtful: true, weight: 1)], .random)[0] == [0])
    }
}

@Suite struct UpstreamHealthTests {
    private let second: Int64 = 1_000_000_000

    @Test func theRoundTripIsSmoothed() {
        var health = UpstreamHealth()
        #expect(health.patience == second)
        health.answered(elapsed: 80_000_000)
        #expect(health.roundTrip == 80_000_000 && health.variation == 40_000_000)
        health.answered(elapsed: 160_000_000)
        #expect(health.roundTrip == 90_000_000 && health.variation == 50_000_000)
        #expect(health.patience == 290_000_000)
        for _ in 0..<50 { health.answered(elapsed: 1_000_000) }
        #expect(health.patience == second / 4)
    }

    @Test func aBadScoreWearsOff() {
        var health = UpstreamHealth()
        for _ in 0..<8 { health.answeredBadly(at: 100 * second) }
        #expect(health.isDoubtful(at: 100 * second))
        #expect(health.weight(at: 100 * second) < 0.05)
        #expect(!health.isDoubtful(at: 111 * second))
        #expect(health.weight(at: 200 * second) > 0.99)
        health.answeredBadly(at: 300 * second)
        health.answeredWell(at: 300 * second)
        #expect(!health.isDoubtful(at: 300 * second))
    }

    @Test func failuresOfProbesCount() {
        var health = UpstreamHealth()
        health.failed("silence")
        #expect(!health.isDown(maxFails: 1) && health.isDoubtful(at: 0))
        health.probeFailed("silence")
        #expect(health.isDown(maxFails: 1) && !health.isDown(maxFails: 2) && !health.isDown(maxFails: 0))
        health.probeAnswered(isGood: false)
        #expect(!health.isDown(maxFails: 1) && health.isDoubtful(at: 0))
        health.answeredWell(at: 0)
        #expect(!health.isDoubtful(at: 0))
    }
}
