import Corefile
import DNSWire
import TestSupport
import Testing

@testable import ResponseCache

/// Many random operations against a dictionary that says what a cache has to say.
@Suite struct ModelTests {
    private struct Kept {
        var number: UInt32
        var rcode: ResponseCode
        var expires: Int
        var until: Int
        var isFailure: Bool { rcode == .servFail }
    }

    /// - Parameter capacity: of both stores; what a small one has evicted may be missing, but nothing may be wrong.
    @Test(arguments: [(10_000, 1), (10_000, 2), (10, 3), (1, 4)])
    func agreesWithADictionary(capacity: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bench = Bench {
            $0.success.capacity = capacity
            $0.denial.capacity = capacity
            var stale = CacheSettings.ServeStale()
            stale.duration = .seconds(20)
            $0.serveStale = stale
        }
        let questions = (0..<40).map { question("n\($0).example.org.", $0 % 2 == 0 ? .a : .txt) }
        var model: [Question: Kept] = [:]
        var now = 1_000_000
        var number: UInt32 = 0
        var missing = 0
        for _ in 0..<250_000 {
            let asked = questions[Int.random(in: 0..<40, using: &random)]
            if Int.random(in: 0..<200, using: &random) == 0 { now += Int.random(in: 0..<8, using: &random) }
            guard Int.random(in: 0..<50, using: &random) == 0 else {
                let expected = model[asked].flatMap { now < $0.until ? $0 : nil }
                let hit = bench.look(asked, now: now)
                if let hit, let expected {
                    let numberPlace = hit.entry.octets + (hit.entry.length - 4)
                    let isRight =
                        hit.rcode == expected.rcode.rawValue && hit.ttl == UInt32(max(expected.expires - now, 0))
                        && hit.state.isStale == (now >= expected.expires)
                        && (expected.rcode == .servFail
                            || UInt32(bigEndian: numberPlace.loadUnaligned(as: UInt32.self)) == expected.number)
                    guard isRight else { throw Wrong(seed: seed, number: number, asked: asked) }
                } else if hit != nil || expected != nil && capacity >= 40 {
                    throw Wrong(seed: seed, number: number, asked: asked)
                } else if expected != nil {
                    missing += 1
                }
                continue
            }
            number += 1
            let ttl = UInt32.random(in: 5..<30, using: &random)
            let end = withUnsafeBytes(of: number.bigEndian, Array.init)
            let owner = asked.name
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let data: RecordData =
                    asked.type == .a ? address(".", 0, number).data : .txt([[1, 2], [5, 6, 7] + end])
                let record = ResourceRecord(owner: owner, ttl: ttl, data: data)
                bench.store(response(asked, .noError, [record]), now: now)
                model[asked] = Kept(
                    number: number, rcode: .noError, expires: now + Int(ttl), until: now + Int(ttl) + 20)
            case 1:
                bench.store(
                    response(asked, .nxDomain, authorities: [soa("example.org.", ttl, minimum: number + 100)]), now: now
                )
                model[asked] = Kept(
                    number: number + 100, rcode: .nxDomain, expires: now + Int(ttl), until: now + Int(ttl) + 20)
            default:
                let isKept = bench.store(response(asked, .servFail), now: now).isKept
                // Where room was short, the good data may have gone.
                if let good = model[asked], !good.isFailure, now < good.until, !isKept { continue }
                if capacity >= 40, let good = model[asked], !good.isFailure, now < good.until {
                    throw Wrong(seed: seed, number: number, asked: asked)
                }
                model[asked] = Kept(number: 0, rcode: .servFail, expires: now + 5, until: now + 5)
            }
            let statistics = bench.statistics
            guard statistics.success.entries <= capacity, statistics.denial.entries <= capacity else {
                throw Wrong(seed: seed, number: number, asked: asked)
            }
        }
        #expect(number > 4000)
        #expect((missing > 0) == (capacity < 40))
    }

    private struct Wrong: Error {
        let seed: UInt64
        let number: UInt32
        let asked: Question
    }
}
