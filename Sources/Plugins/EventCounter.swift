import Synchronization

/// Counts what a plugin did, on workers and in tasks: an add without a lock, in a cache line that threads seldom share.
package final class EventCounter: @unchecked Sendable {
    private static let lines = 16
    private static let stride = 128
    private let numbers: UnsafeMutableRawPointer

    package init() {
        let size = EventCounter.lines * EventCounter.stride
        numbers = .allocate(byteCount: size, alignment: EventCounter.stride)
        numbers.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    deinit { numbers.deallocate() }

    private func number(_ line: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        (numbers + line * EventCounter.stride).assumingMemoryBound(to: Atomic<Int>.self)
    }

    /// One more, on a worker.
    /// - Parameter place: memory of the worker's own: tells workers from each other.
    @inline(__always)
    func add(near place: UnsafeRawPointer) {
        let address = UInt64(UInt(bitPattern: place)) &>> 12
        let line = Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) &>> 60)
        _ = number(line).pointee.wrappingAdd(1, ordering: .relaxed)
    }

    /// One more, in a task.
    func add() { _ = number(0).pointee.wrappingAdd(1, ordering: .relaxed) }

    /// All, from any thread.
    package var value: Int {
        (0..<EventCounter.lines).reduce(0) { $0 + number($1).pointee.load(ordering: .relaxed) }
    }
}
