import Foundation
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    let authority: TestAuthority
    let other: TestAuthority

    init() throws {
        authority = try TestAuthority()
        try authority.issue("server", names: ["IP:127.0.0.1", "DNS:kubernetes.test"])
        try authority.issue("elsewhere", names: ["DNS:elsewhere.test"])
        try authority.issue("client", names: [])
        other = try TestAuthority()
        try other.issue("client", names: [])
    }

    private func status(_ server: TLSServer, _ tls: TLSOptions) throws -> Int {
        try HTTPClient().fetch(HTTPRequest("https://127.0.0.1:\(server.port)/", tls: tls)).head.status
    }

    private func fault(_ server: TLSServer, _ tls: TLSOptions) -> HTTPError? {
        let error = #expect(throws: HTTPError.self) { try status(server, tls) }
        #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
        return error
    }

    @Test func whoIsTrusted() throws {
        let server = try TLSServer(authority, certificate: "server")
        #expect(try status(server, TLSOptions(authority: .file(authority.path("ca.pem")))) == 200)
        #expect(try status(server, TLSOptions(authority: .data(authority.octets("ca.pem")))) == 200)
        #expect(try status(server, TLSOptions(verifies: false)) == 200)
        #expect(fault(server, TLSOptions())?.kind == .certificate)
        #expect(fault(server, TLSOptions(authority: .data(try other.octets("ca.pem"))))?.kind == .certificate)
        #expect(fault(server, TLSOptions(authority: .file("/nonexistent.pem")))?.kind == .certificate)
    }

    /// The certificates are read again for the next connection.
    @Test func anAuthorityThatChanges() throws {
        let server = try TLSServer(authority, certificate: "server")
        let folder = try TestFolder()
        let file = try folder.write("ca.pem", try other.folder.read("ca.pem"))
        let client = HTTPClient()
        let request = HTTPRequest("https://127.0.0.1:\(server.port)/", tls: TLSOptions(authority: .file(file)))
        #expect(throws: HTTPError.self) { try client.fetch(request) }
        try folder.write("ca.pem", try authority.folder.read("ca.pem"))
        #expect(try client.fetch(request).head.status == 200)
    }

    @Test func whoseNameTheCertificateHas() throws {
        let trusted = TLSOptions.PEM.file(authority.path("ca.pem"))
        let server = try TLSServer(authority, certificate: "elsewhere")
        #expect(fault(server, TLSOptions(authority: trusted))?.kind == .certificate)
        #expect(try status(server, TLSOptions(authority: trusted, serverName: "elsewhere.test")) == 200)
        #expect(
            fault(server, TLSOptions(authority: trusted, serverName: "kubernetes.test"))?.kind == .certificate)
    }

    @Test func whoTheClientIs() throws {
        let trusted = TLSOptions.PEM.file(authority.path("ca.pem"))
        let server = try TLSServer(authority, certificate: "server", wantsClient: true)
        let asFiles = TLSOptions(
            authority: trusted, certificate: .file(authority.path("client.pem")),
            key: .file(authority.path("client.key")))
        #expect(try status(server, asFiles) == 200)
        let asData = TLSOptions(
            authority: trusted, certificate: .data(try authority.octets("client.pem")),
            key: .data(try authority.octets("client.key")))
        #expect(try status(server, asData) == 200)
        #expect(fault(server, TLSOptions(authority: trusted))?.kind == .handshake)
        let stranger = TLSOptions(
            authority: trusted, certificate: .file(other.path("client.pem")), key: .file(other.path("client.key")))
        #expect(fault(server, stranger)?.kind == .handshake)
        let mixed = TLSOptions(
            authority: trusted, certificate: .file(authority.path("client.pem")), key: .file(other.path("client.key")))
        #expect(fault(server, mixed)?.kind == .certificate)
    }

    /// What is announced to TLS is not what is asked for.
    @Test func theHostFieldStaysTheURLs() throws {
        let server = try ScriptedServer([.head, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
        defer { server.stop() }
        let request = HTTPRequest(
            "http://127.0.0.1:\(server.port)/x", tls: TLSOptions(serverName: "kubernetes.test"))
        _ = try HTTPClient().fetch(request)
        #expect(server.requests == ["GET /x HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n"])
    }

    @Test func plainTextIsNoTLS() throws {
        let server = try ScriptedServer([.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .wait(.milliseconds(300))])
        defer { server.stop() }
        let error = #expect(throws: HTTPError.self) {
            try HTTPClient().fetch(HTTPRequest("https://127.0.0.1:\(server.port)/"))
        }
        #expect(error?.kind == .handshake)
    }
}
