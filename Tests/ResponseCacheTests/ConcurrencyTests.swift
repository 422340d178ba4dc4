import AnswerTable
import Corefile
import DNSWire
import Foundation
import NetworkAddress
import Synchronization
import Testing

@testable import ResponseCache

@Suite struct ConcurrencyTests {
    /// While writers put answers in, displace and evict them, readers find whole answers or none: each address of a set
    /// carries the number of the same round.
    @Test func readersSeeWholeAnswers() async throws {
        var settings = CacheSettings()
        settings.success.capacity = 50
        settings.denial.capacity = 10
        let epochs = Epochs()
        let cache = ResponseCache(settings: settings, epochs: epochs)
        let questions = (0..<100).map { question("n\($0).example.org.") }
        let watch = Watch()
        let counters = (0..<2).map { _ in CacheCounters() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                let reader = Reader(cache.reader(counting: counters[number]), epochs.register()!, questions, watch)
                group.addTask {
                    await withCheckedContinuation { done in
                        Thread.detachNewThread {
                            reader.ask()
                            done.resume()
                        }
                    }
                }
            }
            for writer in 0..<2 {
                group.addTask {
                    let end = ContinuousClock.now + .seconds(1)
                    var round = UInt32(writer)
                    while ContinuousClock.now < end {
                        round &+= 2
                        let asked = questions[Int(round) % 100]
                        let message =
                            round % 7 == 0
                            ? response(asked, .nxDomain, authorities: [soa("example.org.", 60, minimum: round)])
                            : response(
                                asked, .noError,
                                (0..<8).map { address("\(asked.name)", 60, round % 65_536 << 8 | $0) })
                        cache.store(message, for: asked, dnssecOK: false, checkingDisabled: false, now: 100)
                        _ = cache.lookMessage(asked, dnssecOK: false, checkingDisabled: false, now: 100)
                    }
                }
            }
            try await group.next()
            try await group.next()
            watch.isDone.store(true, ordering: .releasing)
            try await group.waitForAll()
        }
        #expect(watch.wrong.withLock { $0 } == [])
        let statistics = cache.statistics(of: counters)
        #expect(statistics.success.hits > 100)
        #expect(statistics.success.evictions > 0)
        #expect(statistics.success.entries <= 50 && statistics.denial.entries <= 10)
        // The readers are away: one change more, and nothing waits for them.
        cache.store(
            response(questions[0], .servFail), for: questions[0], dnssecOK: false, checkingDisabled: false, now: 900)
        #expect(cache.retiredCount == 0)
    }

    /// A reader that does not pass keeps what it may see.
    @Test func whatAReaderMaySeeStays() throws {
        let bench = Bench()
        let asked = question("a.")
        let first = response(asked, .noError, [address("a.", 60, 1)])
        bench.store(first, now: 0)
        let hit = try #require(bench.look(asked, now: 0))
        for number in UInt32(2)..<50 { bench.store(response(asked, .noError, [address("a.", 60, number)]), now: 0) }
        #expect(bench.cache.retiredCount == 48)
        #expect(bench.answer(hit, asked, limit: 512).message.answers == first.answers)
        // It announces itself with its next look.
        _ = bench.look(asked, now: 0)
        bench.store(first, now: 0)
        #expect(bench.cache.retiredCount <= 1)
    }
}

/// What readers and writers tell each other.
private final class Watch: Sendable {
    let isDone = Atomic<Bool>(false)
    let wrong = Mutex<[String]>([])
}

/// A reader on a thread of its own.
private final class Reader: @unchecked Sendable {
    private let reader: CacheReader
    private let place: Epochs.Reader
    private let questions: [Question]
    private let watch: Watch

    init(_ reader: CacheReader, _ place: Epochs.Reader, _ questions: [Question], _ watch: Watch) {
        self.reader = reader
        self.place = place
        self.questions = questions
        self.watch = watch
    }

    func ask() {
        var folded = FoldedName(key: NameHash.Key())
        let out = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 16)
        defer {
            folded.deallocate()
            out.deallocate()
            place.leave()
        }
        let names = questions.map { $0.name.wire + Array(repeating: 0, count: 16) }
        var turn: UInt32 = 0
        while !watch.isDone.load(ordering: .acquiring) {
            place.announce()
            for name in names {
                turn = turn &+ 0x9E37_79B9
                guard name.withUnsafeBytes({ folded.read($0.baseAddress!, available: name.count - 16) }),
                    let hit = reader.look(folded, type: 1, dnssecOK: false, checkingDisabled: false, now: 100)
                else { continue }
                let start = 12 + folded.length + 4
                let written = hit.write(after: start, in: out, limit: 512, turn: turn)
                let isWhole: Bool
                if hit.rcode == 3 {
                    isWhole = written.answers == 0 && written.authorities == 1
                } else {
                    let rounds = (0..<8).map { index in
                        let place = out + (start + index * 16 + 12)
                        return UInt32(bigEndian: place.loadUnaligned(as: UInt32.self)) >> 8
                    }
                    isWhole = written.answers == 8 && written.end == start + 128 && Set(rounds).count == 1
                }
                guard isWhole else { return watch.wrong.withLock { $0.append("\(hit.rcode) \(written)") } }
            }
            if turn & 15 == 0 { place.leave() }
        }
    }
}
