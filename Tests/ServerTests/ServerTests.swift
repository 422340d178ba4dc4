import AnswerTable
import DNSWire
import Foundation
import Logging
import NetworkAddress
import Plugins
import Testing

@testable import Server

@Suite struct StreamFramesTests {
    /// However a stream is cut, the same messages come out.
    @Test func messagesInEveryCut() {
        let messages: [[UInt8]] = [[1], [], [2, 3, 4], [UInt8](repeating: 7, count: 5000), [9]]
        let stream = messages.flatMap { octets(UInt16($0.count)) + $0 }
        for piece in [1, 2, 3, 7, 100, 5003, stream.count] {
            var frames = StreamFrames()
            var out: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let space = frames.space()
                let part = rest.prefix(min(piece, space.count))
                space.copyBytes(from: part)
                frames.filled(part.count)
                rest = rest.dropFirst(part.count)
                while let message = frames.next() { out.append(Array(message)) }
            }
            #expect(out == messages, "pieces of \(piece)")
            let isInside = frames.isInsideMessage
            #expect(!isInside)
        }
    }

    @Test func aLongMessageGetsRoomAndNoMoreThanItMay() {
        var frames = StreamFrames()
        let stream = octets(UInt16.max) + [UInt8](repeating: 1, count: 65535)
        var given = 0
        while given < stream.count {
            let space = frames.space()
            #expect(space.count > 0)
            let part = stream[given...].prefix(space.count)
            space.copyBytes(from: part)
            frames.filled(part.count)
            given += part.count
            let isInside = frames.isInsideMessage
            #expect(isInside)
        }
        let message = frames.next()
        #expect(message?.count == 65535)
    }
}

@Suite struct ListenAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:5300", ["127.0.0.1:5300"]), ("127.0.0.1", ["127.0.0.1:53"]), ("[::1]:53", ["[::1]:53"]),
            ("::1", ["[::1]:53"]), ("[::1]", ["[::1]:53"]), (":53", ["0.0.0.0:53", "[::]:53"]),
            ("0.0.0.0:0", ["0.0.0.0:0"]),
            ("127.0.0.1:99999", nil), ("localhost:53", nil), ("", nil), ("127.0.0.1:", nil), ("[127.0.0.1]:53", nil),
            ("127.0.0.1:-1", nil),
        ] as [(String, [String]?)])
    func addresses(text: String, expected: [String]?) {
        #expect(ListenAddress.parse(text)?.map(\.description) == expected)
    }

    @Test func whatIsReadyFitsAWord() {
        for ready in [Readiness.inbox, .datagrams(0), .datagrams(3), .listener(1), .connection(77), .connection(.max)] {
            #expect(Readiness(data: ready.data) == ready)
        }
    }
}

/// A server with one name in its zone `z.`, which says of every other name who asks. It answers on one address.
private final class Bench {
    let table = AnswerTable(capacity: 64 << 20)
    let counters = [QueryCounters()]
    let slot: Slot<Plan>
    let lane: LateLane
    let server: DNSServer
    private(set) var ports: [UInt16] = []

    init(limits: StreamLimits = StreamLimits(), lane: LateLane = LateLane()) throws {
        let zone = table.makeZone(origin: try DomainName("z."))
        table.apply(
            [.set(try DomainName("a.z."), [RecordSet(.a, ttl: 5, [.address(IPAddress("10.0.0.1")!)])])], to: [zone])
        table.serve([zone])
        slot = Slot(Plan(views: []), epochs: table.epochs)
        self.lane = lane
        server = try DNSServer(
            table: table, slot: slot, lane: lane, workers: 1, limits: limits,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try listen(on: [ListenAddress.parse("127.0.0.1:0")![0]])
    }

    func listen(on addresses: [ListenAddress]) throws {
        try server.listen(on: addresses) { _ in
            slot.replace(by: Plan(views: Array(repeating: view, count: ports.count + addresses.count)))
        }
        ports = server.listeners.compactMap { $0?.port }
    }

    private var view: View {
        let zones = ZonesStep(.kubernetes, table.zones, pool: AnswererPool(table: table), claims: { [] })
        let block = Block(server: "dns://:53", zone: .root, chain: Chain([zones, WhoamiStep()]), counters: counters)
        return View(address: IPAddress("127.0.0.1")!, port: 0, blocks: [block], nobody: block)
    }

    var answered: QueryCounters.Sum { QueryCounters.Sum(counters) }
}

/// A server, asked through plain sockets.
private func withServer(
    limits: StreamLimits = StreamLimits(), _ body: (UInt16) async throws -> Void
) async throws -> Bench {
    let bench = try Bench(limits: limits)
    bench.server.start()
    try await body(bench.ports[0])
    await bench.server.stop()
    return bench
}

private final class Stream {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    init(_ port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
    }

    /// Octets until the server closes or five seconds are over; at most `count`.
    func receive(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while out.count < count {
            let got = read(descriptor, &buffer, min(buffer.count, count - out.count))
            guard got > 0 else { break }
            out += buffer[..<got]
        }
        return out
    }
}

@Suite struct DNSServerTests {
    private func query() throws -> [UInt8] {
        let message = try Message(query: DomainName("a.z."), type: .a, id: 1).encoded()
        return octets(UInt16(message.count)) + message
    }

