import Corefile
import DNSWire
import Logging
import NetworkAddress
import Synchronization
import Testing

@testable import Forwarding

@Suite struct LoopProbeTests {
    /// A server that sends back to us what it is asked, as one does whose resolv.conf leads here.
    private final class Loop: Sendable {
        let probe = Mutex<LoopProbe?>(nil)
        let isClosed = Atomic<Bool>(true)

        func hear(_ heard: FakeUpstream.Heard) -> FakeUpstream.Reply {
            let question = heard.query.questions[0]
            if isClosed.load(ordering: .relaxed), question.type == .hinfo {
                _ = probe.withLock { $0 }?.saw(question.name)
                return .rcode(heard, .servFail)
            }
            return .answer(heard)
        }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<1000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }

    @Test func onlyTheLoopedUpstreamIsCutAndComesBack() async throws {
        let loop = Loop()
        let looped = try FakeUpstream { loop.hear($0) }
        let healthy = try FakeUpstream { $0.query.questions[0].type == .hinfo ? .rcode($0, .nxDomain) : .answer($0) }
        defer {
            looped.end()
            healthy.end()
        }
        let forwarder = try forwarder([looped.upstream, healthy.upstream])
        let probe = LoopProbe(
            zone: try DomainName("example.com"), forwarder: forwarder, interval: .milliseconds(200),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        loop.probe.withLock { $0 = probe }
        let running = Task { await probe.run() }
        defer { running.cancel() }
        try await eventually { forwarder.state[0].cut != nil }
        #expect(
            "\(forwarder.state[0])"
                == "\(looped.upstream) is cut off: forwarding loop: queries sent to it come back to this server")
        #expect(forwarder.state[1].cut == nil)
        // Queries go to the other one, also after more rounds of probes.
        try await eventually { looped.heard.count >= 4 }
        #expect(await forwarder.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        #expect(looped.heard.allSatisfy { $0.query.questions[0].type == .hinfo })
        #expect(probe.loopsFound == 1)
        // Each probe has a name of its own.
        let names = (looped.heard + healthy.heard).filter { $0.query.questions[0].type == .hinfo }.map(
            \.query.questions[0].name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.isAtOrBelow(probe.probeName) })

        loop.isClosed.store(false, ordering: .relaxed)
        try await eventually { forwarder.state[0].cut == nil }
    }

    @Test func allCutFailsWithTheReason() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        forwarder.cut(server.upstream, reason: "forwarding loop")
        for _ in 0..<2 {
            #expect(
                await forwarder.resolve(query(), clientUsesTCP: false).text
                    == "failed: no upstream can be asked: \(server.upstream) is cut off: forwarding loop")
        }
        #expect(server.heard.isEmpty)
    }

    @Test func othersNamesAreNone() throws {
        let forwarder = try forwarder([])
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let zone = try DomainName("example.com")
        let probe = LoopProbe(zone: zone, forwarder: forwarder, log: log)
        let other = LoopProbe(zone: zone, forwarder: forwarder, log: log)
        #expect(probe.probeName != other.probeName)
        #expect(!probe.saw(try other.probeName.prepending("x")))
        #expect(!probe.saw(zone))
        // A name that was never asked for accuses nobody, and yet is not sent on.
        #expect(probe.saw(try probe.probeName.prepending("x")))
        #expect(probe.loopsFound == 0)
        #expect(!LoopProbe(zone: .root, forwarder: forwarder, log: log).saw(www))
    }

    /// New upstreams are probed at once.
    @Test func aChangeIsProbed() async throws {
        let loop = Loop()
        let looped = try FakeUpstream { loop.hear($0) }
        defer { looped.end() }
        let forwarder = try forwarder([])
        let probe = LoopProbe(
            zone: .root, forwarder: forwarder, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        loop.probe.withLock { $0 = probe }
        let running = Task { await probe.run() }
        defer { running.cancel() }
        try await Task.sleep(for: .milliseconds(100))
        let change = forwarder.servers.withLock { servers in
            servers.upstreams = [Upstream(looped.upstream, forwarder.settings, tls: nil)]
            return servers.whenChanged
        }
        change?()
        try await eventually { forwarder.state[0].cut != nil }
    }
}
