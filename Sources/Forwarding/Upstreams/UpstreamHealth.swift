/// What is known of how well an upstream answers; times in nanoseconds.
struct UpstreamHealth: Sendable {
    /// Probes in a row that nothing came back from.
    private(set) var probeFailures = 0
    /// The last query or probe had no answer, or another upstream was faster when this one was late.
    private(set) var isSuspect = false
    /// The last probe was answered SERVFAIL, REFUSED or the like.
    private(set) var isRefusing = false
    /// Why nothing but loop probes is sent there.
    var cut: String?
    /// What went wrong last.
    private(set) var lastFailure: String?
    /// Smoothed round trip and its variation (RFC 6298 2); 0 before the first answer.
    private(set) var roundTrip: Int64 = 0
    private(set) var variation: Int64 = 0
    /// How often it said SERVFAIL or REFUSED where another upstream knew the answer, 0 to 1, at `judged`.
    private var badShare = 0.0
    private var judged: Int64 = 0

    /// A bad score is forgotten by half in this time, so that the upstream gets another chance.
    private static let halfLife = 10e9

    mutating func answered(elapsed: Int64) {
        measured(elapsed)
        isSuspect = false
        probeFailures = 0
        lastFailure = nil
    }

    /// An answer that says something, in contrast to SERVFAIL and REFUSED.
    mutating func answeredWell(at now: Int64) {
        isRefusing = false
        badShare = share(at: now) * 0.75
        judged = now
    }

    /// Another upstream knew what this one did not.
    mutating func answeredBadly(at now: Int64) {
        badShare = share(at: now) * 0.75 + 0.25
        judged = now
    }

    mutating func failed(_ reason: String) {
        isSuspect = true
        lastFailure = reason
    }

    /// Another upstream answered first although it was asked later: the round trip is `elapsed` at least.
    mutating func wasLate(elapsed: Int64) {
        measured(max(elapsed, roundTrip))
        isSuspect = true
    }

    mutating func probeFailed(_ reason: String) {
        probeFailures += 1
        failed(reason)
    }

    mutating func probeAnswered(isGood: Bool) {
        probeFailures = 0
        isSuspect = false
        isRefusing = !isGood
        lastFailure = nil
    }

    private mutating func measured(_ elapsed: Int64) {
        if roundTrip == 0 {
            roundTrip = max(1, elapsed)
            variation = elapsed / 2
        } else {
            variation += (abs(roundTrip - elapsed) - variation) / 4
            roundTrip = max(1, roundTrip + (elapsed - roundTrip) / 8)
        }
    }

    private func share(at now: Int64) -> Double {
        var share = badShare
        var age = Double(now - judged)
        while age > UpstreamHealth.halfLife, share > 0.001 {
            share /= 2
            age -= UpstreamHealth.halfLife
        }
        return share
    }

    /// - Parameter maxFails: 0 is never.
    func isDown(maxFails: Int) -> Bool { maxFails > 0 && probeFailures >= maxFails }

    /// Whether a probe could mend something.
    var isInTrouble: Bool { isSuspect || isRefusing || probeFailures > 0 }

    /// Whether others are asked before it.
    func isDoubtful(at now: Int64) -> Bool { isSuspect || isRefusing || share(at: now) > 0.5 }

    /// How often it is chosen at random, in proportion to others: by its round trip, of which what is below 1 ms counts as
    /// that, and by how often it knew the answer.
    func weight(at now: Int64) -> Double {
        let good = 1 - share(at: now)
        return 1e6 / Double(max(roundTrip, 1_000_000)) * max(good * good, 0.02)
    }

    /// How long to wait before somebody else is asked too (as RFC 6298 2.3): srtt + 4·rttvar, 250 ms at least, and 1 s
    /// where nothing is known.
    var patience: Int64 {
        roundTrip == 0 ? 1_000_000_000 : max(roundTrip + 4 * variation, 250_000_000)
    }
}
