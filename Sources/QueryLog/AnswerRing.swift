import Glibc
import Synchronization

/// The last answers of one worker: slots of one size, written by the worker alone, read by any number of readers.
///
/// The writer never waits and never looks at readers. A slot is a sequence lock: its first word is odd while it is being
/// written, and says afterwards which answer it holds; who reads takes a copy, and throws it away where that word is
/// another one behind it. What a reader was too slow for is gone, and it is told how much that was. All words are atomic, so
/// that a copy that is thrown away is no data race.
package final class AnswerRing: @unchecked Sendable {
    /// Answers that it holds; a power of two.
    static let capacity = 4096
    /// Words of a slot: the sequence, the entry's figures, the message.
    static let slotWords = 64
    /// Octets of a message that are kept.
    package static let messageRoom = (slotWords - 1 - TapEntry.words) * 8

    typealias Word = Atomic<UInt64>

    /// Answers that were ever written, on a cache line of its own, then the slots. Pages that nobody has written to are no
    /// memory yet.
    private let memory: UnsafeMutableRawPointer
    private static let header = 64
    private static let size = header + capacity * slotWords * 8

    init() {
        let made = mmap(
            nil, AnswerRing.size, PROT_READ | PROT_WRITE, Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1, 0)
        guard let made, made != MAP_FAILED else { preconditionFailure("mmap: \(String(cString: strerror(errno)))") }
        memory = made
    }

    deinit { munmap(memory, AnswerRing.size) }

    private var written: UnsafeMutablePointer<Word> { memory.assumingMemoryBound(to: Word.self) }

    /// Gives the slots' memory back; an answer that is being written at that time only makes a page again.
    func forget() {
        let page = sysconf(Int32(_SC_PAGESIZE))
        madvise(memory + page, AnswerRing.size - page, MADV_DONTNEED)
    }

    // MARK: Writing

    /// The writer's side, valid as long as the ring is: plain addresses, which nobody counts.
    struct Writer {
        fileprivate let memory: UnsafeMutableRawPointer

        /// Writes one answer.
        /// - Parameters:
        ///   - octets: the message; null for none.
        ///   - count: of the octets; those that find no room are left out.
        @inline(never)
        func write(_ entry: TapEntry, _ octets: UnsafeRawPointer?, count: Int) {
            let written = memory.assumingMemoryBound(to: Word.self)
            let number = written.pointee.load(ordering: .relaxed)
            let slot = AnswerRing.slot(memory, number)
            slot[0].store(number &* 2 &+ 1, ordering: .relaxed)
            atomicMemoryFence(ordering: .releasing)
            let kept = octets == nil ? 0 : min(count, AnswerRing.messageRoom)
            var entry = entry
            entry.keptOctets = UInt16(truncatingIfNeeded: kept)
            slot[1].store(entry.time, ordering: .relaxed)
            slot[2].store(entry.duration, ordering: .relaxed)
            slot[3].store(entry.sizes, ordering: .relaxed)
            slot[4].store(entry.marks, ordering: .relaxed)
            slot[5].store(entry.addressHigh, ordering: .relaxed)
            slot[6].store(entry.addressLow, ordering: .relaxed)
            if let octets {
                let whole = kept / 8
                let target = slot + 1 + TapEntry.words
                for index in 0..<whole {
                    target[index].store(
                        octets.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self), ordering: .relaxed)
                }
                if kept & 7 != 0 {
                    var last: UInt64 = 0
                    memcpy(&last, octets + whole &* 8, kept & 7)
                    target[whole].store(last, ordering: .relaxed)
                }
            }
            slot[0].store(number &* 2 &+ 2, ordering: .releasing)
            written.pointee.store(number &+ 1, ordering: .releasing)
        }
    }

    var writer: Writer { Writer(memory: memory) }

    private static func slot(_ memory: UnsafeMutableRawPointer, _ number: UInt64) -> UnsafeMutablePointer<Word> {
        let index = Int(truncatingIfNeeded: number & UInt64(capacity - 1))
        return (memory + header + index &* slotWords &* 8).assumingMemoryBound(to: Word.self)
    }

    // MARK: Reading

    /// Where a reader that begins now begins.
    var end: UInt64 { written.pointee.load(ordering: .acquiring) }

    /// Takes what has been written since `cursor`, in its order.
    /// - Parameters:
    ///   - cursor: the next answer to be read; moved on.
    ///   - limit: answers at most.
    /// - Returns: how many were overwritten before they could be read.
    func read(from cursor: inout UInt64, limit: Int, _ each: (TapEntry, UnsafeRawBufferPointer) -> Void) -> Int {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: AnswerRing.slotWords) { copy in
            var lost = 0
            var count = 0
            var end = self.end
            while cursor < end, count < limit {
                // Who is a whole round behind begins again where the writer will not be at once.
                if end - cursor > UInt64(AnswerRing.capacity) {
                    let next = end - UInt64(AnswerRing.capacity * 3 / 4)
                    lost += Int(next - cursor)
                    cursor = next
                }
                if take(cursor, to: copy) {
                    let entry = TapEntry(copy)
                    each(
                        entry,
                        UnsafeRawBufferPointer(
                            start: copy.baseAddress! + TapEntry.words, count: Int(entry.keptOctets)))
                    count += 1
                } else {
                    lost += 1
                }
                cursor += 1
                end = self.end
            }
            return lost
        }
    }

    /// A copy of what stands behind the slot's first word.
    /// - Returns: whether it is that answer, whole.
    private func take(_ number: UInt64, to copy: UnsafeMutableBufferPointer<UInt64>) -> Bool {
        let slot = AnswerRing.slot(memory, number)
        guard slot[0].load(ordering: .acquiring) == number &* 2 &+ 2 else { return false }
        for index in 0..<TapEntry.words { copy[index] = slot[1 + index].load(ordering: .relaxed) }
        let octets = min(Int(TapEntry(copy).keptOctets), AnswerRing.messageRoom)
        for index in TapEntry.words..<(TapEntry.words + (octets + 7) / 8) {
            copy[index] = slot[1 + index].load(ordering: .relaxed)
        }
        atomicMemoryFence(ordering: .acquiring)
        return slot[0].load(ordering: .relaxed) == number &* 2 &+ 2
    }
}
