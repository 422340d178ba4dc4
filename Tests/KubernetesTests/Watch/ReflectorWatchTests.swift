import ServiceRegistry
import Testing

@testable import Kubernetes

/// Watches that break, fall silent, or whose versions are gone or went back.
@Suite struct ReflectorWatchTests {
    @Test func aWatchThatBreaksIsTakenUpBehindAProbe() {
        var it = Reflecting.watching()
        it.say(.put("c", 11))
        it.end(.failed("the connection was reset"))
        #expect(it.reflector.status.failure == "the connection was reset" && it.reflector.status.state == .waiting)
        #expect(it.reflector.status.isLive, "what is known goes on being served")
        #expect((0.125...0.25).contains(it.wait()))
        #expect(it.ask() == "probe limit=1")
        it.say(.put("a", 8), .page(30))
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 11), "from where it was, not from the probe's version")
        it.say()
        #expect(it.reflector.status.failure == nil && it.told() == "+c")
    }

    @Test func aVersionThatWentBackIsFoundByTheProbe() {
        var it = Reflecting.watching()
        it.now += 100
        it.end(.failed("the connection was reset"))
        _ = it.wait()
        _ = it.ask()
        it.say(.page(7))
        it.end()
        #expect(it.ask() == "list limit=500")
        it.say(.put("b", 4), .put("c", 5), .page(7))
        it.end()
        #expect(it.told() == "+b +c -a")
        #expect(it.ask() == Reflecting.watch(from: 7))
        #expect(it.reflector.status.note?.contains("from 10 to 7") == true)
    }

    @Test func aVersionThatWentBackIsFoundByABookmark() {
        var it = Reflecting.watching()
        it.now += 100
        it.say(.mark(7))
        #expect(it.reflector.wantsToStop && it.reflector.resourceVersion == "10")
        it.end(.stopped)
        #expect(it.ask() == "list limit=500")
        it.say(.put("b", 4), .page(7))
        #expect(it.told() == "+b -a")
    }

    @Test func versionsThatAreNoNumbersAreNotCompared() {
        var it = Reflecting(version: "x9", known: [])
        _ = it.ask()
        it.say(.listEnd(resourceVersion: "x10", continue: ""))
        #expect(it.ask() == "watch watch=1 resourceVersion=x9 allowWatchBookmarks=true")
    }

    @Test(arguments: [false, true]) func aVersionThatIsGoneBringsAListAsADifference(isEvent: Bool) {
        var it = Reflecting.watching()
        it.now += 100
        if isEvent {
            it.say(.put("c", 11), .refusal(410, "Expired"))
            #expect(it.reflector.wantsToStop)
            it.end(.stopped)
        } else {
            it.end()
            #expect(it.ask() == Reflecting.watch(from: 10))
            it.refuse(410, "Expired")
        }
        _ = it.told()
        #expect(it.ask() == Reflecting.stream(from: isEvent ? 11 : 10), "at once")
        #expect(it.reflector.status.isLive, "what is known goes on being served")
        it.say(.put("b", 9), .put("d", 50))
        #expect(it.told() == "+b +d", "nothing goes before the list is whole")
        it.say(.mark(60, ends: true))
        #expect(it.told() == (isEvent ? "-a -c" : "-a"))
        #expect(it.reflector.status.objects == 2)
    }

    /// A server that takes back each version that it gives is not read without end.
    @Test func listsOneBehindTheOtherAreSlow() {
        var it = Reflecting.watching()
        for round in 0..<10 {
            it.say(.refusal(410, "Expired"))
            it.end(.stopped)
            #expect((2...5).contains(it.wait()), "round \(round)")
            #expect(it.ask().hasPrefix("stream"))
            it.say(.mark(20 + round, ends: true))
        }
    }

    @Test func aWatchWithoutASignOfLifeIsGivenUp() {
        var it = Reflecting.watching { $0.silence = 150 }
        it.pulse(after: 100)
        it.say(.mark(11))
        it.pulse(after: 149)
        #expect(!it.reflector.wantsToStop)
        it.pulse(after: 2)
        #expect(it.reflector.wantsToStop)
        it.end(.stopped)
        #expect(it.ask() == "probe limit=1", "at once")
        it.say(.page(12))
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 11))
    }

    @Test func aWatchThatEndsAtOnceBacksOff() {
        for how in 0..<3 {
            var it = Reflecting.watching { ($0.firstWait, $0.lastWait) = (1, 8) }
            for longest in [1.0, 2, 4, 8, 8] {
                if it.ask().hasPrefix("probe") {
                    it.say(.page(10))
                    it.end()
                    #expect(it.ask() == Reflecting.watch(from: 10))
                }
                switch how {
                case 0:
                    it.say()
                    it.end(early: true)
                case 1: it.refuse(503)
                default:
                    it.say()
                    it.end(.failed("reset"))
                }
                #expect((longest / 2...longest).contains(it.wait()), "way \(how), at most \(longest)")
            }
            if it.ask().hasPrefix("probe") { it.say(.page(10)) }
            _ = it.ask()
            it.say(.mark(12))
            it.end(.failed("reset"))
            #expect((0.5...1).contains(it.wait()), "way \(how): success begins anew")
        }
    }

    @Test func aWatchThatSaidSomethingGoesOnAtOnce() {
        var it = Reflecting.watching()
        for version in 11..<15 {
            it.say(.mark(version))
            it.end()
            #expect(it.ask() == Reflecting.watch(from: version))
        }
        it.say()
        it.now += 300
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 14), "also one in which nothing happened")
        #expect(it.reflector.status.failures == 0)
    }
}
