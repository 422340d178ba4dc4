import Dispatch
import Foundation
import NetworkAddress
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct HTTPListenerTests {
    private static let local = IPAddress("127.0.0.1")!

    /// Tells back what it was asked.
    private static let echo: @Sendable (HTTPListener.Request) -> HTTPListener.Reply = { request in
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        return HTTPListener.Reply(
            status: request["status"].flatMap { Int($0) } ?? 200,
            body: "\(request.method) \(request.path) [\(query)] \(request.accept)")
    }

    private func fetch(_ request: HTTPRequest) throws -> (head: HTTPHead, text: String) {
        let (head, body) = try HTTPClient().fetch(request)
        return (head, String(decoding: body, as: UTF8.self))
    }

    @Test func answersWhatItIsAsked() throws {
        let listener = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0), answer: HTTPListenerTests.echo)
        defer { listener.stop() }
        let url = "http://127.0.0.1:\(try #require(listener.port))"
        let (head, text) = try fetch(HTTPRequest(url + "/a%20b?c=d%26&e&c=f", headers: [("Accept", "x/y")]))
        #expect(text == "GET /a b [c=d&,e=,c=f] x/y")
        #expect(head.status == 200)
        #expect(head["Content-Type"] == "text/plain; charset=utf-8")
        let other = try fetch(HTTPRequest(url + "/?status=503"))
        #expect(other.head.status == 503)
        let onlyHead = try fetch(HTTPRequest(url + "/", method: "HEAD"))
        #expect(onlyHead.head["content-length"] == "\("HEAD / [] ".utf8.count)")
        #expect(onlyHead.text == "")
    }

    @Test(arguments: ["POST", "PUT", "DELETE"])
    func nothingIsChangedByIt(method: String) throws {
        let listener = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0), answer: HTTPListenerTests.echo)
        defer { listener.stop() }
        let url = "http://127.0.0.1:\(try #require(listener.port))/"
        let (head, text) = try fetch(HTTPRequest(url, method: method, body: [1, 2, 3]))
        #expect(head.status == 405)
        #expect(head["Allow"] == "GET, HEAD")
        #expect(text == "want GET or HEAD\n")
    }

    @Test func largeAnswersAndConnectionsThatStay() throws {
        let body = [UInt8](repeating: 65, count: 5_000_000)
        let listener = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0)) { _ in
            HTTPListener.Reply(body: body)
        }
        defer { listener.stop() }
        let client = HTTPClient()
        for _ in 0..<3 {
            let answer = try client.fetch(
                HTTPRequest("http://127.0.0.1:\(try #require(listener.port))/"), limit: 10_000_000)
            #expect(answer.body == body)
        }
    }

    @Test func aHeadThatIsTooLongIsRefused() throws {
        let listener = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0), answer: HTTPListenerTests.echo)
        defer { listener.stop() }
        let long = String(repeating: "a", count: 40_000)
        let request = HTTPRequest("http://127.0.0.1:\(try #require(listener.port))/", headers: [("X-Long", long)])
        let status = try fetch(request).head.status
        #expect(status == 413 || status == 431)
    }

    /// Silent connections hold up nobody, as long as there are fewer than the limit.
    @Test func silentConnectionsAreNotWaitedFor() throws {
        let listener = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0), answer: HTTPListenerTests.echo)
        defer { listener.stop() }
        let port = try #require(listener.port)
        let silent = (0..<50).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { for descriptor in silent { close(descriptor) } }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        for descriptor in silent {
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(code == 0)
        }
        let status = try fetch(HTTPRequest("http://127.0.0.1:\(port)/")).head.status
        #expect(status == 200)
    }

    /// A probe of /health is answered while a scrape of /metrics is not: each listener has its thread.
    @Test func oneListenerDoesNotWaitForAnother() throws {
        let (asked, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let busy = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0)) { _ in
            asked.signal()
            go.wait()
            return HTTPListener.Reply(body: "late")
        }
        let other = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0), answer: HTTPListenerTests.echo)
        defer {
            go.signal()
            other.stop()
            busy.stop()
        }
        let url = "http://127.0.0.1:\(try #require(busy.port))/"
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            _ = try? HTTPClient().fetch(HTTPRequest(url))
            done.signal()
        }
        asked.wait()
        let (head, _) = try HTTPClient().fetch(
            HTTPRequest("http://127.0.0.1:\(try #require(other.port))/"), timeout: .seconds(5))
        #expect(head.status == 200)
        #expect(done.wait(timeout: .now()) == .timedOut)
        go.signal()
        done.wait()
    }

    @Test func allAddressesOfBothFamilies() throws {
        let listener = try HTTPListener(on: .tcp(nil, port: 0), answer: HTTPListenerTests.echo)
        defer { listener.stop() }
        let port = try #require(listener.port)
        for host in ["127.0.0.1", "[::1]"] {
            let status = try fetch(HTTPRequest("http://\(host):\(port)/")).head.status
            #expect(status == 200)
        }
    }

    @Test func aPortInUseIsSaid() throws {
        let first = try HTTPListener(on: .tcp(HTTPListenerTests.local, port: 0), answer: HTTPListenerTests.echo)
        defer { first.stop() }
        let error = #expect(throws: HTTPListenError.self) {
            try HTTPListener(on: first.address, answer: HTTPListenerTests.echo)
        }
        #expect(
            error?.description == "cannot listen on 127.0.0.1:\(first.port!): the port is in use")
        first.stop()
        try HTTPListener(on: first.address, answer: HTTPListenerTests.echo).stop()
    }

    // MARK: Unix sockets

    @Test func aUnixSocketIsItsOwners() throws {
        let folder = try TestFolder()
        let path = folder.path + "/admin"
        let listener = try HTTPListener(on: .unix(path), answer: HTTPListenerTests.echo)
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let request = HTTPRequest("http://localhost/x", unixSocket: path)
        let text = try fetch(request).text
        #expect(text == "GET /x [] ")

        let error = #expect(throws: HTTPListenError.self) {
            try HTTPListener(on: .unix(path), answer: HTTPListenerTests.echo)
        }
        #expect(error?.description.contains("in use") == true)

        listener.stop()
        #expect(lstat(path, &status) != 0)
        #expect(throws: HTTPError.self) { try HTTPClient().fetch(request) }
    }

    @Test func whatAProcessLeftBehindIsReplaced() throws {
        let folder = try TestFolder()
        let path = folder.path + "/admin"
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(code == 0)
        close(left)
        let listener = try HTTPListener(on: .unix(path), answer: HTTPListenerTests.echo)
        defer { listener.stop() }
        let status = try fetch(HTTPRequest("http://localhost/", unixSocket: path)).head.status
        #expect(status == 200)
    }

    @Test func anotherFileStays() throws {
        let folder = try TestFolder()
        let path = try folder.write("notes", "mine")
        #expect(throws: HTTPListenError.self) {
            try HTTPListener(on: .unix(path), answer: HTTPListenerTests.echo)
        }
        #expect(try folder.read("notes") == "mine")
        let long = folder.path + "/" + String(repeating: "a", count: 120)
        let error = #expect(throws: HTTPListenError.self) {
            try HTTPListener(on: .unix(long), answer: HTTPListenerTests.echo)
        }
        #expect(error?.description.hasSuffix("at most 107 octets") == true)
    }
}
