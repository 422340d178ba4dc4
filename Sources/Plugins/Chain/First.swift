import Synchronization

/// Waiting for something that may take too long.
enum First {
    /// What `body` makes, or nil where that takes longer than `limit`. It goes on in a task of its own all the same.
    static func of<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
            let waiting = Mutex<CheckedContinuation<Value?, Never>?>(continuation)
            let race = Race(waiting)
            let timer = Task {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                race.end(with: nil)
            }
            Task {
                race.end(with: await body())
                timer.cancel()
            }
        }
    }

    private final class Race<Value: Sendable>: Sendable {
        private let waiting: Mutex<CheckedContinuation<Value?, Never>?>

        init(_ waiting: consuming Mutex<CheckedContinuation<Value?, Never>?>) { self.waiting = waiting }

        func end(with value: Value?) {
            let first = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            first?.resume(returning: value)
        }
    }
}
