import Synchronization

/// Equal questions that are in flight are asked once: whoever comes while the value for a key is being made waits for that
/// one. Nothing is kept of a value that is there.
///
///     switch await flights.value(for: question, { await ask(question) }) {
///     case .led(let answer), .joined(let answer): …
///     case .full, .cancelled: …
///     }
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package enum Outcome: Sendable {
        /// The first one who asked.
        case led(Value)
        /// Somebody had asked before.
        case joined(Value)
        /// As many wait as may.
        case full
        /// The caller was cancelled. The others wait on: the value is made whoever leaves.
        case cancelled
    }

    private struct Flight {
        var leader: UInt64
        var waiting: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var waiting = 0
        var lastWaiter: UInt64 = 0
    }

    private let state = Mutex(State())
    private let maximumWaiting: Int

    /// - Parameter maximumWaiting: callers that may wait at a time, for all keys together.
    package init(maximumWaiting: Int) { self.maximumWaiting = maximumWaiting }

    /// Callers that wait.
    package var waitingCount: Int { state.withLock { $0.waiting } }

    /// - Parameter make: runs in a task of its own, unless the value is being made already.
    package func value(for key: Key, _ make: @escaping @Sendable () async -> Value) async -> Outcome {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                switch enter(key, number, continuation) {
                case .refused(let outcome): continuation.resume(returning: outcome)
                case .waits: break
                case .leads: Task { self.finish(key, await make()) }
                }
            }
        } onCancel: {
            leave(key, number)
        }
    }

    private enum Entry {
        case leads
        case waits
        case refused(Outcome)
    }

    private func enter(_ key: Key, _ number: UInt64, _ continuation: CheckedContinuation<Outcome, Never>) -> Entry {
        state.withLock { state in
            // Whoever is cancelled from now on finds himself among those who wait.
            guard !Task.isCancelled else { return .refused(.cancelled) }
            guard state.waiting < maximumWaiting else { return .refused(.full) }
            state.waiting += 1
            let isFirst = state.flights[key] == nil
            state.flights[key, default: Flight(leader: number)].waiting[number] = continuation
            return isFirst ? .leads : .waits
        }
    }

    private func leave(_ key: Key, _ number: UInt64) {
        let continuation = state.withLock { state in
            let continuation = state.flights[key]?.waiting.removeValue(forKey: number)
            if continuation != nil { state.waiting -= 1 }
            return continuation
        }
        continuation?.resume(returning: .cancelled)
    }

    private func finish(_ key: Key, _ value: Value) {
        let flight = state.withLock { state in
            let flight = state.flights.removeValue(forKey: key)
            state.waiting -= flight?.waiting.count ?? 0
            return flight
        }
        for (number, continuation) in flight?.waiting ?? [:] {
            continuation.resume(returning: number == flight?.leader ? .led(value) : .joined(value))
        }
    }
}
