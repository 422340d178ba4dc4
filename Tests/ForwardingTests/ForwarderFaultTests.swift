import Corefile
import DNSWire
import NetworkAddress
import Synchronization
import Testing

@testable import Forwarding

/// Upstreams that are dead, slow, broken or lie.
@Suite struct ForwarderFaultTests {
    private let clock = ContinuousClock()

    /// With a healthy upstream beside it no fault costs an answer.
    @Test(arguments: ["dead", "silent", "SERVFAIL", "REFUSED", "garbage", "wrong question", "slow"])
    func anotherUpstreamAnswers(fault: String) async throws {
        let broken = try FakeUpstream { heard in
            switch fault {
            case "SERVFAIL": return .rcode(heard, .servFail)
            case "REFUSED": return .rcode(heard, .refused)
            case "slow": return .answer(heard, "192.0.2.66", delay: 3000)
            case "garbage":
                let right = FakeUpstream.Reply.answer(heard).messages[0]
                return .init(messages: [Array(right.dropLast(5))])
            case "wrong question":
                return .answer(heard, "192.0.2.66") { $0.questions[0].name = try! DomainName("evil.example.com") }
            default: return .silence
            }
        }
        let healthy = try FakeUpstream()
        defer {
            broken.end()
            healthy.end()
        }
        let first = fault == "dead" ? try FakeUpstream.deaf() : broken.upstream
        let forwarder = try forwarder([first, healthy.upstream])
        for number in 0..<20 {
            let outcome = await forwarder.resolve(query(try www.prepending("n\(number)")), clientUsesTCP: false)
            #expect(outcome.text == "NOERROR 192.0.2.1")
        }
        // What is learned from it is paid for a few times: then the other one is asked first.
        #expect(broken.questions.count <= 5)
        #expect(forwarder.state[0].isDoubtful)
        #expect(!forwarder.state[1].isDoubtful)
    }

    @Test func theBetterOfBadAnswers() async throws {
        let bad = try FakeUpstream { .rcode($0, .servFail) }
        let alsoBad = try FakeUpstream { .rcode($0, .servFail) }
        defer {
            bad.end()
            alsoBad.end()
        }
        let forwarder = try forwarder([bad.upstream, alsoBad.upstream])
        #expect(await forwarder.resolve(query(), clientUsesTCP: false).text == "SERVFAIL")
        #expect(bad.questions.count == 1 && alsoBad.questions.count == 1)
        // Where all say so, it is the name's fault, not theirs.
        #expect(!forwarder.state.contains { $0.isDoubtful })
        // One that does not answer does not make SERVFAIL a failure.
        let mixed = try self.mixed(bad.upstream)
        #expect(await mixed.resolve(query(), clientUsesTCP: false).text == "SERVFAIL")
    }

    private func mixed(_ server: UpstreamAddress) throws -> Forwarder {
        try forwarder([FakeUpstream.deaf(), server])
    }

    @Test func failoverCodesAskAnother() async throws {
        let first = try FakeUpstream { .rcode($0, .nxDomain) }
        let second = try FakeUpstream()
        defer {
            first.end()
            second.end()
        }
        let plain = try forwarder([first.upstream, second.upstream])
        #expect(await plain.resolve(query(), clientUsesTCP: false).text == "NXDOMAIN")
        let failing = try forwarder([first.upstream, second.upstream]) { $0.failover = [.nxDomain] }
        #expect(await failing.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        second.become { .rcode($0, .servFail) }
        #expect(await failing.resolve(query(), clientUsesTCP: false).text == "NXDOMAIN")
    }

