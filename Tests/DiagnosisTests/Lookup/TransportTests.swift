import DNSWire
import NetworkAddress
import Testing

@testable import Diagnosis

@Suite(.timeLimit(.minutes(1))) struct TransportTests {
    private func address(of server: FakeServer) -> ServerAddress {
        ServerAddress(IPAddress(v4: 0x7F00_0001), port: server.port)
    }

    private func query(_ text: String, types: [RecordType] = [.a], _ server: FakeServer) throws -> LookupQuery {
        let plan = try SearchPlan(
            text, search: [try DomainName("a.test"), try DomainName("test")], ndots: 5, rules: .glibc)
        var query = LookupQuery(text: text, types: types, plan: plan, servers: [address(of: server)])
        query.options.timeout = .milliseconds(400)
        query.options.tries = 1
        return query
    }

    @Test func anAnswer() throws {
        let server = try FakeServer { query, _ in [query.response(.noError, [.a("10.0.0.1")])] }
        defer { server.stop() }
        let result = Lookup().run(try query("web.", server))
        #expect(result.exitCode == 0)
        #expect(result.addresses == [try #require(IPAddress("10.0.0.1"))])
        #expect(result.attempts[0].reply?.transport == .udp)
        #expect(server.questions == ["udp web. A"])
    }

    @Test func theSearchGoesOnAfterNXDOMAIN() throws {
        let server = try FakeServer { query, _ in
            query.questions[0].name == RecordData.name("web.test")
                ? [query.response(.noError, [.a("10.0.0.1")])] : [query.response(.nxDomain)]
        }
        defer { server.stop() }
        let result = Lookup().run(try query("web", server))
        #expect(result.head.name == (try DomainName("web.test")))
        #expect(server.questions == ["udp web.a.test. A", "udp web.test. A"])
    }

    @Test func aCutAnswerIsAskedForOverTCP() throws {
        let server = try FakeServer { query, transport in
            var reply = query.response(.noError, transport == .udp ? [] : (0..<200).map { .a("10.0.1.\($0)") })
            if transport == .udp { reply.flags.insert(.truncated) }
            return [reply]
        }
        defer { server.stop() }
        let result = Lookup().run(try query("web.", server))
        #expect(result.addresses.count == 200)
        #expect(result.attempts[0].reply?.transport == .tcp)
        #expect(result.attempts[0].reply?.wasTruncated == true)
        #expect(server.questions == ["udp web. A", "tcp web. A"])
    }

    @Test func answersToOtherQuestionsArePassedOver() throws {
        let server = try FakeServer { query, _ in
            var otherID = query.response(.noError, [.a("10.6.6.6")])
            otherID.id = query.id &+ 1
            var otherName = query.response(.noError, [.a("10.6.6.7")])
            otherName.questions[0].name = RecordData.name("other")
            var otherType = query.response(.noError, [.a("10.6.6.8")])
            otherType.questions[0].type = .aaaa
            var noResponse = query.response(.noError, [.a("10.6.6.9")])
            noResponse.flags.remove(.response)
            return [otherID, otherName, otherType, noResponse, query.response(.noError, [.a("10.0.0.1")])]
        }
        defer { server.stop() }
        let result = Lookup().run(try query("web.", server))
        #expect(result.addresses == [try #require(IPAddress("10.0.0.1"))])
    }

    @Test func silenceEndsWith9() throws {
        let server = try FakeServer { _, _ in [] }
        defer { server.stop() }
        let start = ContinuousClock.now
        var query = try query("web.", types: [.a, .aaaa], server)
        query.options.timeout = .milliseconds(100)
        query.options.tries = 2
        let result = Lookup().run(query)
        #expect(result.exitCode == 9)
        #expect(result.outcome == .noReply)
        #expect(server.questions.count == 2)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func aWrongIDAloneIsSilence() throws {
        let server = try FakeServer { query, _ in
            var reply = query.response(.noError, [.a("10.6.6.6")])
            reply.id = query.id &+ 1
            return [reply]
        }
        defer { server.stop() }
        #expect(Lookup().run(try query("web.", server)).exitCode == 9)
    }

    @Test func nobodyListens() throws {
        let server = try FakeServer { _, _ in [] }
        let query = try query("web", server)
        server.stop()
        // The port is free again once the thread has seen it.
        while Lookup().run(query).outcome == .noReply {}
        let result = Lookup().run(query)
        #expect(result.outcome == .unreachable)
        #expect(result.attempts.count == 1)
        guard case .failure(.unreachable("connection refused")) = result.attempts[0].result else {
            Issue.record("\(result.attempts[0].result)")
            return
        }
        var overTCP = query
        overTCP.options.tcp = true
        #expect(Lookup().run(overTCP).exitCode == 9)
    }

    @Test func aServerWithoutEDNSIsAskedWithout() throws {
        let server = try FakeServer { query, _ in
            guard query.edns == nil else {
                var reply = query.response(.formErr)
                reply.edns = nil
                return [reply]
            }
            return [query.response(.noError, [.a("10.0.0.1")])]
        }
        defer { server.stop() }
        #expect(Lookup().run(try query("web.", server)).exitCode == 0)
        #expect(server.questions.count == 2)
    }

    @Test func otherCodes() throws {
        let server = try FakeServer { query, _ in
            [query.response(query.questions[0].name == RecordData.name("servfail") ? .servFail : .refused)]
        }
        defer { server.stop() }
        #expect(Lookup().run(try query("servfail.", server)).exitCode == 3)
        #expect(Lookup().run(try query("refused.", server)).exitCode == 3)
    }

    @Test func aTransferIsReadToItsSecondSOA() throws {
        let soa = RecordData.soa(
            StartOfAuthority(
                primary: .root, mailbox: .root, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1))
        let server = try FakeServer { query, _ in
            var last = query.response(.noError, [.a("10.0.0.2"), soa])
            last.questions = []
            return [query.response(.noError, [soa, .a("10.0.0.1")]), last]
        }
        defer { server.stop() }
        let result = Lookup().run(try query("test.", types: [.axfr], server))
        #expect(result.attempts[0].message?.answers.count == 4)
        #expect(server.questions == ["tcp test. AXFR"])
    }
}
