import CLinux
import Corefile
import DNSWire
import Logging
import Synchronization

/// As in CoreDNS (plugin/pkg/proxy/health.go), probes begin with an error and end with an answer. In contrast to it, one
/// that says SERVFAIL or REFUSED is no sign of health: others are asked first, unless all say so.
extension Forwarder {
    /// How long a probe is waited for (CoreDNS plugin/pkg/proxy: 1 s).
    private static let probeTimeout = Duration.seconds(1)
    /// The longest pause between probes of an upstream that answers, but badly.
    private static let longestPause = Duration.seconds(10)

    /// Checks upstreams that failed, and follows resolv.conf files, until the task is cancelled. Once in a forwarder's life.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followFiles() }
            for await upstream in probes {
                group.addTask { await self.examine(upstream) }
            }
            group.cancelAll()
        }
    }

    /// Has an upstream examined, unless it is being so.
    func probe(_ upstream: Upstream) {
        if upstream.beginProbing() { requestProbe.yield(upstream) }
    }

    func failed(_ upstream: Upstream, _ error: UpstreamError) {
        upstream.health.withLock { $0.failed("\(error)") }
        probe(upstream)
    }

    func noteSent(_ upstream: Upstream, at now: Int64) {
        guard upstream.meter.sent(at: now) else { return }
        log.warning(
            "an upstream is sent over \(UpstreamMeter.warnedRate) packets a second: clouds' resolvers drop what is over 1024",
            metadata: ["upstream": "\(upstream.address)"])
    }

    /// Probes until there is a good answer, or the upstream is one no more.
    private func examine(_ upstream: Upstream) async {
        defer { upstream.probingEnded() }
        var pause = settings.healthCheck.interval
        while !Task.isCancelled, self.upstream(upstream.address) === upstream {
            switch await health(of: upstream) {
            case true?:
                return
            case false?:
                // A server that is no resolver for the root may be one for what it is asked otherwise: a query's good
                // answer ends this too.
                pause = min(pause * 2, Forwarder.longestPause)
            case nil:
                pause = settings.healthCheck.interval
            }
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            if upstream.health.withLock({ !$0.isInTrouble }) { return }
        }
    }

    /// Sends one probe.
    /// - Returns: whether the answer was a good one; nil where there was none.
    private func health(of upstream: Upstream) async -> Bool? {
        let check = settings.healthCheck
        let query = Message(
            query: check.domain, type: .ns, id: 0, flags: check.recursionDesired ? .recursionDesired : [])
        let route = settings.forcesTCP ? upstream.stream : upstream.datagram ?? upstream.stream
        guard let wire = try? query.encoded() else { return nil }
        noteSent(upstream, at: clinux_nanoseconds())
        do throws(UpstreamError) {
            let answer = try await loop.exchange(wire, by: route, timeout: Forwarder.probeTimeout)
            let rcode = answer.message[3] & 15
            let isGood = rcode == ResponseCode.noError.rawValue || rcode == ResponseCode.nxDomain.rawValue
            probed(upstream) { $0.probeAnswered(isGood: isGood) }
            return isGood
        } catch {
            guard error.isUpstreams else { return nil }
            upstream.meter.healthCheckFailed()
            probed(upstream) { $0.probeFailed("\(error)") }
            return nil
        }
    }

    /// Asks one upstream, whatever is known of it.
    /// - Returns: whether it answers at all.
    func isAnswered(
        _ name: DomainName, _ type: RecordType, by address: UpstreamAddress, timeout: Duration
    ) async -> Bool {
        guard let upstream = upstream(address), let query = try? Message(query: name, type: type, id: 0).encoded()
        else { return false }
        let route = settings.forcesTCP ? upstream.stream : upstream.datagram ?? upstream.stream
        noteSent(upstream, at: clinux_nanoseconds())
        return (try? await loop.exchange(query, by: route, timeout: timeout)) != nil
    }

    /// A query found it silent to the end.
    func wasSilent(_ upstream: Upstream, _ error: UpstreamError) {
        probed(upstream) { $0.probeFailed("\(error)") }
    }

    private func probed(_ upstream: Upstream, _ change: (inout UpstreamHealth) -> Void) {
        let (before, after) = upstream.health.withLock { health in
            let before = health
            change(&health)
            return (before, health)
        }
        let isDown = after.isDown(maxFails: settings.maxFails)
        guard before.isDown(maxFails: settings.maxFails) != isDown else { return }
        if isDown {
            log.warning(
                "upstream is down",
                metadata: ["upstream": "\(upstream.address)", "reason": "\(after.lastFailure ?? "")"])
        } else {
            log.info("upstream is up again", metadata: ["upstream": "\(upstream.address)"])
        }
    }
}

extension Upstream {
    func state(_ health: UpstreamHealth, maxFails: Int, at now: Int64) -> UpstreamState {
        UpstreamState(
            address: address, isDown: health.isDown(maxFails: maxFails), isDoubtful: health.isDoubtful(at: now),
            cut: health.cut, lastFailure: health.lastFailure,
            roundTrip: health.roundTrip == 0 ? nil : .nanoseconds(health.roundTrip), measures: meter.measures)
    }
}