    @Test func aLostDatagramIsSentAgain() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        // The round trip is known now.
        _ = await forwarder.resolve(query(), clientUsesTCP: false)
        let lost = try www.prepending("lost")
        server.become { [unowned server] heard in
            server.heard.count { $0.query.questions[0].name == lost } == 1 ? .silence : .answer(heard)
        }
        let begin = clock.now
        #expect(await forwarder.resolve(query(lost), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        #expect((.milliseconds(200)..<(.milliseconds(4500))).contains(clock.now - begin))
    }

    @Test func silenceEndsWithAReason() async throws {
        let silent = try FakeUpstream { _ in .silence }
        defer { silent.end() }
        let dead = try FakeUpstream.deaf()
        let forwarder = try forwarder([silent.upstream, dead]) { $0.readTimeout = .milliseconds(300) }
        #expect(
            await forwarder.resolve(query(), clientUsesTCP: false).text
                == "failed: no upstream answered: \(silent.upstream): no answer in 300 ms; \(dead): connection refused")
    }

    /// Five seconds for a query, whoever is silent for however long.
    @Test func aQueryEndsInTime() async throws {
        let silent = try FakeUpstream { _ in .silence }
        defer { silent.end() }
        let forwarder = try forwarder([silent.upstream]) { $0.readTimeout = .seconds(60) }
        let begin = clock.now
        #expect(await forwarder.resolve(query(), clientUsesTCP: true).text.hasPrefix("failed: "))
        #expect((.seconds(4)..<(.seconds(20))).contains(clock.now - begin))
    }

    // MARK: Health

    private func eventually(_ limit: Duration = .seconds(10), _ condition: () -> Bool) async throws -> Bool {
        let end = clock.now + limit
        while clock.now < end {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return condition()
    }

    /// Dead, all down and failing at once, back again.
    @Test func downAndUpAgain() async throws {
        let server = try FakeUpstream { _ in .silence }
        defer { server.end() }
        let forwarder = try forwarder([server.upstream]) {
            $0.readTimeout = .milliseconds(200)
            $0.healthCheck.interval = .milliseconds(400)
        }
        let running = Task { await forwarder.run() }
        defer { running.cancel() }
        #expect(server.heard.isEmpty)
        _ = await forwarder.resolve(query(), clientUsesTCP: false)
        #expect(try await eventually { forwarder.state[0].isDown })
        // The root's name servers are asked for.
        #expect(server.heard.contains { $0.query.questions[0].name == .root && $0.query.questions[0].type == .ns })
        // A query that was silence to the end counts as a probe.
        #expect(forwarder.state[0].measures.healthCheckFailures >= 1)
        #expect("\(forwarder.state[0])".hasPrefix("\(server.upstream) is down: no answer in "))

        // One query an interval is let through, the others fail at once.
        var texts: [String] = []
        for number in 0..<50 {
            texts.append(await forwarder.resolve(query(try www.prepending("n\(number)")), clientUsesTCP: false).text)
        }
        let atOnce = "failed: no upstream can be asked: \(server.upstream) is down: no answer in "
        #expect(texts.count { $0.hasPrefix(atOnce) } >= 40)
        #expect(forwarder.measures.broken >= 40)

        server.become { .answer($0) }
        #expect(try await eventually { !forwarder.state[0].isDown && !forwarder.state[0].isDoubtful })
        #expect(await forwarder.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        // No probe without an error.
        let probes = server.heard.count
        try await Task.sleep(for: .milliseconds(900))
        #expect(server.heard.count == probes)
    }

    /// A trial query that is answered brings an upstream back before its next probe.
    @Test func aQueryThatIsLetThroughBringsAnUpstreamBack() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        let upstream = try #require(forwarder.upstream(server.upstream))
        upstream.health.withLock { health in for _ in 0..<2 { health.probeFailed("silence") } }
        #expect(forwarder.state[0].isDown)
        #expect(await forwarder.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        #expect(!forwarder.state[0].isDown)
    }

    /// SERVFAIL is no sign of health (CoreDNS: it is).
    @Test func aProbeAnsweredBadlyLeavesAnUpstreamInDoubt() async throws {
        let server = try FakeUpstream { $0.query.questions[0].name == .root ? .rcode($0, .servFail) : .silence }
        let other = try FakeUpstream()
        defer {
            server.end()
            other.end()
        }
        let forwarder = try forwarder([server.upstream, other.upstream]) {
            $0.healthCheck.interval = .milliseconds(50)
        }
        let running = Task { await forwarder.run() }
        defer { running.cancel() }
        _ = await forwarder.resolve(query(), clientUsesTCP: false)
        #expect(try await eventually { server.heard.contains { $0.query.questions[0].name == .root } })
        try await Task.sleep(for: .milliseconds(200))
        #expect(forwarder.state[0].isDoubtful && !forwarder.state[0].isDown)
        server.become { .answer($0) }
        #expect(try await eventually { !forwarder.state[0].isDoubtful })
    }

    @Test func anUpstreamThatFlapsLosesNothing() async throws {
        let flapping = try FakeUpstream()
        let healthy = try FakeUpstream()
        defer {
            flapping.end()
            healthy.end()
        }
        flapping.become { [unowned flapping] heard in
            flapping.heard.count / 5 % 2 == 0 ? .answer(heard) : .rcode(heard, .servFail)
        }
        let forwarder = try forwarder([flapping.upstream, healthy.upstream]) { $0.policy = .random }
        let running = Task { await forwarder.run() }
        defer { running.cancel() }
        var lost = 0
        for number in 0..<200 {
            let outcome = await forwarder.resolve(query(try www.prepending("n\(number)")), clientUsesTCP: false)
            if outcome.text != "NOERROR 192.0.2.1" { lost += 1 }
        }
        #expect(lost == 0)
    }
}
