import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import ResponseCache

/// What a hit writes behind the question.
@Suite struct HitTests {
    /// An answer with all sections: an alias, addresses, servers, glue, and data of a type that is not taken apart.
    private static func wide(_ count: UInt32, _ type: RecordType = .a) -> Message {
        let asked = question("www.shop.example.org.", type)
        let target = "balancer.cdn.example.net."
        let data = { (index: UInt32) -> RecordData in
            .address(type == .a ? IPAddress(v4: index) : IPAddress(v6High: 1 << 60, low: UInt64(index)))
        }
        return response(
            asked, .noError,
            [record("www.shop.example.org.", 300, .cname(name(target)))]
                + (0..<count).map { record(target, 60 + $0, data($0)) },
            authorities: (0..<3).map { record("cdn.example.net.", 900, .ns(name("ns\($0).cdn.example.net."))) },
            additionals: (0..<6).map { address("ns\($0 / 2).cdn.example.net.", 900, $0) }
                + [record("x.example.org.", 900, .other(RecordType(rawValue: 65_280), [1, 2, 3]))],
            edns: EDNS(payloadSize: 4096))
    }

    @Test(arguments: [0, 1, 59]) func equalsWhatWasStoredButForItsAge(_ age: Int) throws {
        let bench = Bench()
        let message = HitTests.wide(20)
        #expect(bench.store(message, now: 1000).ttl == 60)
        let answer = try #require(bench.answer(message.questions[0], now: 1000 + age))
        let aged = message.withTTL(60 - UInt32(age))
        #expect(answer.answers == aged.answers)
        #expect(answer.authorities == aged.authorities)
        #expect(answer.additionals == aged.additionals)
        #expect(answer.edns == nil)
        #expect(bench.look(message.questions[0], now: 1060) == nil)
    }

    @Test func aClockBehindGivesNoMoreThanTheTTL() {
        let bench = Bench()
        let message = HitTests.wide(1)
        bench.store(message, now: 1000)
        #expect(bench.look(message.questions[0], now: 998)?.ttl == 60)
    }

    @Test func keepTTL() {
        let bench = Bench { $0.keepsTTL = true }
        let message = HitTests.wide(1)
        bench.store(message, now: 1000)
        #expect(bench.look(message.questions[0], now: 1059)?.ttl == 60)
        #expect(bench.look(message.questions[0], now: 1060) == nil)
    }

    @Test func keepsTheClientsLetters() throws {
        let bench = Bench()
        let message = HitTests.wide(1)
        bench.store(message, now: 0)
        let asked = question("wWw.SHOP.example.ORG.")
        let answer = try #require(bench.answer(asked, now: 0))
        #expect(answer.questions[0].name.wire == asked.name.wire)
        #expect(answer.answers[0].owner.wire == asked.name.wire)
    }

    /// At every limit: what is there is a beginning of the whole, and TC says whether answers are missing.
    @Test(arguments: [RecordType.a, .aaaa]) func isCutOnWholeRecords(_ type: RecordType) throws {
        let bench = Bench()
        let message = HitTests.wide(40, type)
        bench.store(message, now: 0)
        let asked = message.questions[0]
        let hit = try #require(bench.look(asked, now: 0))
        let whole = bench.answer(hit, asked, limit: 65535)
        #expect(!whole.written.isTruncated)
        #expect(whole.message.additionals.count == 7)
        let aged = message.withTTL(60)
        var seen: Set<Int> = []
        for limit in 512...whole.written.end {
            let (cut, written) = bench.answer(hit, asked, limit: limit)
            #expect(written.end <= limit)
            let complete = cut.answers.count == aged.answers.count
            #expect(written.isTruncated == !complete, "\(limit)")
            #expect(cut.answers == Array(aged.answers.prefix(cut.answers.count)))
            #expect(complete || cut.authorities.isEmpty && cut.additionals.isEmpty)
            #expect(cut.authorities.isEmpty || cut.authorities == aged.authorities, "a set is whole or not there")
            #expect([0, 2, 4, 6, 7].contains(cut.additionals.count), "\(limit)")
            #expect(cut.additionals == Array(aged.additionals.prefix(cut.additionals.count)))
            if !complete {
                // The next address would not have fitted.
                let size = type == .a ? 16 : 28
                #expect(written.end + size > limit)
            }
            seen.insert(cut.answers.count + cut.authorities.count + cut.additionals.count)
        }
        #expect(seen.count > 15)
        let least = bench.answer(hit, asked, limit: 20)
        #expect(least.written == .init(end: 38, answers: 0, authorities: 0, additionals: 0, isTruncated: true))
    }

