import Corefile
import Synchronization
import TLS

/// One upstream of a `forward` line: the ways to it, its health and its counters.
final class Upstream: Sendable {
    let address: UpstreamAddress
    /// nil where it is asked over TLS only.
    let datagram: UpstreamRoute?
    /// TCP or TLS.
    let stream: UpstreamRoute
    let meter = UpstreamMeter()
    let health = Mutex(UpstreamHealth())
    /// Whether a probe is under way or waits for its time.
    private let isProbed = Atomic<Bool>(false)

    init(_ address: UpstreamAddress, _ settings: ForwardSettings, tls: TLSContext?) {
        self.address = address
        func route(_ transport: UpstreamRoute.Transport) -> UpstreamRoute {
            UpstreamRoute(
                to: address, over: transport, source: settings.sourceAddress, expire: settings.expire,
                maximumIdle: settings.maxIdleConnections.flatMap { $0 == 0 ? nil : $0 })
        }
        if address.transport == .tls, let tls {
            datagram = nil
            stream = route(.tls(tls, serverName: address.serverName ?? settings.tlsServerName))
        } else {
            datagram = route(.udp)
            stream = route(.tcp)
        }
    }

    /// The first one to ask gets true, and has to call `probingEnded`.
    func beginProbing() -> Bool {
        isProbed.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
    }

    func probingEnded() { isProbed.store(false, ordering: .relaxed) }
}

/// How an upstream is, for `/ready`, `diagnose` and metrics.
package struct UpstreamState: Sendable {
    package var address: UpstreamAddress
    /// Probes in a row had no answer: it is not asked.
    package var isDown: Bool
    /// Others are asked before it.
    package var isDoubtful: Bool
    /// Why it is cut off; nil where it is not.
    package var cut: String?
    package var lastFailure: String?
    /// nil before the first answer.
    package var roundTrip: Duration?
    package var measures: UpstreamMeasures
}

extension UpstreamState: CustomStringConvertible {
    /// `10.0.0.1:53 is down: no answer in 1000 ms`
    package var description: String {
        if let cut { return "\(address) is cut off: \(cut)" }
        let reason = lastFailure.map { ": \($0)" } ?? ""
        return "\(address) is \(isDown ? "down" : isDoubtful ? "in doubt" : "up")\(reason)"
    }
}
