import DNSWire
import NetworkAddress
import QueryLog
import Synchronization
import Testing

struct RingTests {
    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// An entry and a message that say the same number, so that a torn copy is seen.
    private func write(_ number: Int, to writer: AnswerTap.Writer) {
        let length = 12 + number % 300
        let octets = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length)
        writer.write(
            TapEntry(
                time: Int64(number), duration: Int64(number), client: IPAddress(v4: UInt32(truncatingIfNeeded: number)),
                port: UInt16(truncatingIfNeeded: number), marks: [], querySize: 0, room: 512, size: length, rcode: 0,
                plugin: UInt8(truncatingIfNeeded: number)), octets, count: length)
    }

    /// The number that all parts agree on; nil where they do not.
    private func number(_ entry: TapEntry, _ octets: UnsafeRawBufferPointer) -> Int? {
        let record = QueryRecord(entry, octets, wallOffset: 0)
        let number = Int(record.time)
        let isWhole =
            record.duration == record.time && record.client == IPAddress(v4: UInt32(truncatingIfNeeded: number))
            && record.port == UInt16(truncatingIfNeeded: number) && record.plugin == UInt8(truncatingIfNeeded: number)
            && octets.count == 12 + number % 300 && octets.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) }
        return isWhole ? number : nil
    }

    @Test func nobodyTapsAtFirstNorAtLast() throws {
        let tap = AnswerTap(workers: 2)
        let writer = tap.writer(ofWorker: 1)
        #expect(writer.mask == 0)
        var reader = tap.open()
        #expect(writer.mask == .max)
        #expect(tap.readerCount == 1)
        #expect(reader != nil)
        reader = nil
        #expect(writer.mask == 0)
        #expect(tap.readerCount == 0)
    }

    @Test func tapsAreBounded() throws {
        let tap = AnswerTap(workers: 1)
        var readers = (0..<AnswerTap.maximumReaders).map { _ in tap.open() }
        #expect(readers.allSatisfy { $0 != nil })
        #expect(tap.open() == nil)
        readers.removeLast()
        #expect(tap.open() != nil)
    }

    @Test func aReaderSeesWhatComesBehindItsBeginning() throws {
        let tap = AnswerTap(workers: 1)
        let first = try #require(tap.open())
        write(1, to: tap.writer(ofWorker: 0))
        let second = try #require(tap.open())
        write(2, to: tap.writer(ofWorker: 0))
        var seen: [[Int?]] = [[], []]
        #expect(first.read { seen[0].append(number($0, $1)) } == 0)
        #expect(second.read { seen[1].append(number($0, $1)) } == 0)
        #expect(seen == [[1, 2], [2]])
        #expect(first.read { _, _ in Issue.record("told twice") } == 0)
    }

    /// Behind a round of the ring: the newest are there, the others are counted.
    @Test(arguments: [4096, 4097, 5000, 12_288, 100_001])
    func overrunsAreCounted(written: Int) throws {
        let tap = AnswerTap(workers: 1)
        let reader = try #require(tap.open())
        for number in 0..<written { write(number, to: tap.writer(ofWorker: 0)) }
        var seen: [Int] = []
        let lost = reader.read { entry, octets in
            if let number = number(entry, octets) { seen.append(number) } else { Issue.record("torn") }
        }
        #expect(lost + seen.count == written)
        #expect(tap.dropped == lost)
        #expect((lost == 0) == (written <= 4096))
        #expect(seen == Array((written - seen.count)..<written))
        #expect(seen.count >= 3072)
    }

    @Test func aTapThatBeginsAgainSeesOnlyWhatIsNew() throws {
        let tap = AnswerTap(workers: 1)
        for round in 0..<3 {
            let reader = try #require(tap.open())
            for number in 0..<10 { write(round * 10 + number, to: tap.writer(ofWorker: 0)) }
            var seen: [Int?] = []
            #expect(reader.read { seen.append(number($0, $1)) } == 0)
            #expect(seen == (0..<10).map { round * 10 + $0 })
        }
    }

    /// One thread writes as fast as it can while two read: every copy is whole, in order, and none is unaccounted for.
    @Test(.timeLimit(.minutes(1)))
    func aWriterRacesReaders() async throws {
        let tap = AnswerTap(workers: 1)
        let total = 200_000
        let isDone = Flag()
        let readers = try (0..<2).map { _ in try #require(tap.open()) }
        await withTaskGroup { group in
            group.addTask {
                for number in 0..<total { write(number, to: tap.writer(ofWorker: 0)) }
                isDone.value.store(true, ordering: .releasing)
            }
            for reader in readers {
                group.addTask {
                    var next = 0
                    var count = 0
                    var lost = 0
                    while true {
                        let isLast = isDone.value.load(ordering: .acquiring)
                        lost += reader.read(limit: 500) { entry, octets in
                            guard let number = number(entry, octets) else {
                                Issue.record("torn")
                                return
                            }
                            if number < next { Issue.record("\(number) behind \(next)") }
                            next = number + 1
                            count += 1
                        }
                        if isLast && next == total { break }
                    }
                    #expect(count + lost == total)
                }
            }
        }
    }

    @Test func aLongMessageIsKeptInPart() throws {
        let tap = AnswerTap(workers: 1)
        let reader = try #require(tap.open())
        let octets = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        tap.writer(ofWorker: 0).write(
            TapEntry(
                time: 0, duration: -5, client: IPAddress("fd00::7")!, port: 53, marks: [.stream, .wantsDNSSEC],
                querySize: 60, room: 65535, size: 1000, rcode: 16, plugin: 3), octets, count: 1000)
        var seen: QueryRecord?
        _ = reader.read { entry, octets in seen = QueryRecord(entry, octets, wallOffset: 7) }
        let record = try #require(seen)
        #expect(record.message == Array(octets.prefix(AnswerRing.messageRoom)))
        #expect(record.size == 1000 && record.client == IPAddress("fd00::7") && record.isStream && record.wantsDNSSEC)
        #expect(record.rcode == .badVers && record.payloadSize == 65535 && record.querySize == 60)
        #expect(record.time == 7 && record.duration == 0)
    }
}