    @Test func aDenialWithoutItsSOAIsTruncated() throws {
        let bench = Bench()
        let asked = question("no.example.org.")
        bench.store(response(asked, .nxDomain, authorities: [soa("example.org.", 60, minimum: 60)]), now: 0)
        let hit = try #require(bench.look(asked, now: 0))
        let whole = bench.answer(hit, asked, limit: 512).written
        #expect(whole.authorities == 1 && !whole.isTruncated)
        let cut = bench.answer(hit, asked, limit: whole.end - 1).written
        #expect(cut.authorities == 0 && cut.isTruncated)
        #expect(hit.rcode == 3)
    }

    @Test(arguments: [RecordType.a, .aaaa]) func addressesTakeTurns(_ type: RecordType) throws {
        let bench = Bench()
        let message = HitTests.wide(5, type)
        bench.store(message, now: 0)
        let asked = message.questions[0]
        let aged = message.withTTL(60)
        let addresses = Array(aged.answers[1...])
        for turn in 0..<5 {
            let number = UInt32((UInt64(turn) << 32) / 5) + 1
            let answer = try #require(bench.answer(asked, now: 0, turn: number))
            #expect(answer.answers[0] == aged.answers[0], "the alias stays in front")
            #expect(Array(answer.answers[1...]) == Array(addresses[turn...] + addresses[..<turn]))
            #expect(answer.authorities == aged.authorities && answer.additionals == aged.additionals)
        }
        // Cut inside the turn: the first of it are there.
        let hit = try #require(bench.look(asked, now: 0))
        let stride = type == .a ? 16 : 28
        let end = bench.answer(hit, asked, limit: 65535).written.end
        for kept in 0...4 {
            let start = 38 + 39
            let limit = start + kept * stride
            let cut = bench.answer(hit, asked, limit: limit, turn: .max).message
            #expect(limit < end && cut.flags.contains(.truncated))
            #expect(cut.answers == Array((aged.answers[..<1] + addresses[4...] + addresses[..<4]).prefix(1 + kept)))
        }
    }

    @Test func ownersInFullDoNotTurn() throws {
        let bench = Bench()
        // The address's owner is at no place that the question or an alias has written before.
        let asked = question("a.", .mx)
        let message = response(
            asked, .noError, [record("a.", 60, .mx(preference: 1, exchange: name("b."))), address("c.", 60, 1)])
        bench.store(message, now: 0)
        let hit = try #require(bench.look(asked, now: 0))
        #expect(hit.entry.run.count == 0)
        #expect(bench.answer(hit, asked, limit: 512, turn: .max).message.answers == message.answers)
    }

    @Test func saysWhatTheUpstreamSaid() throws {
        let bench = Bench()
        let asked = question("a.")
        let big = EDNS.Option(code: 15, data: [0, 1] + Array(repeating: 0x61, count: 600))
        let small = EDNS.Option(code: 15, data: [0, 22, 0x6E])
        bench.store(
            response(
                asked, .servFail, edns: EDNS(options: [.init(code: 3, data: [1]), small, big]),
                flags: [.response, .authenticData]), now: 0)
        let hit = try #require(bench.look(asked, now: 0))
        #expect(hit.rcode == 2 && hit.isAuthentic && !hit.isRecursionAvailable)
        #expect(Array(hit.extendedErrors) == [0, 15, 0, 3, 0, 22, 0x6E])
        #expect(bench.answer(hit, asked, limit: 512).written.counts == 0)
    }

    @Test func countsStandInTheHeadersOrder() {
        let written = Hit.Written(end: 0, answers: 1, authorities: 2, additionals: 3, isTruncated: false)
        #expect(written.counts == 0x0001_0002_0003)
    }
}
