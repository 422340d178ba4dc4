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
