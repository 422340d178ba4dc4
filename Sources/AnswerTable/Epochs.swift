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

    /// A line for the current epoch, then one for each reader.
    private let slots: UnsafeMutableRawPointer
    private let taken = Mutex<[Bool]>(Array(repeating: false, count: maximumReaders))

    package init() {
        slots = UnsafeMutableRawPointer.allocate(
            byteCount: (1 + Epochs.maximumReaders) * Epochs.stride, alignment: Epochs.stride)
        slots.storeBytes(of: 1, as: UInt64.self)
        for index in 0..<Epochs.maximumReaders {
            (slots + (1 + index) * Epochs.stride).storeBytes(of: Epochs.away, as: UInt64.self)
        }
    }

    deinit { slots.deallocate() }

    @inline(__always)
    private var current: UnsafeMutablePointer<Atomic<UInt64>> { slots.assumingMemoryBound(to: Atomic<UInt64>.self) }

    private func slot(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (slots + (1 + index) * Epochs.stride).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// A reader's side, valid as long as the epochs are: plain addresses, which nobody counts.
    package struct Reader {
        fileprivate let index: Int
        fileprivate let current: UnsafeMutablePointer<Atomic<UInt64>>
        fileprivate let slot: UnsafeMutablePointer<Atomic<UInt64>>

        /// The reader holds no reference now; what it loads from here on is of the current epoch.
        @inline(__always)
        package func announce() {
            let epoch = current.pointee.load(ordering: .sequentiallyConsistent)
            if slot.pointee.load(ordering: .relaxed) != epoch {
                slot.pointee.store(epoch, ordering: .sequentiallyConsistent)
            }
        }

        /// The reader holds no reference and will load none until it announces itself again.
        @inline(__always)
        package func leave() { slot.pointee.store(Epochs.away, ordering: .sequentiallyConsistent) }
    }

    /// A place for one more reader, away at first; nil when there are too many.
    package func register() -> Reader? {
        taken.withLock { taken in
            guard let index = taken.firstIndex(of: false) else { return nil }
            taken[index] = true
            return Reader(index: index, current: current, slot: slot(index))
        }
    }

    package func unregister(_ reader: Reader) {
        reader.leave()
        taken.withLock { $0[reader.index] = false }
    }

    /// Writer: closes the epoch in which something was taken out. It is free when `passed` reaches the number returned.
    package func advance() -> UInt64 {
        current.pointee.add(1, ordering: .sequentiallyConsistent).newValue
    }

    /// Writer: the latest epoch that every reader has seen.
    package func passed() -> UInt64 {
        var least = current.pointee.load(ordering: .sequentiallyConsistent)
        for index in 0..<Epochs.maximumReaders {
            least = min(least, slot(index).pointee.load(ordering: .sequentiallyConsistent))
        }
        return least
    }
}
