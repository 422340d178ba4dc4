import Glibc
import Synchronization

/// When memory that readers may still be looking at can be used again: quiescent-state-based reclamation, as liburcu
/// calls it and Knot uses it.
///
/// The writer counts epochs. A reader announces the epoch it has seen at a point where it holds no reference (once a
/// batch), and that it is away before it blocks. What the writer took out of the table in epoch n is free when every
/// reader has announced n or later, or is away. A reader pays two plain loads a batch; nobody counts references.
package final class Epochs: @unchecked Sendable {
    /// The most readers at one time: workers, and whoever else answers.
    package static let maximumReaders = 256

    /// One cache line for each reader, so that announcing disturbs nobody.
    private static let stride = 64
    private static let away = UInt64.max

    private let current = Atomic<UInt64>(1)
    private let slots: UnsafeMutableRawPointer
    private let taken = Mutex<[Bool]>(Array(repeating: false, count: maximumReaders))

    init() {
        slots = UnsafeMutableRawPointer.allocate(
            byteCount: Epochs.maximumReaders * Epochs.stride, alignment: Epochs.stride)
        for index in 0..<Epochs.maximumReaders {
            (slots + index * Epochs.stride).storeBytes(of: Epochs.away, as: UInt64.self)
        }
    }

    deinit { slots.deallocate() }

    @inline(__always)
    private func slot(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (slots + index &* Epochs.stride).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// A place for one more reader, away at first; nil when there are too many.
    func register() -> Int? {
        taken.withLock { taken in
            guard let index = taken.firstIndex(of: false) else { return nil }
            taken[index] = true
            return index
        }
    }

    func unregister(_ reader: Int) {
        slot(reader).pointee.store(Epochs.away, ordering: .sequentiallyConsistent)
        taken.withLock { $0[reader] = false }
    }

    /// The reader holds no reference now; what it loads from here on is of the current epoch.
    @inline(__always)
    func announce(_ reader: Int) {
        let epoch = current.load(ordering: .sequentiallyConsistent)
        if slot(reader).pointee.load(ordering: .relaxed) != epoch {
            slot(reader).pointee.store(epoch, ordering: .sequentiallyConsistent)
        }
    }

    /// The reader holds no reference and will load none until it announces itself again.
    @inline(__always)
    func leave(_ reader: Int) {
        slot(reader).pointee.store(Epochs.away, ordering: .sequentiallyConsistent)
    }

    /// Writer: closes the epoch in which something was taken out. It is free when `passed` reaches the number returned.
    func advance() -> UInt64 {
        current.add(1, ordering: .sequentiallyConsistent).newValue
    }

    /// Writer: the latest epoch that every reader has seen.
    func passed() -> UInt64 {
        var least = current.load(ordering: .sequentiallyConsistent)
        for index in 0..<Epochs.maximumReaders {
            least = min(least, slot(index).pointee.load(ordering: .sequentiallyConsistent))
        }
        return least
    }
}