    @Test func answersOverTCPAndCountsIt() async throws {
        let server = try await withServer { port in
            let stream = Stream(port)
            for _ in 0..<3 {
                stream.send(try query())
                let length = stream.receive(2)
                let answer = try Message(decoding: stream.receive(Int(length[0]) << 8 | Int(length[1])))
                #expect(answer.answers.map { "\($0.data)" } == ["10.0.0.1"])
            }
        }
        #expect(server.answered.queries == 3)
    }

    @Test func aSilentClientIsClosed() async throws {
        var limits = StreamLimits()
        limits.idle = 1
        _ = try await withServer(limits: limits) { port in
            let started = ContinuousClock.now
            #expect(Stream(port).receive(1) == [])
            #expect(ContinuousClock.now - started < .seconds(4))
        }
    }

    @Test func halfAQueryIsNotWaitedForLong() async throws {
        var limits = StreamLimits()
        limits.read = 1
        limits.idle = 100
        _ = try await withServer(limits: limits) { port in
            let stream = Stream(port)
            stream.send([0, 30, 1])
            #expect(stream.receive(1) == [])
        }
    }

    @Test func withOneConnectionTooManyTheIdlestGoes() async throws {
        var limits = StreamLimits()
        limits.connections = 2
        let server = try await withServer(limits: limits) { port in
            let streams = (0..<3).map { _ in Stream(port) }
            streams[2].send(try query())
            #expect(!streams[2].receive(2).isEmpty)
        }
        #expect(server.server.losses.evictedConnections == 1)
    }

    /// A client that asks and asks and never reads holds a bounded amount of memory and nobody up.
    @Test func aClientThatDoesNotReadWaitsForItself() async throws {
        var limits = StreamLimits()
        limits.pending = 4096
        _ = try await withServer(limits: limits) { port in
            let greedy = Stream(port)
            let flags = fcntl(greedy.descriptor, F_GETFL)
            _ = fcntl(greedy.descriptor, F_SETFL, flags | O_NONBLOCK)
            for _ in 0..<20_000 { greedy.send(try query()) }
            let other = Stream(port)
            other.send(try query())
            #expect(!other.receive(2).isEmpty)
        }
    }

    @Test func aPortInUseIsSaid() async throws {
        _ = try await withServer { port in
            let error = #expect(throws: SystemError.self) {
                try Bench().listen(on: [ListenAddress(address: IPAddress("127.0.0.1")!, port: port)])
            }
            #expect(error?.description == "cannot listen on 127.0.0.1:\(port)/udp: the port is in use")
        }
    }

    private func query(_ name: String) throws -> [UInt8] {
        let message = try Message(query: DomainName(name), type: .a, id: 7).encoded()
        return octets(UInt16(message.count)) + message
    }

    private func answer(_ stream: Stream) throws -> Message {
        let length = stream.receive(2)
        try #require(length.count == 2)
        return try Message(decoding: stream.receive(Int(length[0]) << 8 | Int(length[1])))
    }

    /// What leaves its worker comes back over the same connection, whatever overtakes it, and also to a client that has
    /// said all that it has to say.
    @Test func answersComeBack() async throws {
        let questions = try query("who.else.") + query("a.z.")
        let bench = try await withServer { port in
            // On a thread of its own: a task that waits for others must not hold one of the few that tasks have.
            let answers: [Message] = await withCheckedContinuation { done in
                Thread.detachNewThread {
                    let stream = Stream(port)
                    for _ in 0..<300 { stream.send(questions) }
                    shutdown(stream.descriptor, Int32(SHUT_WR))
                    var answers: [Message] = []
                    while true {
                        let length = stream.receive(2)
                        guard length.count == 2 else { break }
                        let octets = stream.receive(Int(length[0]) << 8 | Int(length[1]))
                        if let message = try? Message(decoding: octets) { answers.append(message) }
                    }
                    done.resume(returning: answers)
                }
            }
            #expect(answers.count { !$0.answers.isEmpty } == 300)
            #expect(answers.count == 600 && answers.allSatisfy { $0.id == 7 })
        }
        #expect(bench.answered.queries == 600)
        #expect(bench.lane.figures.taken == 300 && bench.lane.figures.waiting == 0)
    }

    /// With no room in the late lane it is SERVFAIL at once.
    @Test func aFullLaneFails() async throws {
        let bench = try Bench(lane: LateLane(limit: 0))
        bench.server.start()
        let stream = Stream(bench.ports[0])
        stream.send(try query("who.else."))
        #expect(try answer(stream).rcode == .servFail)
        await bench.server.stop()
        #expect(bench.lane.figures.refused == 1)
    }

    @Test func listenersComeAndGo() async throws {
        let bench = try Bench()
        bench.server.start()
        try bench.listen(on: [ListenAddress.parse("127.0.0.1:0")![0]])
        for port in bench.ports {
            let stream = Stream(port)
            stream.send(try query("a.z."))
            #expect(try answer(stream).answers.count == 1)
        }
        let (first, second) = (bench.ports[0], bench.ports[1])
        bench.server.close(listeners: [0])
        #expect(bench.server.listeners.map { $0?.port } == [nil, second])
        let stream = Stream(second)
        stream.send(try query("a.z."))
        #expect(try answer(stream).answers.count == 1)
        // The place is free for the next one, on the same port.
        let next = try bench.server.listen(on: [ListenAddress(address: IPAddress("127.0.0.1")!, port: first)])
        #expect(next == [0])
        await bench.server.stop()
    }
}
