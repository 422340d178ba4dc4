import Synchronization

/// The workers' rings, and who reads them: nothing is written while nobody does.
///
///     let tap = AnswerTap(workers: 2)
///     let writer = tap.writer(ofWorker: 0)                         // a worker's
///     if writer.mask != 0 { writer.write(entry, message, count: n) }
///     let reader = tap.open()                                      // nil: eight read already
///     let lost = reader?.read { entry, message in ... }
package final class AnswerTap: @unchecked Sendable {
    /// Readers at one time.
    package static let maximumReaders = 8

    private let rings: [AnswerRing]
    /// All ones while somebody reads, else 0; on a cache line of its own, which is read by every worker.
    private let mask: UnsafeMutablePointer<Atomic<UInt32>>
    private let readers = Mutex(0)
    private let lost = Atomic<Int>(0)

    package init(workers: Int) {
        rings = (0..<workers).map { _ in AnswerRing() }
        mask = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64).bindMemory(
            to: Atomic<UInt32>.self, capacity: 1)
        mask.initialize(to: Atomic(0))
    }

    deinit { mask.deallocate() }

    /// A worker's side, valid as long as the tap is: plain addresses, which nobody counts.
    package struct Writer: @unchecked Sendable {
        fileprivate let flag: UnsafeMutablePointer<Atomic<UInt32>>
        fileprivate let ring: AnswerRing.Writer

        /// All ones while somebody reads, else 0.
        @inline(__always)
        package var mask: UInt32 { flag.pointee.load(ordering: .relaxed) }

        /// Notes an answer, for one thread at a time.
        /// - Parameter octets: the answer, or the query where there is none.
        package func write(_ entry: TapEntry, _ octets: UnsafeRawPointer?, count: Int) {
            ring.write(entry, octets, count: count)
        }
    }

    package func writer(ofWorker index: Int) -> Writer { Writer(flag: mask, ring: rings[index].writer) }

    /// Answers that readers were too slow for, since the start.
    package var dropped: Int { lost.load(ordering: .relaxed) }

    package var readerCount: Int { readers.withLock { $0 } }

    /// One more reader, of what is answered from now on; nil where there are too many.
    package func open() -> Reader? {
        readers.withLock { count in
            guard count < AnswerTap.maximumReaders else { return nil }
            count += 1
            let reader = Reader(self, rings)
            mask.pointee.store(.max, ordering: .relaxed)
            return reader
        }
    }

    fileprivate func close() {
        readers.withLock { count in
            count -= 1
            guard count == 0 else { return }
            mask.pointee.store(0, ordering: .relaxed)
            for ring in rings { ring.forget() }
        }
    }

    /// Reads all workers' answers, by one thread at a time; ends with its last reference.
    package final class Reader: @unchecked Sendable {
        private let tap: AnswerTap
        private let rings: [AnswerRing]
        private var cursors: [UInt64]

        fileprivate init(_ tap: AnswerTap, _ rings: [AnswerRing]) {
            self.tap = tap
            self.rings = rings
            cursors = rings.map(\.end)
        }

        deinit { tap.close() }

        /// Takes what has come since, one worker's answers after the other's.
        /// - Parameter limit: answers of a worker at most.
        /// - Returns: how many were lost.
        package func read(
            limit: Int = AnswerRing.capacity, _ each: (TapEntry, UnsafeRawBufferPointer) -> Void
        ) -> Int {
            var lost = 0
            for index in rings.indices { lost += rings[index].read(from: &cursors[index], limit: limit, each) }
            if lost > 0 { tap.lost.add(lost, ordering: .relaxed) }
            return lost
        }
    }
}
