import Corefile
import DNSWire
import NetworkAddress
import Testing

@testable import Plugins

@Suite struct SmallStepTests {
    @Test func anyIsOver() async throws {
        let server = TestServer([AnyStep(), ScriptedStep(["a.example.": ["192.0.2.1"]])])
        let told = try #require(
            try await server.askBothWays(Message(query: name("a.example."), type: .any, id: 1))?.message)
        #expect(told.answers.map(\.ttl) == [8482])
        #expect(told.answers.first?.data.wire == [13] + "ANY obsoleted".utf8 + [12] + "See RFC 8482".utf8)
        let other = try #require(try await server.askBothWays(Message(query: name("a.example."), type: .a, id: 1)))
        #expect(other.message?.answers.count == 1)
    }

    private func chaos(_ text: String, _ type: RecordType = .txt, _ settings: ChaosSettings = ChaosSettings())
        async throws
        -> Message
    {
        let behind = ScriptedStep(["version.bind.": ["192.0.2.1"]])
        let step = ChaosStep(settings, version: "1.2", host: "node-1")
        let server = TestServer([step, behind], takesChaos: true)
        let query = Message(query: name(text), type: type, recordClass: .chaos, id: 1)
        let told = try #require(try await server.askBothWays(query)?.message)
        #expect(behind.questions.isEmpty, "nobody behind knows the class")
        #expect(told.answers.allSatisfy { $0.recordClass == .chaos && $0.ttl == 0 })
        return told
    }

    private func texts(_ message: Message) -> Set<String> {
        Set(
            message.answers.compactMap { record in
                guard case .txt(let strings) = record.data else { return nil }
                return String(decoding: strings.joined(), as: UTF8.self)
            })
    }

    @Test func chaosSaysWhoAnswers() async throws {
        #expect(texts(try await chaos("Version.BIND.")) == ["clusterdns-1.2"])
        #expect(texts(try await chaos("version.server.")) == ["clusterdns-1.2"])
        #expect(texts(try await chaos("hostname.bind.")) == ["node-1"])
        #expect(texts(try await chaos("id.server.")) == ["node-1"])
        #expect(!texts(try await chaos("authors.bind.")).isEmpty)
        var settings = ChaosSettings()
        settings.version = "CoreDNS-1.14"
        settings.authors = ["b", "a", "b"]
        #expect(texts(try await chaos("version.bind.", .txt, settings)) == ["CoreDNS-1.14"])
        let authors = try await chaos("authors.bind.", .txt, settings)
        #expect(authors.answers.count == 2 && texts(authors) == ["a", "b"])
        #expect(try await chaos("version.bind.", .a).rcode == .refused)
        #expect(try await chaos("example.org.").rcode == .refused)
        settings.version = String(repeating: "v", count: 300)
        #expect(texts(try await chaos("version.bind.", .txt, settings)).first?.count == 255)
    }

    @Test func chaosLetsTheInternetPass() async throws {
        let server = TestServer([
            ChaosStep(ChaosSettings(), version: "1"), ScriptedStep(["version.bind.": ["192.0.2.1"]]),
        ])
        let told = try await server.askBothWays(Message(query: name("version.bind."), type: .a, id: 1))
        #expect(told?.message?.answers.count == 1)
        #expect(!ChaosStep.hostName.isEmpty)
    }

    @Test func whoamiTellsAddressAndPort() async throws {
        let server = TestServer([WhoamiStep()])
        for client in [
            TestServer.v4, TestServer.v6, Client(address: address("192.0.2.9"), port: 65535, isStream: true),
        ] {
            let told = try #require(
                try await server.askBothWays(Message(query: name("Any.example."), type: .mx, id: 1), from: client)?
                    .message)
            #expect(told.rcode == .noError && told.flags.contains(.authoritative) && told.answers.isEmpty)
            #expect(
                told.additionals == [
                    record("any.example.", .address(client.address), ttl: 0),
                    record(
                        "_\(client.isStream ? "tcp" : "udp").any.example.",
                        .srv(ServiceLocation(weight: 0, port: client.port, target: .root)), ttl: 0),
                ])
        }
        // A name of 255 octets takes no label more.
        let label = String(repeating: "a", count: 63)
        let long = name("\(label).\(label).\(label).\(String(repeating: "a", count: 61)).")
        #expect(await server.resolve(Message(query: long, type: .a, id: 1)).message.additionals.count == 1)
        #expect(
            await server.resolve(Message(query: .root, type: .a, id: 1)).message.additionals[1].owner == name("_udp."))
    }

    @Test(
        arguments: [
            ("localhost.", "A", "NOERROR", "127.0.0.1", nil), ("LOCALHOST.", "AAAA", "NOERROR", "::1", nil),
            ("localhost.", "MX", "NOERROR", nil, "localhost."), ("a.b.localhost.", "A", "NOERROR", "127.0.0.1", nil),
            ("localhost.default.svc.cluster.local.", "AAAA", "NOERROR", "::1", nil),
            ("localhost.example.", "TXT", "NOERROR", nil, "localhost.example."),
            ("1.0.0.127.in-addr.arpa.", "PTR", "NOERROR", "localhost.", nil),
            ("1.0.0.127.in-addr.arpa.", "A", "NOERROR", nil, "127.in-addr.arpa."),
            ("2.0.0.127.in-addr.arpa.", "PTR", "NXDOMAIN", nil, "127.in-addr.arpa."),
            ("0.127.in-addr.arpa.", "PTR", "NOERROR", nil, "127.in-addr.arpa."),
            ("127.in-addr.arpa.", "NS", "NOERROR", "localhost.", nil),
            ("0.in-addr.arpa.", "A", "NOERROR", nil, "0.in-addr.arpa."),
            ("1.255.in-addr.arpa.", "PTR", "NXDOMAIN", nil, "255.in-addr.arpa."),
            ("localhosts.example.", "A", "passed", nil, nil), ("a.localhost.example.", "A", "passed", nil, nil),
            ("1.in-addr.arpa.", "PTR", "passed", nil, nil),
        ] as [(String, String, String, String?, String?)])
    func localNames(_ text: String, _ type: String, _ rcode: String, _ data: String?, _ zone: String?) async throws {
        let behind = ScriptedStep { _ in Message(id: 0, rcode: .notAuth) }
        let step = LocalStep()
        let server = TestServer([step, behind])
        let query = Message(query: name(text), type: try #require(RecordType(type)), id: 1)
        let told = try #require(try await server.askBothWays(query)?.message)
        guard rcode != "passed" else {
            #expect(told.rcode == .notAuth && behind.questions.count == 2)
            return
        }
        #expect(behind.questions.isEmpty)
        #expect("\(told.rcode)" == rcode)
        #expect(told.answers.map { "\($0.data)" } == (data.map { [$0] } ?? []))
        #expect(told.answers.allSatisfy { $0.ttl == 604_800 && $0.owner == name(text) })
        #expect(told.authorities.map(\.owner) == (zone.map { [name($0)] } ?? []))
        let isCounted = text.contains("localhost") && text.lowercased() != "localhost."
        #expect(step.localhostRequests.value == (isCounted ? 2 : 0))
    }

    @Test func localZoneTellsItsSOA() async {
        let told = await TestServer([LocalStep()]).resolve("localhost.", .soa).message
        #expect(told.answers.map(\.type) == [.soa])
    }

    @Test func minimalLeavesWhatWasAsked() async throws {
        let answer = record("a.", .address(address("192.0.2.1")))
        let extra = record("ns.", .address(address("192.0.2.2")))
        let servers = record("a.", .ns(name("ns.")))
        func minimal(_ message: Message) async throws -> Message {
            let server = TestServer([MinimalStep(), ScriptedStep { _ in message }])
            return try #require(try await server.askBothWays(Message(query: name("a."), type: .a, id: 1))?.message)
        }
        let positive = try await minimal(
            Message(id: 0, answers: [answer], authorities: [servers], additionals: [extra]))
        #expect(positive.answers == [answer] && positive.authorities.isEmpty && positive.additionals.isEmpty)
        let referral = try await minimal(Message(id: 0, authorities: [servers], additionals: [extra]))
        #expect(referral.authorities == [servers] && referral.additionals == [extra])
        #expect(try await minimal(Message(id: 0, authorities: [soa("a.")])).authorities.count == 1)
        #expect(try await minimal(Message(id: 0, rcode: .nxDomain, authorities: [soa("a.")])).authorities.count == 1)
        let whoami = try await minimal(Message(id: 0, additionals: [extra]))
        #expect(whoami.additionals.isEmpty)
    }
}
