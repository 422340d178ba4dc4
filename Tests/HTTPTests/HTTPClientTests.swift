import Foundation
import Testing

@testable import HTTP

private func withServer(_ script: [ScriptedServer.Step], _ body: (ScriptedServer, String) throws -> Void) throws {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    try body(server, "http://127.0.0.1:\(server.port)")
}

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    @Test func aHeadAndABody() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Type:  text/plain \r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello"
        try withServer([.head, .send(answer)]) { server, url in
            let request = HTTPRequest(url + "/a?b=c", headers: [("Accept", "text/plain"), ("X-Empty", "")])
            let (head, body) = try HTTPClient().fetch(request)
            #expect(head.status == 200)
            #expect(head["content-type"] == "text/plain")
            #expect(head["X-B"] == nil)
            #expect(String(decoding: body, as: UTF8.self) == "hello")
            #expect(
                server.requests == [
                    "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAccept: text/plain\r\nX-Empty:\r\n\r\n"
                ])
        }
    }

    @Test func piecesComeAsTheyArrive() throws {
        let script: [ScriptedServer.Step] = [
            .head,
            .send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
            .wait(.milliseconds(2500)), .send("3\r\ncde\r\n0\r\nX-Trailer: 1\r\n\r\n"),
        ]
        try withServer(script) { _, url in
            var events: [String] = []
            try HTTPClient().perform(HTTPRequest(url)) { event in
                switch event {
                case .head(let head): events.append("\(head.status)")
                case .body(let octets): events.append(String(decoding: octets, as: UTF8.self))
                case .pulse: events.append("pulse")
                }
                return .go
            }
            #expect(events == ["200", "ab", "pulse", "pulse", "cde"])
        }
    }

    @Test(arguments: ["head", "body", "pulse"])
    func theReaderMayStop(at place: String) throws {
        let script: [ScriptedServer.Step] = [
            .head, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), .wait(.seconds(15)),
        ]
        try withServer(script) { _, url in
            let started = ContinuousClock.now
            var last = ""
            try HTTPClient().perform(HTTPRequest(url)) { event in
                switch event {
                case .head: last = "head"
                case .body: last = "body"
                case .pulse: last = "pulse"
                }
                return last == place ? .stop : .go
            }
            #expect(last == place)
            #expect(ContinuousClock.now - started < .seconds(5))
        }
    }

    @Test func theConnectionIsKept() throws {
        let answer = ScriptedServer.Step.send("HTTP/1.1 204 No Content\r\n\r\n")
        try withServer([.head, answer, .head, answer, .head, answer]) { server, url in
            let client = HTTPClient()
            for _ in 0..<3 {
                let status = try client.fetch(HTTPRequest(url)).head.status
                #expect(status == 204)
            }
            #expect(server.connections == 1)
        }
    }

    @Test func aBodyIsSentWithItsLength() throws {
        let script: [ScriptedServer.Step] = [.head, .send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")]
        try withServer(script) { server, url in
            let request = HTTPRequest(url + "/x", method: "PATCH", headers: [("Content-Type", "a/b")], body: [1, 2, 3])
            let status = try HTTPClient().fetch(request).head.status
            #expect(status == 201)
            let head = try #require(server.requests.first)
            #expect(head.hasPrefix("PATCH /x HTTP/1.1\r\n"))
            #expect(head.contains("Content-Length: 3\r\n") && head.contains("Content-Type: a/b\r\n"))
            #expect(!head.contains("Expect"))
        }
    }

    @Test func redirectsAreAnswers() throws {
        try withServer([.head, .send("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")]) {
            server, url in
            let head = try HTTPClient().fetch(HTTPRequest(url)).head
            #expect(head["location"] == "/b")
            #expect(server.requests.count == 1)
        }
    }

    @Test func aProxyIsAskedForTheHost() throws {
        try withServer([.head, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]) { server, url in
            _ = try HTTPClient().fetch(HTTPRequest("http://kubernetes.invalid/x", proxy: url))
            #expect(server.requests.first?.hasPrefix("GET http://kubernetes.invalid/x HTTP/1.1\r\n") == true)
        }
    }

    // MARK: What fails

    private func fault(_ script: [ScriptedServer.Step], limit: Int = 100) throws -> HTTPError? {
        var fault: HTTPError?
        try withServer(script) { server, url in
            fault = #expect(throws: HTTPError.self) {
                try HTTPClient().fetch(HTTPRequest(url), limit: limit, timeout: .seconds(1))
            }
            #expect(fault?.description.contains("127.0.0.1:\(server.port)") == true)
        }
        return fault
    }

    @Test func whatFailsIsSaid() throws {
        #expect(try fault([.head])?.kind == .cut)
        #expect(try fault([.head, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")])?.kind == .cut)
        #expect(
            try fault([.head, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")])?.kind == .cut)
        #expect(try fault([.head, .wait(.seconds(3))])?.kind == .timeout)
        #expect(
            try fault([.head, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")], limit: 4)?.kind == .aborted)
        #expect(try fault([.head, .send("SSH-2.0-OpenSSH_9\r\n")])?.kind == .other)
    }

    @Test func nobodyIsThere() throws {
        let free = try ScriptedServer([])
        free.stop()
        let refused = #expect(throws: HTTPError.self) {
            try HTTPClient().fetch(HTTPRequest("http://127.0.0.1:\(free.port)/"))
        }
        #expect(refused?.kind == .connect)
        #expect(refused?.description.hasPrefix("cannot connect to 127.0.0.1:\(free.port): ") == true)
        #expect(refused?.description.hasSuffix(" (Connection refused)") == true)

        let absent = #expect(throws: HTTPError.self) {
            try HTTPClient().fetch(HTTPRequest("http://localhost/", unixSocket: "/nonexistent/socket"))
        }
        #expect(absent?.kind == .connect)
        #expect(absent?.description.contains("/nonexistent/socket") == true)
        #expect(absent?.description.contains("No such file") == true)
    }

    @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/hostname", "http://", "http://127.0.0.1:99999/", ""])
    func whatIsNoURL(text: String) {
        let error = #expect(throws: HTTPError.self) { try HTTPClient().fetch(HTTPRequest(text)) }
        #expect(error?.kind == .other)
    }

    @Test func aFieldIsOneLine() {
        let request = HTTPRequest("http://127.0.0.1:1/", headers: [("Authorization", "Bearer a\r\nX-Evil: b")])
        #expect(throws: HTTPError.self) { try HTTPClient().fetch(request) }
    }

    @Test(
        arguments: [
            ("https://10.0.0.1:6443/x", "10.0.0.1:6443"), ("https://[fd00::1]", "[fd00::1]:443"),
            ("http://kubernetes.default", "kubernetes.default:80"), ("nonsense://", "nonsense://"),
        ])
    func places(url: String, place: String) {
        #expect(HTTPURL(url).place == place)
    }
}
