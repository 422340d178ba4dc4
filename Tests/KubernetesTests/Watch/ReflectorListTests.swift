import ServiceRegistry
import Testing

@testable import Kubernetes

/// Lists that are cut, refused or fall silent, and how long is waited then.
@Suite struct ReflectorListTests {
    @Test(arguments: [false, true]) func aListThatIsCutDeletesNothing(isPaged: Bool) {
        var it = Reflecting.watching()
        it.say(.put("c", 11))
        it.now += 100
        it.say(isPaged ? .mark(5) : .refusal(410))
        it.end(.stopped)
        _ = it.told()
        #expect(it.ask().hasPrefix(isPaged ? "list" : "stream"))
        if isPaged {
            it.say(.put("a", 3), .page(60, next: "t"))
            it.end()
            _ = it.ask()
        }
        it.say(.put("d", 50))
        it.end(isPaged ? .failed("the list is cut off") : .finished)
        #expect(it.told() == (isPaged ? "+a +d" : "+d"))
        #expect(it.wait() > 0 && it.reflector.status.failures == 1)
        #expect(!it.ask().contains("continue"), "from its beginning")
        it.say(.put("a", 3), .put("b", 4), .mark(61, ends: true))
        #expect(it.told() == "+a +b -c -d", "what the cut one brought and this one does not, is gone too")
    }

    @Test func aListThatIsCutAgainAndAgainBacksOff() {
        var it = Reflecting { ($0.firstWait, $0.lastWait) = (1, 8) }
        for longest in [1.0, 2, 4, 8, 8] {
            _ = it.ask()
            it.say(.put("a", 3))
            it.end(.failed("cut"))
            #expect((longest / 2...longest).contains(it.wait()))
        }
    }

    @Test func anObjectThatCannotBeReadIsNotDeleted() {
        for (name, gone) in [(ObjectName("shop", "a"), "-b"), (nil, "")] {
            var it = Reflecting.watching()
            it.say(.refusal(410))
            it.end(.stopped)
            _ = it.wait()
            _ = it.ask()
            it.say(.undecodable(DecodeFault("a port is 0", name: name)), .mark(60, ends: true))
            #expect(it.told() == gone)
            #expect(it.reflector.status.faults == 1)
            #expect(it.reflector.status.lastFault == (name == nil ? "a port is 0" : "shop/a: a port is 0"))
        }
    }

    @Test func aListWithoutASignOfLifeIsGivenUp() {
        var it = Reflecting { $0.stall = 30 }
        _ = it.ask()
        it.pulse(after: 29)
        it.say(.put("a", 3))
        it.pulse(after: 29)
        #expect(!it.reflector.wantsToStop)
        it.pulse(after: 2)
        #expect(it.reflector.wantsToStop)
        it.end(.stopped)
        #expect(it.reflector.status.failure == "list services: nothing for 31 s")
        #expect(it.wait() > 0)
        #expect(it.ask() == Reflecting.firstStream)
    }

    @Test func aTokenThatIsGoneBeginsTheListAnew() {
        var it = Reflecting()
        _ = it.ask()
        it.refuse(500)
        _ = it.ask()
        it.say(.put("a", 3), .page(10, next: "t"))
        it.end()
        #expect(it.ask() == "list limit=500 continue=t")
        it.refuse(410, "Expired")
        #expect(it.wait() > 0)
        #expect(it.ask() == "list limit=500", "the newest")
        it.say(.put("b", 9), .page(20))
        it.end()
        #expect(it.told() == "+a +b -a")
    }

    @Test func aVersionThatTheServerDoesNotHaveYetBringsTheNewest() {
        var it = Reflecting.watching()
        it.say(.refusal(410))
        it.end(.stopped)
        _ = it.wait()
        #expect(it.ask() == Reflecting.stream(from: 10))
        it.refuse(504, "Timeout", inBody: 1, causes: ["ResourceVersionTooLarge"])
        #expect((1...1.01).contains(it.wait()))
        #expect(it.ask() == "list limit=500")
        it.say(.put("a", 3), .page(7))
        it.end()
        #expect(it.told() == "+a -b")
        #expect(it.ask() == Reflecting.watch(from: 7))
    }

    @Test func another504IsOnlyWaitedFor() {
        var it = Reflecting.watching()
        it.end()
        _ = it.ask()
        it.refuse(504, "Timeout")
        #expect(it.wait() > 0)
        #expect(it.ask() == Reflecting.watch(from: 10))
    }

    // MARK: - Waiting

    @Test(
        arguments: [
            (7.0, nil, 7.0...7.0), (nil, 3, 3...3), (2, 9, 2...2), (0, nil, 0.125...0.25), (1e9, nil, 60...60),
            (nil, 1 << 40, 60...60), (.infinity, nil, 60...60), (-5, nil, 0.125...0.25), (.nan, nil, 0.125...0.25),
        ] as [(Double?, Int?, ClosedRange<Double>)])
    func retryAfterIsHeeded(header: Double?, body: Int?, expected: ClosedRange<Double>) {
        var it = Reflecting()
        _ = it.ask()
        it.refuse(429, "TooManyRequests", retryAfter: header, inBody: body)
        guard case .wait(let seconds) = it.reflector.next(at: it.now) else { return #expect(Bool(false), "no wait") }
        #expect(expected.contains(seconds), "\(seconds)")
        #expect(it.reflector.status.failure == "list services: 429 TooManyRequests: no")
    }

    @Test func waitsAreDoubledWithinTheirBounds() {
        var it = Reflecting()
        var firsts: Set<Double> = []
        for _ in 0..<20 {
            var other = it
            _ = other.ask()
            other.end(.failed("refused"))
            firsts.insert(other.wait())
        }
        #expect(firsts.count > 10, "not all clients at one time")
        var longest = 0.25
        for _ in 0..<100 {
            _ = it.ask()
            it.end(.failed("refused"))
            #expect(it.ask() == "wait")
            #expect((longest / 2...longest).contains(it.wait()))
            longest = min(15, longest * 2)
        }
        #expect(it.reflector.status.failures == 100 && it.reflector.status.state == .waiting)
        _ = it.ask()
        it.say(.mark(10, ends: true))
        #expect(it.reflector.status.failure == nil)
        it.end(.failed("cut"))
        #expect((0.125...0.25).contains(it.wait()), "after a success from the beginning")
    }

    @Test func aMissingRightIsAskedForAgain() {
        var it = Reflecting()
        for _ in 0..<3 {
            #expect(it.ask() == Reflecting.firstStream)
            it.refuse(403, "Forbidden")
            #expect(it.wait() > 0)
        }
        #expect(it.reflector.status.failure == "list services: 403 Forbidden: no")
        _ = it.ask()
        it.say(.mark(10, ends: true))
        it.end()
        _ = it.ask()
        it.refuse(403, "Forbidden")
        #expect(it.reflector.status.failure == "watch services: 403 Forbidden: no")
        #expect(it.wait() > 0)
        #expect(it.ask() == Reflecting.watch(from: 10))
    }
}
