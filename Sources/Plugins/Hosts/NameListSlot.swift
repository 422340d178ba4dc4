import AnswerTable
import Synchronization

/// A list of names that workers look at while another takes its place.
final class NameListSlot: @unchecked Sendable {
    private let published: UnsafeMutablePointer<Atomic<UInt>>
    private let epochs: Epochs
    private let kept: Mutex<[(epoch: UInt64, list: NameList)]>

    init(_ epochs: Epochs) {
        let empty = NameList([])
        self.epochs = epochs
        published = .allocate(capacity: 1)
        published.initialize(to: Atomic(UInt(bitPattern: Unmanaged.passUnretained(empty).toOpaque())))
        kept = Mutex([(.max, empty)])
    }

    deinit {
        published.deinitialize(count: 1)
        published.deallocate()
    }

    func replace(by list: NameList) {
        kept.withLock { kept in
            published.pointee.store(
                UInt(bitPattern: Unmanaged.passUnretained(list).toOpaque()), ordering: .sequentiallyConsistent)
            kept[kept.count - 1].epoch = epochs.advance()
            kept.append((.max, list))
            let passed = epochs.passed()
            kept.removeAll { $0.epoch <= passed }
        }
    }

    /// Valid until the reader announces itself again or leaves.
    @inline(__always)
    func load() -> Unmanaged<NameList> {
        Unmanaged.fromOpaque(
            UnsafeRawPointer(bitPattern: published.pointee.load(ordering: .acquiring)).unsafelyUnwrapped)
    }
}
