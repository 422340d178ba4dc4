import Corefile
import DNSWire
import Glibc
import NetworkAddress
import Synchronization
import Threads

/// An upstream of a test: it answers over UDP and over TCP or TLS on one port, as the test says.
final class FakeUpstream: Sendable {
    /// What it does with one query.
    struct Reply: Sendable {
        /// Messages, sent in this order; none is silence.
        var messages: [[UInt8]] = []
        /// Before the first one, milliseconds.
        var delay = 0
        /// Over a stream: the connection ends behind it.
        var closes = false
    }

    struct Heard: Sendable {
        var query: Message
        /// `udp`, `tcp` or `tls`.
        var transport: String
        var peerPort: UInt16
        /// Of the connection, from 1 on; 0 over UDP.
        var connection: Int
    }

    /// How it answers over TLS: files in PEM.
    struct Certificate: Sendable {
        var certificate: String
        var key: String
        /// Who signs clients' certificates; nil wants none.
        var clients: String?
    }

    private let script: Mutex<@Sendable (Heard) -> Reply>
    private let log = Mutex<[Heard]>([])
    private let connections = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)
    let port: UInt16
    let address: IPAddress
    private let datagrams: Int32
    private let listener: Int32
    private let certificate: Certificate?

    /// - Parameter port: 0 is a free one.
    init(
        _ address: String = "127.0.0.1", port: UInt16 = 0, certificate: Certificate? = nil,
        _ script: @escaping @Sendable (Heard) -> Reply = { .answer($0) }
    ) throws {
        self.script = Mutex(script)
        self.certificate = certificate
        self.address = IPAddress(address)!
        var port = port
        var pair: (Int32, Int32)?
        for _ in 0..<20 where pair == nil {
            let udp = try FakeUpstream.bound(self.address, port, SOCK_DGRAM)
            let chosen = FakeUpstream.port(of: udp)
            if let tcp = try? FakeUpstream.bound(self.address, chosen, SOCK_STREAM) {
                pair = (udp, tcp)
                port = chosen
            } else {
                close(udp)
            }
        }
        guard let pair else { throw FakeFault(text: "no free port") }
        (datagrams, listener) = pair
        self.port = port
        listen(listener, 64)
        NamedThread.detach("fake-udp") { [self] in serveDatagrams() }
        NamedThread.detach("fake-tcp") { [self] in serveStreams() }
    }

    var upstream: UpstreamAddress {
        UpstreamAddress(transport: certificate == nil ? .dns : .tls, address: address, port: port)
    }

    var heard: [Heard] { log.withLock { $0 } }
    /// Those that are no health checks.
    var questions: [Heard] { heard.filter { $0.query.questions.first?.name != .root } }

    func become(_ script: @escaping @Sendable (Heard) -> Reply) { self.script.withLock { $0 = script } }

    /// When the last thread that may use a socket has ended.
    deinit {
        close(datagrams)
        close(listener)
    }

    /// Its threads notice within 20 ms, or when they have sent a late answer.
    func end() { isOver.store(true, ordering: .relaxed) }

    // MARK: Serving

    private func reply(_ bytes: [UInt8], _ transport: String, _ peerPort: UInt16, _ connection: Int) -> Reply {
        guard let query = try? Message(decoding: bytes) else { return Reply() }
        let heard = Heard(query: query, transport: transport, peerPort: peerPort, connection: connection)
        log.withLock { $0.append(heard) }
        return script.withLock { $0 }(heard)
    }

    private func serveDatagrams() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while isReady(datagrams) {
            var peer = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(datagrams, &buffer, buffer.count, 0, $0, &length)
                }
            }
            guard count > 0 else { continue }
            let reply = reply(Array(buffer[..<count]), "udp", FakeUpstream.port(in: peer), 0)
            guard !reply.messages.isEmpty else { continue }
            let target = (peer, length)
            let send: @Sendable () -> Void = { [self] in
                usleep(UInt32(reply.delay * 1000))
                var (peer, length) = target
                for message in reply.messages {
                    withUnsafePointer(to: &peer) { pointer in
                        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            _ = sendto(datagrams, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
                        }
                    }
                }
                length = 0
            }
            if reply.delay == 0 { send() } else { NamedThread.detach("fake-late", send) }
        }
    }

    private func serveStreams() {
        while isReady(listener) {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            let number = connections.add(1, ordering: .relaxed).newValue
            NamedThread.detach("fake-conn") { [self] in serve(descriptor, number) }
        }
    }

    private func serve(_ descriptor: Int32, _ number: Int) {
        defer { close(descriptor) }
        guard let stream = try? FakeStream(descriptor, certificate) else { return }
        while isReady(descriptor) || stream.hasPending {
            guard let head = stream.read(2), let bytes = stream.read(Int(head[0]) << 8 | Int(head[1])) else { return }
            let reply = reply(bytes, certificate == nil ? "tcp" : "tls", FakeUpstream.peerPort(of: descriptor), number)
            usleep(UInt32(reply.delay * 1000))
            for message in reply.messages { stream.write(octets(UInt16(message.count)) + message) }
            if reply.closes { return }
        }
    }

    /// Waits for something to read; false at the end.
    private func isReady(_ descriptor: Int32) -> Bool {
        while !isOver.load(ordering: .relaxed) {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, 10) > 0 { return true }
        }
        return false
    }
}

extension FakeUpstream.Reply {
    /// `192.0.2.1` for everything, as a resolver says it.
    static func answer(
        _ heard: FakeUpstream.Heard, _ text: String = "192.0.2.1", delay: Int = 0,
        _ change: (inout Message) -> Void = { _ in }
    ) -> Self {
        var message = FakeUpstream.Reply.response(to: heard.query)
        message.answers = [
            ResourceRecord(owner: message.questions[0].name, ttl: 60, data: .address(IPAddress(text)!))
        ]
        change(&message)
        return Self(messages: [try! message.encoded()], delay: delay)
    }

    static func rcode(_ heard: FakeUpstream.Heard, _ rcode: ResponseCode, delay: Int = 0) -> Self {
        var message = response(to: heard.query)
        message.rcode = rcode
        return Self(messages: [try! message.encoded()], delay: delay)
    }

    static var silence: Self { Self() }

    static func response(to query: Message) -> Message {
        Message(
            id: query.id, flags: [.response, .recursionDesired, .recursionAvailable], questions: query.questions,
            edns: query.edns.map { _ in EDNS() })
    }
}

struct FakeFault: Error {
    let text: String
}
