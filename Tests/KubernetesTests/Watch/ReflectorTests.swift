import ServiceRegistry
import Testing

@testable import Kubernetes

/// Requests and what follows from their answers, as long as the server does what it should.
@Suite struct ReflectorTests {
    @Test func itBeginsWithAStreamFromTheServersCache() {
        var it = Reflecting()
        #expect(it.ask() == Reflecting.firstStream)
        #expect(it.reflector.status.state == .listing && !it.reflector.status.isLive)
        it.say(.put("a", 3), .put("b", 9))
        #expect(it.told() == "+a +b")
        #expect(it.reflector.resourceVersion == nil, "no version before the list is whole")
        it.say(.mark(9))
        #expect(!it.reflector.status.isLive, "a bookmark that ends nothing")
        it.say(.mark(10, ends: true))
        let status = it.reflector.status
        #expect(status.isLive && status.state == .watching && status.objects == 2 && status.lists == 1)
        #expect(it.reflector.resourceVersion == "10")
        #expect(!it.reflector.wantsToStop, "the stream goes on as a watch")
        it.say(.put("c", 11), .gone("a", 12))
        #expect(it.told() == "+c -a")
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 12))
    }

    @Test func selectorsStandInEveryRequest() {
        let selectors = " labelSelector=app in (a,b) fieldSelector=metadata.name!=x"
        var it = Reflecting {
            $0.labelSelector = "app in (a,b)"
            $0.fieldSelector = "metadata.name!=x"
        }
        #expect(it.ask() == Reflecting.firstStream.replacing("stream", with: "stream" + selectors))
        it.refuse(400)
        #expect(it.ask() == "list\(selectors) resourceVersion=0")
        it.say(.page(10))
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 10).replacing("watch ", with: "watch\(selectors) "))
        it.end(.failed("cut"))
        _ = it.wait()
        #expect(it.ask() == "probe\(selectors) limit=1")
    }

    /// client-go asks for once to twice its time, so that not all clients come back at one time.
    @Test func watchesHaveAnEnd() throws {
        var times: Set<Int> = []
        for _ in 0..<50 {
            var it = Reflecting { $0.watchTime = 300 }
            guard case .request(let request) = it.reflector.next(at: 0) else { continue }
            times.insert(try #require(request.query.first { $0.name == "timeoutSeconds" }.flatMap { Int($0.value) }))
        }
        #expect(times.allSatisfy { (300...600).contains($0) } && times.count > 10)
    }

    @Test(arguments: [(400, "BadRequest"), (422, "Invalid"), (500, "InternalError")])
    func aServerThatCannotStreamIsListed(_ code: Int, _ reason: String) {
        // A server that is in trouble answers 500 too: only in the stream it is about the stream.
        for isEvent in code == 500 ? [true] : [false, true] {
            var it = Reflecting()
            _ = it.ask()
            if isEvent {
                it.say(.refusal(code, reason))
                #expect(it.reflector.wantsToStop)
                it.end(.stopped)
            } else {
                it.refuse(code, reason)
            }
            #expect(it.ask() == "list resourceVersion=0", "at once")
            it.say(.put("a", 3), .page(10))
            it.end()
            #expect(it.reflector.status.failures == 0 && it.reflector.status.isLive)
            #expect(it.ask() == Reflecting.watch(from: 10))
            it.say(.refusal(410))
            it.end(.stopped)
            _ = it.wait()
            #expect(it.ask() == "list resourceVersion=10", "it is not asked to stream again")
        }
    }

    @Test(arguments: [406, 415]) func aServerWithoutProtobufIsAskedForJSON(_ code: Int) {
        var it = Reflecting()
        _ = it.ask()
        it.refuse(code, "NotAcceptable")
        #expect(it.ask() == Reflecting.firstStream + ", json", "at once, and still as a stream")
        #expect(it.reflector.status.note?.contains("JSON") == true)
        it.say(.mark(10, ends: true))
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 10) + ", json", "for good")
        it.refuse(code, "NotAcceptable")
        #expect(it.ask() == "wait", "a server without JSON is none")
    }

    @Test func listsComeInPages() {
        var it = Reflecting { $0.page = 2 }
        _ = it.ask()
        it.refuse(410, "Expired")
        _ = it.wait()
        #expect(it.ask() == "list limit=2", "the newest from etcd")
        it.say(.put("a", 3), .put("b", 4), .page(10, next: "t1"))
        it.end()
        #expect(!it.reflector.status.isLive)
        #expect(it.ask() == "list limit=2 continue=t1", "at once")
        it.say(.put("c", 5), .page(10, next: "t2"))
        it.end()
        #expect(it.ask() == "list limit=2 continue=t2")
        it.say(.page(10))
        it.end()
        #expect(it.told() == "+a +b +c")
        #expect(it.ask() == Reflecting.watch(from: 10))
        #expect(it.reflector.status.lists == 1)
    }

    @Test func bookmarksMoveTheVersionOn() {
        var it = Reflecting.watching()
        it.say(.mark(20))
        #expect(it.reflector.resourceVersion == "20" && it.told() == "")
        it.say(.put("c", 21), .mark(30))
        it.end()
        #expect(it.ask() == Reflecting.watch(from: 30))
        #expect(it.reflector.status.resourceVersion == "30")
        #expect(it.reflector.status.events == 1)
    }

    @Test func objectsAreCounted() {
        var it = Reflecting.watching()
        it.say(.put("c", 11), .put("c", 12), .gone("a", 13), .gone("a", 13))
        #expect(it.reflector.status.objects == 2)
        #expect(it.told() == "+c +c -a -a")
    }

    /// A stream of initial objects may have changes among them before its end is told.
    @Test func changesWithinAStreamCount() {
        var it = Reflecting.watching()
        it.say(.refusal(410))
        it.end(.stopped)
        _ = it.wait()
        #expect(it.ask() == Reflecting.stream(from: 10))
        it.say(.put("a", 8), .put("c", 12), .gone("a", 13), .mark(14, ends: true))
        #expect(it.told() == "+a +c -a -b")
        #expect(it.reflector.status.objects == 1)
    }

    @Test func aSnapshotIsTakenUpWithoutAList() {
        var it = Reflecting(version: "40", known: ["a", "b"])
        #expect(it.reflector.status.objects == 2 && it.reflector.status.resourceVersion == "40")
        #expect(it.ask() == "probe limit=1")
        #expect(!it.reflector.status.isLive)
        it.say(.put("z", 2), .page(45, next: "more"))
        it.end()
        #expect(it.told() == "", "a probe tells nothing")
        #expect(it.ask() == Reflecting.watch(from: 40))
        #expect(!it.reflector.status.isLive)
        it.say()
        #expect(it.reflector.status.isLive && it.reflector.status.lists == 0)
        it.say(.gone("a", 41))
        #expect(it.told() == "-a")
    }

    @Test func aSnapshotOfAnotherTimeIsReadAnewAsADifference() {
        var it = Reflecting(version: "40", known: ["a", "b"])
        _ = it.ask()
        it.say(.put("z", 2), .page(30))
        it.end()
        #expect(it.ask() == "list limit=500", "the server's version went back: the newest")
        it.say(.put("b", 20), .page(30))
        it.end()
        #expect(it.told() == "+b -a")
        #expect(it.ask() == Reflecting.watch(from: 30))
    }

    @Test func aSnapshotThatIsTooOldIsReadAnewAsADifference() {
        var it = Reflecting(version: "40", known: ["a", "b"])
        _ = it.ask()
        it.say(.page(9000))
        it.end()
        _ = it.ask()
        it.refuse(410, "Expired")
        #expect(it.ask() == Reflecting.stream(from: 40), "not older than what is known")
        it.say(.put("b", 50), .mark(9001, ends: true))
        #expect(it.told() == "+b -a")
        #expect(it.reflector.status.isLive)
    }

    @Test func everythingIsReadAgainAfterSixHours() {
        var it = Reflecting.watching { $0.silence = 1e6 }
        it.pulse(after: 6 * 3600 - 1)
        #expect(!it.reflector.wantsToStop)
        it.pulse(after: 0.1 * 6 * 3600 + 2)
        #expect(it.reflector.wantsToStop)
        it.end(.stopped)
        #expect(it.ask() == Reflecting.stream(from: 10))
        it.say(.put("a", 8), .mark(11, ends: true))
        #expect(it.told() == "+a -b", "an event was lost")
        it.pulse(after: 6 * 3600 - 1)
        #expect(!it.reflector.wantsToStop, "and six hours later again")
        it.pulse(after: 0.1 * 6 * 3600 + 2)
        #expect(it.reflector.wantsToStop)
    }

    @Test func everythingIsReadAgainWhereSomebodyAsks() {
        var it = Reflecting.watching()
        it.now += 100
        it.reflector.listAgain(at: it.now)
        #expect(it.reflector.wantsToStop)
        it.end(.stopped)
        #expect(it.ask() == "list limit=500", "the newest there is")
        it.say(.put("b", 9), .page(20))
        it.end()
        #expect(it.told() == "+b -a")
        var probing = Reflecting(version: "40", known: ["a"])
        _ = probing.ask()
        probing.reflector.listAgain(at: probing.now)
        #expect(probing.reflector.wantsToStop)
        probing.end(.stopped)
        #expect(probing.ask() == "list limit=500", "also where the watch is just being taken up")
    }
}

