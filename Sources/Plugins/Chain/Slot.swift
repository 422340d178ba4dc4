import AnswerTable
import Synchronization

/// An object that workers look at without a lock while another takes its place. The change takes effect with each worker's
/// next batch; the one before is kept until no worker looks at it any more.
package final class Slot<Value: AnyObject & Sendable>: @unchecked Sendable {
    private let published: UnsafeMutablePointer<Atomic<UInt>>
    private let epochs: Epochs
    private let kept: Mutex<[(epoch: UInt64, value: Value)]>

    package init(_ value: Value, epochs: Epochs) {
        self.epochs = epochs
        published = .allocate(capacity: 1)
        published.initialize(to: Atomic(UInt(bitPattern: Unmanaged.passUnretained(value).toOpaque())))
        kept = Mutex([(.max, value)])
    }

    deinit {
        published.deinitialize(count: 1)
        published.deallocate()
    }

    package func replace(by value: Value) {
        kept.withLock { kept in
            published.pointee.store(
                UInt(bitPattern: Unmanaged.passUnretained(value).toOpaque()), ordering: .sequentiallyConsistent)
            kept[kept.count - 1].epoch = epochs.advance()
            kept.append((.max, value))
            let passed = epochs.passed()
            kept.removeAll { $0.epoch <= passed }
        }
    }

    /// Valid until the reader announces itself again or leaves.
    @inline(__always)
    func load() -> Unmanaged<Value> {
        Unmanaged.fromOpaque(
            UnsafeRawPointer(bitPattern: published.pointee.load(ordering: .acquiring)).unsafelyUnwrapped)
    }
}
