import DNSWire
import Foundation
import Glibc
import Synchronization

/// A server on 127.0.0.1 for the tests of the transport: a thread that answers datagrams and TCP connections, one at a
/// time, with what a closure says, until it is stopped or 20 s are over.
final class FakeServer: Sendable {
    enum Transport: Sendable { case udp, tcp }

    /// The messages that answer a query; none: silence.
    typealias Handler = @Sendable (_ query: Message, _ transport: Transport) -> [Message]

    let port: UInt16
    private let isStopped: Atomic<Bool>
    private let asked: Mutex<[String]>

    /// The questions so far: `udp web.test. A`.
    var questions: [String] { asked.withLock { $0 } }

    init(_ handler: @escaping Handler) throws {
        isStopped = Atomic(false)
        asked = Mutex([])
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        port = try FakeServer.bind(datagrams, port: 0)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = try FakeServer.bind(listener, port: port)
        guard listen(listener, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
        let thread = Thread { [self] in
            serve(datagrams, listener, handler)
            close(datagrams)
            close(listener)
        }
        thread.start()
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func serve(_ datagrams: Int32, _ listener: Int32, _ handler: Handler) {
        let end = ContinuousClock.now + .seconds(20)
        while !isStopped.load(ordering: .relaxed), ContinuousClock.now < end {
            var entries = [datagrams, listener].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, 2, 20) > 0 else { continue }
            if entries[0].revents != 0 { answerDatagram(datagrams, handler) }
            if entries[1].revents != 0 { answerConnection(listener, handler) }
        }
    }

    private func answerDatagram(_ descriptor: Int32, _ handler: Handler) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var peer = sockaddr()
        var length = socklen_t(MemoryLayout<sockaddr>.size)
        let count = recvfrom(descriptor, &buffer, buffer.count, 0, &peer, &length)
        for reply in replies(to: Array(buffer.prefix(max(0, count))), .udp, handler) {
            sendto(descriptor, reply, reply.count, 0, &peer, length)
        }
    }

    private func answerConnection(_ listener: Int32, _ handler: Handler) {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 2 else { return }
        for reply in replies(to: Array(buffer[2..<count]), .tcp, handler) {
            let frame = [UInt8(reply.count >> 8), UInt8(reply.count & 255)] + reply
            // In two parts, as a network may deliver it.
            Glibc.send(connection, Array(frame.prefix(7)), 7, Int32(MSG_NOSIGNAL))
            usleep(2000)
            Glibc.send(connection, Array(frame.dropFirst(7)), frame.count - 7, Int32(MSG_NOSIGNAL))
        }
    }

    private func replies(to bytes: [UInt8], _ transport: Transport, _ handler: Handler) -> [[UInt8]] {
        guard let query = try? Message(decoding: bytes), let question = query.questions.first else { return [] }
        asked.withLock { $0.append("\(transport) \(question.name) \(question.type)") }
        return handler(query, transport).compactMap { try? $0.encoded() }
    }

    private static func bind(_ descriptor: Int32, port: UInt16) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                guard Glibc.bind(descriptor, raw, length) == 0, getsockname(descriptor, raw, &length) == 0 else {
                    throw POSIXError(.EADDRINUSE)
                }
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
    }
}

extension Message {
    /// The authoritative response to this query.
    func response(_ rcode: ResponseCode = .noError, _ data: [RecordData] = []) -> Message {
        var message = self
        message.flags = [.response, .authoritative, .recursionDesired]
        message.rcode = rcode
        message.answers = data.map { ResourceRecord(owner: questions[0].name, ttl: 5, data: $0) }
        return message
    }
}