@Suite struct FirstListTests {
    @Test func theFirstListIsNotStreamedAndLaterOnesAre() {
        var reflector = Reflector(.services, Reflector.Options())
        func purpose() -> Reflector.Request.Purpose? {
            if case .request(let request) = reflector.next(at: 1000) { request.purpose } else { nil }
        }
        #expect(purpose() == .list)
        reflector.accepted(at: 1000)
        reflector.ended(.failed("cut"), at: 1000)
        guard case .wait = reflector.next(at: 1000) else {
            Issue.record("no wait behind a failure")
            return
        }
        var later = reflector
        guard case .request(let again) = later.next(at: 1100) else {
            Issue.record("no request")
            return
        }
        #expect(again.purpose == .list)
        later.accepted(at: 1100)
        later.take(.listEnd(resourceVersion: "5", continue: ""), at: 1100)
        later.ended(.finished, at: 1100)
        _ = later.next(at: 1200)
        later.refused(APIStatus(code: 410, reason: "Expired", message: "gone"), at: 1200)
        guard case .request(let third) = later.next(at: 1300) else {
            Issue.record("no request")
            return
        }
        #expect(third.purpose == .streamingList)
    }

    @Test func aWatchThatEndsBeforeItsTimeIsProbed() {
        var it = Reflecting.watching()
        it.say(.put("c", 11))
        it.end(early: true)
        #expect(it.ask() == "probe limit=1")
        it.say(.page(9, next: ""))
        it.end(.stopped)
        it.now += 100
        #expect(it.ask().hasPrefix("list limit"), "a server that came back with an old state")
    }
}
