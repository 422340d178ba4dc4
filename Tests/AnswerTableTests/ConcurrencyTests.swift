import DNSWire
import Foundation
import NetworkAddress
import Synchronization
import Testing

@testable import AnswerTable

@Suite struct ConcurrencyTests {
    /// While the writer changes names, makes and drops others and grows the index, readers see the one or the other
    /// answer of a name that is always there, never none and never something between.
    @Test func readersSeeOldOrNew() async throws {
        let table = AnswerTable(capacity: 256 << 20)
        let zone = table.makeZone(origin: name("z."))
        let soa = StartOfAuthority(
            primary: name("ns.z."), mailbox: name("h.z."), serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5)
        table.apply([.set(name("z."), [RecordSet(.soa, ttl: 5, [.soa(soa)])])], to: [zone])
        table.serve([zone])
        func addresses(_ round: UInt32) -> RecordSet {
            RecordSet(.a, ttl: round, (0..<8).map { .address(IPAddress(v4: round << 8 | $0)) })
        }
        let steady = name("steady.z.")
        table.apply([.set(steady, [addresses(1)])], to: [zone])

        let query = try Message(query: steady, type: .a, id: 1).encoded()
        let watch = Watch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                let reader = Reader(table.makeAnswerer()!, watch)
                group.addTask {
                    await withCheckedContinuation { done in
                        Thread.detachNewThread {
                            reader.ask(query)
                            done.resume()
                        }
                    }
                }
            }
            for round in UInt32(2)..<4_000 {
                table.apply([.set(steady, [addresses(round)])], to: [zone])
                table.apply([.set(name("n\(round).z."), [addresses(round)])], to: [zone])
                if round > 1000 { table.apply([.remove(name("n\(round - 500).z."))], to: [zone]) }
                if round % 500 == 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
            watch.isDone.store(true, ordering: .releasing)
            try await group.waitForAll()
        }
        #expect(watch.wrong.withLock { $0 } == [])
        #expect(watch.asked.load(ordering: .relaxed) > 1000)
        table.reclaim()
        #expect(table.retired.isEmpty, "what was replaced is free again")
    }
}

/// What readers and writer tell each other.
private final class Watch: Sendable {
    let isDone = Atomic<Bool>(false)
    let asked = Atomic<Int>(0)
    let wrong = Mutex<[String]>([])
}

/// A reader on a thread of its own.
private final class Reader: @unchecked Sendable {
    private var answerer: Answerer
    private let watch: Watch

    init(_ answerer: consuming Answerer, _ watch: Watch) {
        self.answerer = answerer
        self.watch = watch
    }

    func ask(_ query: [UInt8]) {
        let out = UnsafeMutableRawPointer.allocate(byteCount: 8192, alignment: 16)
        defer { out.deallocate() }
        while !watch.isDone.load(ordering: .acquiring) {
            answerer.beginBatch()
            for _ in 0..<32 {
                out.copyMemory(from: query, byteCount: query.count)
                let length = answerer.answer(out, length: query.count, over: .udp).length
                watch.asked.add(1, ordering: .relaxed)
                let records = (0..<8).map { out + (query.count + $0 * 16) }
                let isWhole = length == query.count + 8 * 16
                let ttls = Set(records.map { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 6, as: UInt32.self)) })
                let networks = Set(
                    records.map { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 12, as: UInt32.self)) >> 8 })
                if !isWhole || ttls.count != 1 || ttls != networks {
                    watch.wrong.withLock { $0.append("length \(length), \(ttls), \(networks)") }
                    return
                }
            }
            answerer.goAway()
        }
        answerer.goAway()
    }
}
