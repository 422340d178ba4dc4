import Corefile
import DNSWire
import Forwarding
import Logging
import Synchronization

/// A `forward` line at work: its upstreams, their health, and whether they lead back here.
final class ForwardUnit: Sendable {
    struct Key: Hashable, Sendable {
        let settings: ForwardSettings
        let server: String
        /// Of the block, where `loop` stands in it: queries of it must not come back.
        let loopZone: DomainName?
    }

    let forwarder: Forwarder
    let probe: LoopProbe?
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// - Throws: `UpstreamError`.
    init(_ key: Key, loop: UpstreamLoop, log: Logger) throws {
        let forwarder = try Forwarder(key.settings, loop: loop, log: log)
        self.forwarder = forwarder
        probe = key.loopZone.map { LoopProbe(zone: $0, forwarder: forwarder, log: log) }
    }

    func start() {
        task.withLock { [forwarder, probe] in
            $0 = Task {
                await withDiscardingTaskGroup { group in
                    group.addTask { await forwarder.run() }
                    if let probe { group.addTask { await probe.run() } }
                }
            }
        }
    }

    func stop() { task.withLock { $0?.cancel() } }

    /// What is not as it should be, a line each.
    var notes: [String] {
        forwarder.state.compactMap { state in
            state.cut.map { "forward \(state.address): cut off: \($0)" }
                ?? (state.isDown ? "forward \(state)" : nil)
        }
    }
}
