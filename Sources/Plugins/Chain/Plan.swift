import AnswerTable
import Synchronization

/// What a whole Corefile comes to, as the workers use it: a view for each address that is listened on.
package final class Plan: @unchecked Sendable {
    /// By the listening addresses' numbers.
    package let views: [View]
    private let fast: UnsafeMutableBufferPointer<Unmanaged<View>>

    package init(views: [View]) {
        self.views = views
        fast = .allocate(capacity: views.count)
        for (index, view) in views.enumerated() { fast.initializeElement(at: index, to: .passUnretained(view)) }
    }

    deinit { fast.deallocate() }

    /// nil for a listener that this plan does not have, or no longer.
    @inline(__always)
    func view(ofListener index: Int) -> Unmanaged<View>? {
        index < fast.count ? fast[index] : nil
    }
}

/// The plan that is in force. Changing it takes effect with each worker's next batch; the one before is kept until no
/// worker looks at it any more.
package final class PlanSlot: @unchecked Sendable {
    private let published: UnsafeMutablePointer<Atomic<UInt>>
    private let epochs: Epochs
    private let kept: Mutex<[(epoch: UInt64, plan: Plan)]>

    package init(_ plan: Plan, epochs: Epochs) {
        self.epochs = epochs
        published = .allocate(capacity: 1)
        published.initialize(to: Atomic(UInt(bitPattern: Unmanaged.passUnretained(plan).toOpaque())))
        kept = Mutex([(.max, plan)])
    }

    deinit {
        published.deinitialize(count: 1)
        published.deallocate()
    }

    package var plan: Plan { kept.withLock { $0[$0.count - 1].plan } }

    package func replace(by plan: Plan) {
        kept.withLock { kept in
            published.pointee.store(
                UInt(bitPattern: Unmanaged.passUnretained(plan).toOpaque()), ordering: .sequentiallyConsistent)
            kept[kept.count - 1].epoch = epochs.advance()
            kept.append((.max, plan))
            let passed = epochs.passed()
            kept.removeAll { $0.epoch <= passed }
        }
    }

    /// Valid until the reader announces itself again or leaves.
    @inline(__always)
    func load() -> Unmanaged<Plan> {
        Unmanaged.fromOpaque(
            UnsafeRawPointer(bitPattern: published.pointee.load(ordering: .acquiring)).unsafelyUnwrapped)
    }
}
