import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import Forwarding

@Suite struct UpstreamLoopTests {
    private let loop = try! UpstreamLoop()
    private let name = try! DomainName("www.Example.com")

    private func query(_ name: DomainName? = nil, id: UInt16 = 7) throws -> [UInt8] {
        try Message(query: name ?? self.name, type: .a, id: id, edns: EDNS()).encoded()
    }

    @Test(arguments: ["127.0.0.1", "::1"], [false, true])
    func anAnswerOverEach(address: String, isStream: Bool) async throws {
        let server = try FakeUpstream(address)
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: isStream ? .tcp : .udp)
        let answer = try await loop.exchange(query(), by: route, timeout: .seconds(5))
        let message = try Message(decoding: answer.message)
        #expect(message.id == 7)
        #expect(message.answers.map { "\($0.data)" } == ["192.0.2.1"])
        #expect(server.heard.map(\.transport) == [isStream ? "tcp" : "udp"])
        #expect(loop.inFlight == 0)
    }

    @Test func identifiersAndPortsAreRandom() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: .udp)
        for _ in 0..<2000 { _ = try await loop.exchange(query(), by: route, timeout: .seconds(5)) }
        #expect(Set(server.heard.map(\.query.id)).count > 1800)
        let ports = server.heard.map(\.peerPort)
        // Four at a time, each for 128 to 512 queries.
        #expect((6...40).contains(Set(ports).count))
        #expect((4...6).contains(Set(ports[..<50]).count))
    }

    /// Whatever else comes from the upstream is counted, and the wait goes on.
    @Test(arguments: [false, true])
    func onlyTheAnswerToTheQuestionIsTaken(isStream: Bool) async throws {
        let server = try FakeUpstream { heard in
            let right = FakeUpstream.Reply.answer(heard).messages[0]
            var wrongID = right
            wrongID[0] ^= 0x55
            var wrongName = right
            wrongName[14] ^= 0x20
            var noResponse = right
            noResponse[2] &= 0x7F
            var twoQuestions = right
            twoQuestions[5] = 2
            var empty = Array(right[..<12])
            empty.replaceSubrange(4..., with: [0, 0, 0, 0, 0, 0, 0, 0])
            return .init(messages: [wrongID, wrongName, noResponse, twoQuestions, empty, right])
        }
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: isStream ? .tcp : .udp)
        let answer = try await loop.exchange(query(), by: route, timeout: .seconds(5))
        #expect(try Message(decoding: answer.message).questions[0].name.wire == name.wire)
        #expect(loop.mismatches == 5)
    }

    @Test func silenceEndsAtTheTimeout() async throws {
        let server = try FakeUpstream { _ in .silence }
        defer { server.end() }
        let clock = ContinuousClock()
        for transport in [UpstreamRoute.Transport.udp, .tcp] {
            let begin = clock.now
            await #expect(throws: UpstreamError.timeout(milliseconds: 150)) {
                _ = try await loop.exchange(
                    query(), by: UpstreamRoute(to: server.upstream, over: transport), timeout: .milliseconds(150))
            }
            #expect((.milliseconds(150)..<(.seconds(5))).contains(clock.now - begin))
        }
        #expect(loop.inFlight == 0)
    }

    @Test func nobodyThereIsToldAtOnce() async throws {
        let address = try FakeUpstream.deaf()
        for transport in [UpstreamRoute.Transport.udp, .tcp] {
            await #expect(throws: UpstreamError.refused) {
                _ = try await loop.exchange(
                    query(), by: UpstreamRoute(to: address, over: transport), timeout: .seconds(10))
            }
        }
    }

    @Test func aSourceAddressIsUsedOrSaidToBeNone() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        for transport in [UpstreamRoute.Transport.udp, .tcp] {
            let route = UpstreamRoute(to: server.upstream, over: transport, source: IPAddress("127.0.0.9"))
            _ = try await loop.exchange(query(), by: route, timeout: .seconds(5))
            let wrong = UpstreamRoute(to: server.upstream, over: transport, source: IPAddress("192.0.2.9"))
            do {
                _ = try await loop.exchange(query(), by: wrong, timeout: .seconds(5))
                Issue.record("sent from an address of another machine")
            } catch {
                #expect("\(error)".contains("cannot send from 192.0.2.9"))
            }
        }
    }

    @Test func cancellationEndsTheWait() async throws {
        let server = try FakeUpstream { _ in .silence }
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: .udp)
        let query = try query()
        let loop = loop
        let task = Task { try await loop.exchange(query, by: route, timeout: .seconds(30)) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        await #expect(throws: UpstreamError.cancelled) { try await task.value }
        let early = Task {
            try? await Task.sleep(for: .seconds(30))
            return try await loop.exchange(query, by: route, timeout: .seconds(30))
        }
        early.cancel()
        await #expect(throws: UpstreamError.cancelled) { try await early.value }
        #expect(loop.inFlight == 0)
    }

    /// Many queries at a time share few connections, and each gets its own answer.
    @Test(arguments: [false, true])
    func manyAtATime(isStream: Bool) async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: isStream ? .tcp : .udp)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            // No more datagrams than a socket's queue has room for.
            for number in 0..<(isStream ? 500 : 100) {
                let name = try name.prepending("n\(number)")
                let query = try query(name, id: UInt16(number))
                group.addTask { [loop] in
                    let answer = try await loop.exchange(query, by: route, timeout: .seconds(20))
                    let message = try Message(decoding: answer.message)
                    return message.id == UInt16(number) && message.questions[0].name == name
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        if isStream { #expect(Set(server.heard.map(\.connection)).count <= 32) }
    }

    @Test func aConnectionIsUsedAgainAndClosedWhenIdle() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: .tcp, expire: .seconds(2))
        let first = try await loop.exchange(query(), by: route, timeout: .seconds(5))
        let second = try await loop.exchange(query(), by: route, timeout: .seconds(5))
        #expect(!first.isReused && second.isReused)
        try await Task.sleep(for: .seconds(3))
        let third = try await loop.exchange(query(), by: route, timeout: .seconds(5))
        #expect(!third.isReused)
        #expect(server.heard.map(\.connection) == [1, 1, 2])
    }

    /// An upstream that closes an idle connection just as it is used costs no query.
    @Test func aConnectionThatWasClosedIsMadeAnew() async throws {
        let server = try FakeUpstream { heard in
            var reply = FakeUpstream.Reply.answer(heard)
            if heard.connection == 1 && heard.query.questions[0].type == .aaaa {
                reply = .silence
                reply.closes = true
            }
            return reply
        }
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: .tcp)
        _ = try await loop.exchange(query(), by: route, timeout: .seconds(5))
        let other = try Message(query: name, type: .aaaa, edns: EDNS()).encoded()
        _ = try await loop.exchange(other, by: route, timeout: .seconds(5))
        #expect(server.heard.map(\.connection) == [1, 1, 2])
        // A new connection that is closed is a fault.
        server.become { _ in .init(closes: true) }
        let fresh = UpstreamRoute(to: server.upstream, over: .tcp)
        await #expect(throws: UpstreamError.closed) {
            _ = try await loop.exchange(query(), by: fresh, timeout: .seconds(5))
        }
    }

    @Test func idleConnectionsAreBounded() async throws {
        let server = try FakeUpstream { .answer($0, delay: 50) }
        defer { server.end() }
        let route = UpstreamRoute(to: server.upstream, over: .tcp, maximumIdle: 1)
        func burst() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    let query = try query(name.prepending("n\(number)"))
                    group.addTask { [loop] in _ = try await loop.exchange(query, by: route, timeout: .seconds(20)) }
                }
                try await group.waitForAll()
            }
        }
        try await burst()
        #expect(Set(server.heard.map(\.connection)).count == 4)
        try await burst()
        // One of the four was kept.
        #expect(Set(server.heard.map(\.connection)).count == 7)
    }
}
