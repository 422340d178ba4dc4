import Corefile
import DNSWire
import NetworkAddress
import TestSupport
import Testing

@testable import Forwarding

@Suite(.serialized) struct TLSTests {
    private let authority: TestAuthority

    init() throws {
        authority = try TestAuthority()
        try authority.issue("server", names: ["DNS:dns.example", "IP:127.0.0.1"])
        try authority.issue("client", names: [])
    }

    private func server(
        wantsClient: Bool = false,
        _ script: @escaping @Sendable (FakeUpstream.Heard) -> FakeUpstream.Reply = { .answer($0) }
    ) throws -> FakeUpstream {
        try FakeUpstream(
            certificate: .init(
                certificate: authority.path("server.pem"), key: authority.path("server.key"),
                clients: wantsClient ? authority.path("ca.pem") : nil), script)
    }

    private func forwarder(
        _ server: FakeUpstream, name: String? = nil, authority file: String? = "ca.pem", client: String? = nil
    ) throws -> Forwarder {
        try ForwardingTests.forwarder([server.upstream]) {
            $0.tlsServerName = name
            $0.tls = ForwardSettings.TLS(
                certificate: client.map { authority.path($0 + ".pem") },
                key: client.map { authority.path($0 + ".key") }, authority: file.map { authority.path($0) })
        }
    }

    @Test(arguments: [nil, "dns.example", "127.0.0.1"])
    func aCertificateIsVerified(name: String?) async throws {
        let server = try server()
        defer { server.end() }
        let forwarder = try forwarder(server, name: name)
        for type in [RecordType.a, .txt] {
            #expect(await forwarder.resolve(query(www, type), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        }
        #expect(server.heard.map(\.transport) == ["tls", "tls"])
        #expect(server.heard.map(\.connection) == [1, 1])
        #expect(forwarder.state[0].measures.opened == ["tcp-tls": 1])
    }

    /// The name behind an address is its own.
    @Test func theNameOfAnAddress() async throws {
        let server = try server()
        defer { server.end() }
        var address = server.upstream
        address.serverName = "dns.example"
        let forwarder = try ForwardingTests.forwarder([address]) {
            $0.tlsServerName = "other.example"
            $0.tls = ForwardSettings.TLS(authority: authority.path("ca.pem"))
        }
        #expect(await forwarder.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
    }

    @Test(
        arguments: [
            ("other.example", "ca.pem", "hostname mismatch"), (nil, nil, "unable to get local issuer certificate"),
            ("127.0.0.2", "ca.pem", "IP address mismatch"),
        ] as [(String?, String?, String)])
    func whoIsNotTrustedIsNotAsked(name: String?, file: String?, reason: String) async throws {
        let server = try server()
        defer { server.end() }
        let text = await (try forwarder(server, name: name, authority: file))
            .resolve(query(), clientUsesTCP: false).text
        #expect(text.hasPrefix("failed: no upstream answered: \(server.upstream): TLS: the certificate is not "))
        #expect(text.contains(reason))
        #expect(server.heard.isEmpty)
    }

    @Test func aClientsCertificate() async throws {
        let server = try server(wantsClient: true)
        defer { server.end() }
        let known = try forwarder(server, client: "client")
        #expect(await known.resolve(query(), clientUsesTCP: false).text == "NOERROR 192.0.2.1")
        let stranger = await (try forwarder(server)).resolve(query(), clientUsesTCP: false).text
        // The server's alert, or what is said where it got lost.
        #expect(stranger.contains("certificate required") || stranger.contains("client certificate"))
    }

    @Test func filesThatCannotBeRead() throws {
        let server = try server()
        defer { server.end() }
        #expect(throws: UpstreamError.self) { try forwarder(server, authority: "nothing.pem") }
        do {
            _ = try forwarder(server, client: "nobody")
        } catch let error as UpstreamError {
            let path = authority.path("nobody.pem")
            #expect("\(error)" == "TLS: cannot read the certificate in \(path): No such file or directory")
        }
    }

    @Test func sessionsAreResumed() async throws {
        let server = try server { heard in
            var reply = FakeUpstream.Reply.answer(heard)
            reply.closes = true
            return reply
        }
        defer { server.end() }
        let forwarder = try forwarder(server)
        let before = resumptions()
        for number in 0..<4 {
            let outcome = await forwarder.resolve(query(try www.prepending("n\(number)")), clientUsesTCP: false)
            #expect(outcome.text == "NOERROR 192.0.2.1")
            // Long enough for what is idle to be looked for.
            try await Task.sleep(for: .milliseconds(400))
        }
        #expect(server.heard.map(\.connection) == [1, 2, 3, 4])
        #expect(resumptions() - before == 3)
    }

    @Test func manyAtATime() async throws {
        let server = try server()
        defer { server.end() }
        let forwarder = try forwarder(server)
        let texts = await withTaskGroup(of: String.self) { group in
            for number in 0..<300 {
                let name = try! www.prepending("n\(number)")
                group.addTask { await forwarder.resolve(query(name), clientUsesTCP: false).text }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(texts == ["NOERROR 192.0.2.1": 300])
        // 32 at a time; one that ended in between is made anew.
        #expect(Set(server.heard.map(\.connection)).count <= 64)
    }

    @Test func aLongAnswerComesWhole() async throws {
        let server = try server { heard in
            .answer(heard) { message in
                message.answers = (0..<3000).map { number in
                    ResourceRecord(owner: www, ttl: 1, data: .address(IPAddress(v4: number)))
                }
            }
        }
        defer { server.end() }
        let outcome = await (try forwarder(server)).resolve(query(), clientUsesTCP: false)
        #expect(outcome.message?.answers.count == 3000)
    }

    /// A server without TLS, and one that says nothing.
    @Test func whatIsNoTLS() async throws {
        let plain = try FakeUpstream { _ in .silence }
        defer { plain.end() }
        let address = UpstreamAddress(transport: .tls, address: plain.address, port: plain.port)
        let forwarder = try ForwardingTests.forwarder([address]) { $0.readTimeout = .milliseconds(300) }
        let text = await forwarder.resolve(query(), clientUsesTCP: false).text
        #expect(text == "failed: no upstream answered: \(address): no answer in 300 ms")
    }
}
