import Glibc
import NetworkAddress
import Synchronization
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct HTTPStreamTests {
    /// What a stream's maker saw.
    private final class Seen: Sendable {
        let written = Atomic(0)
        let hasEnded = Atomic(false)

        var octets: Int { written.load(ordering: .relaxed) }
        var isOver: Bool { hasEnded.load(ordering: .acquiring) }
    }

    private func listen(_ body: @escaping @Sendable (HTTPStream) -> Void) throws -> (HTTPListener, url: String) {
        let listener = try HTTPListener(on: .tcp(IPAddress("127.0.0.1"), port: 0)) { _ in
            HTTPListener.Reply(contentType: "x/y", stream: body)
        }
        return (listener, "http://127.0.0.1:\(try #require(listener.port))/")
    }

    private func wait(_ condition: () -> Bool) {
        while !condition() { usleep(1000) }
    }

    @Test func whatIsWrittenArrivesPieceByPiece() throws {
        let (listener, url) = try listen { stream in
            for number in 0..<5 {
                #expect(stream.write(Array("\(number)\n".utf8)))
                #expect(stream.pause(milliseconds: 30))
            }
        }
        defer { listener.stop() }
        var pieces: [String] = []
        var type: String?
        try HTTPClient().perform(HTTPRequest(url)) { event in
            if case .head(let head) = event { type = head["content-type"] }
            if case .body(let octets) = event { pieces.append(String(decoding: octets, as: UTF8.self)) }
            return .go
        }
        #expect(type == "x/y")
        #expect(pieces.joined() == "0\n1\n2\n3\n4\n")
        #expect(pieces.count > 1)
    }

    @Test func aLargeStreamIsWhole() throws {
        let (listener, url) = try listen { stream in
            for number in 0..<400 { _ = stream.write([UInt8](repeating: UInt8(number & 255), count: 30_011)) }
        }
        defer { listener.stop() }
        let (_, body) = try HTTPClient().fetch(HTTPRequest(url), limit: 400 * 30_011)
        #expect(body.count == 400 * 30_011)
        #expect(body.enumerated().allSatisfy { Int($1) == ($0 / 30_011) & 255 })
    }

    @Test func aHeadHasNoStream() throws {
        let (listener, url) = try listen { _ in Issue.record("a body was made") }
        defer { listener.stop() }
        #expect(try HTTPClient().fetch(HTTPRequest(url, method: "HEAD")).head.status == 200)
    }

    /// Nothing is written while the client goes: that it has gone is seen all the same.
    @Test func aClientThatGoesEndsAQuietStream() throws {
        let seen = Seen()
        let (listener, url) = try listen { stream in
            _ = stream.write([65])
            while stream.pause(milliseconds: 5) {}
            seen.hasEnded.store(true, ordering: .releasing)
        }
        defer { listener.stop() }
        try HTTPClient().perform(HTTPRequest(url)) { event in
            if case .body = event { .stop } else { .go }
        }
        wait { seen.isOver }
    }

    /// A client that does not read holds whoever writes, and nobody else; when it goes, that ends too.
    @Test func aClientThatDoesNotReadIsWaitedFor() throws {
        let seen = Seen()
        let (listener, url) = try listen { stream in
            while stream.write([UInt8](repeating: 65, count: 100_000)) { seen.written.add(100_000, ordering: .relaxed) }
            seen.hasEnded.store(true, ordering: .releasing)
        }
        defer { listener.stop() }
        try HTTPClient().perform(HTTPRequest(url)) { event in
            guard case .body = event else { return .go }
            var before = -1
            while before != seen.octets {
                before = seen.octets
                usleep(300_000)
            }
            return .stop
        }
        #expect(seen.octets < 64 << 20)
        wait { seen.isOver }
    }

    @Test func theListenersEndIsTheStreams() async throws {
        let seen = Seen()
        let (listener, url) = try listen { stream in
            while stream.write([65]) && stream.pause(milliseconds: 5) { seen.written.add(1, ordering: .relaxed) }
            seen.hasEnded.store(true, ordering: .releasing)
        }
        let reading = Task.detached { try? HTTPClient().perform(HTTPRequest(url)) { _ in .go } }
        while seen.octets == 0 { try await Task.sleep(for: .milliseconds(1)) }
        listener.stop()
        #expect(seen.isOver)
        await reading.value
    }
}
