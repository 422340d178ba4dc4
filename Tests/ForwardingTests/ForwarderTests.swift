import Corefile
import DNSWire
import Logging
import NetworkAddress
import Testing

@testable import Forwarding

let www = try! DomainName("www.example.com")
let testLoop = try! UpstreamLoop()

func query(
    _ name: DomainName = www, _ type: RecordType = .a, flags: MessageFlags = .recursionDesired, edns: EDNS? = EDNS()
) -> Message {
    Message(query: name, type: type, flags: flags, edns: edns)
}

func forwarder(
    _ servers: [UpstreamAddress], _ change: (inout ForwardSettings) -> Void = { _ in }
) throws -> Forwarder {
    var settings = ForwardSettings(from: .root, to: servers.map { .server($0) })
    settings.policy = .sequential
    change(&settings)
    return try Forwarder(settings, loop: testLoop, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

extension ForwardOutcome {
    /// `NOERROR 192.0.2.1`, `rejected`, `failed: …`.
    var text: String {
        switch self {
        case .answered(let message, _):
            ([message.rcode.description] + message.answers.map { "\($0.data)" }).joined(separator: " ")
        case .rejected: "rejected"
        case .failed(let reason): "failed: \(reason)"
        }
    }

    var message: Message? { if case .answered(let message, _) = self { message } else { nil } }
}

@Suite struct ForwarderTests {
    @Test func anAnswerIsTheClients() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let client = query(
            try DomainName("wWw.ExAmple.com"), edns: EDNS(options: [.init(code: 8, data: [0, 1, 24, 0, 1])]))
        let outcome = try await forwarder([server.upstream]).resolve(client, clientUsesTCP: false)
        let message = try #require(outcome.message)
        #expect(message.id == client.id)
        #expect(message.questions[0].name.wire == client.questions[0].name.wire)
        #expect(message.edns == nil)
        #expect(message.flags.isSuperset(of: [.response, .recursionDesired, .recursionAvailable]))
        // Nothing of the client's goes out but what the answer depends on.
        let sent = server.heard[0].query
        #expect(sent.edns == EDNS(payloadSize: 1232))
        #expect(sent.flags == .recursionDesired)
    }

    @Test func flagsThatMatterAreSentOn() async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        _ = await forwarder.resolve(
            query(flags: [.checkingDisabled, .authenticData], edns: EDNS(payloadSize: 4096, dnssecOK: true)),
            clientUsesTCP: false)
        let sent = server.heard[0].query
        #expect(sent.flags == [.checkingDisabled, .authenticData, .recursionDesired])
        #expect(sent.edns == EDNS(payloadSize: 1232, dnssecOK: true))
    }

    @Test(
        arguments: [
            (false, false, false, "udp"), (true, false, false, "tcp"), (false, true, false, "tcp"),
            (true, false, true, "udp"), (true, true, true, "tcp"),
        ])
    func protocolsFollowTheClient(clientUsesTCP: Bool, forces: Bool, prefersUDP: Bool, expected: String) async throws {
        let server = try FakeUpstream()
        defer { server.end() }
        let forwarder = try forwarder([server.upstream]) {
            $0.forcesTCP = forces
            $0.prefersUDP = prefersUDP
        }
        #expect(await forwarder.resolve(query(), clientUsesTCP: clientUsesTCP).text == "NOERROR 192.0.2.1")
        #expect(server.heard.map(\.transport) == [expected])
    }

    @Test func whatIsCutIsAskedForOverTCP() async throws {
        let server = try FakeUpstream { heard in
            heard.transport == "tcp"
                ? .answer(heard)
                : .answer(heard) {
                    $0.flags.insert(.truncated); $0.answers = []
                }
        }
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        let outcome = await forwarder.resolve(query(), clientUsesTCP: false)
        #expect(outcome.text == "NOERROR 192.0.2.1")
        #expect(server.heard.map(\.transport) == ["udp", "tcp"])
        // Where there is no TCP, the cut answer is better than none.
        server.become { heard in
            heard.transport == "tcp"
                ? .init(closes: true)
                : .answer(heard) {
                    $0.flags.insert(.truncated); $0.answers = []
                }
        }
        let cut = await forwarder.resolve(query(), clientUsesTCP: false)
        #expect(cut.message?.flags.contains(.truncated) == true)
    }

    @Test func anUpstreamWithoutEDNSIsAskedWithout() async throws {
        let server = try FakeUpstream { heard in
            guard heard.query.edns != nil else { return .answer(heard) }
            var header = try! FakeUpstream.Reply.response(to: Message(id: heard.query.id)).encoded()
            header[3] = 1
            return .init(messages: [header])
        }
        defer { server.end() }
        let outcome = try await forwarder([server.upstream]).resolve(query(), clientUsesTCP: false)
        #expect(outcome.text == "NOERROR 192.0.2.1")
    }

    @Test func namesOfTheLine() throws {
        let forwarder = try forwarder([]) {
            $0.from = try! DomainName("example.com")
            $0.except = [try! DomainName("in.example.com")]
        }
        #expect(forwarder.covers(www))
        #expect(!forwarder.covers(try DomainName("a.in.EXAMPLE.com")))
        #expect(!forwarder.covers(try DomainName("in.example.com")))
        #expect(forwarder.covers(try DomainName("within.example.com")))
        #expect(!forwarder.covers(try DomainName("example.net")))
    }

    @Test func equalQuestionsAreAskedOnce() async throws {
        let server = try FakeUpstream { .answer($0, delay: 100) }
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        let texts = await withTaskGroup(of: String.self) { group in
            for number in 0..<50 {
                let name = number % 2 == 0 ? www : try! DomainName("WWW.example.COM")
                group.addTask {
                    let query = query(name)
                    let outcome = await forwarder.resolve(query, clientUsesTCP: false)
                    guard let message = outcome.message, message.id == query.id,
                        message.questions[0].name.wire == name.wire
                    else { return "another's answer" }
                    return outcome.text
                }
            }
            // Other questions are asked for themselves.
            group.addTask { await forwarder.resolve(query(www, .aaaa), clientUsesTCP: false).text }
            group.addTask { await forwarder.resolve(query(edns: EDNS(dnssecOK: true)), clientUsesTCP: false).text }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(texts == ["NOERROR 192.0.2.1"])
        #expect(server.heard.count == 3)
        #expect(forwarder.measures.coalesced == 49)
    }

    @Test func queriesInFlightAreBounded() async throws {
        let server = try FakeUpstream { .answer($0, delay: 300) }
        defer { server.end() }
        let forwarder = try forwarder([server.upstream]) { $0.maxConcurrent = 3 }
        let texts = await withTaskGroup(of: String.self) { group in
            for number in 0..<10 {
                let name = try! www.prepending("n\(number)")
                group.addTask { await forwarder.resolve(query(name), clientUsesTCP: false).text }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(texts == ["NOERROR 192.0.2.1": 3, "rejected": 7])
        #expect(forwarder.measures.rejected == 7)
        #expect(await forwarder.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
    }

    @Test func measuresAreTold() async throws {
        let server = try FakeUpstream { heard in
            heard.query.questions[0].type == .a ? .answer(heard) : .rcode(heard, .nxDomain)
        }
        defer { server.end() }
        let forwarder = try forwarder([server.upstream])
        for type in [RecordType.a, .a, .txt] { _ = await forwarder.resolve(query(www, type), clientUsesTCP: true) }
        let measures = try #require(forwarder.state.first?.measures)
        #expect(measures.durations.mapValues { $0.counts.reduce(0, +) } == [.noError: 2, .nxDomain: 1])
        #expect(measures.durations[.noError]!.sum > 0)
        #expect(measures.opened == ["tcp": 1])
        #expect(measures.reused == ["tcp": 2])
        #expect(measures.sent == 3)
        // A socket is new once.
        for _ in 0..<120 { _ = await forwarder.resolve(query(), clientUsesTCP: false) }
        #expect(forwarder.state[0].measures.opened["udp"] == 4)
        #expect(forwarder.state[0].measures.reused["udp"] == 116)
        #expect((1...3).contains(measures.peakPerSecond))
        #expect(UpstreamMeasures.bounds.first == 250_000 && UpstreamMeasures.bounds.last == 8_192_000_000)
    }

    @Test func aHighRateIsWarnedOfOnceAMinute() {
        let meter = UpstreamMeter()
        func warnings(second: Int64, count: Int) -> Int {
            (0..<count).count { _ in meter.sent(at: second * 1_000_000_000) }
        }
        #expect(warnings(second: 1, count: 899) == 0)
        #expect(warnings(second: 2, count: 899) == 0)
        #expect(warnings(second: 3, count: 1500) == 1)
        #expect(warnings(second: 62, count: 2000) == 0)
        #expect(warnings(second: 63, count: 1000) == 1)
        #expect(meter.measures.peakPerSecond == 2000)
    }
}
