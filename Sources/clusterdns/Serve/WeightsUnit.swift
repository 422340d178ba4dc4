import Logging
import Plugins
import Synchronization

/// The file of a `loadbalance weighted` line, read again and again.
final class WeightsUnit: Sendable {
    struct Key: Hashable, Sendable {
        let file: String
        let reload: Duration
    }

    let weights: Weights
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// - Throws: `WeightFileError`.
    init(_ key: Key, log: Logger) throws {
        weights = Weights(path: key.file, reload: key.reload, log: log)
        try weights.read()
    }

    func start() {
        task.withLock { [weights] in $0 = Task { await weights.watch() } }
    }

    func stop() { task.withLock { $0?.cancel() } }
}
