import DNSWire

/// Questions over the network: UDP, TLS, and TCP where that is wanted or an answer was cut (RFC 7766 5).
///
/// An answer counts only with the id and the question that were sent (RFC 5452 9.1); anything else is passed over until
/// the time is up.
package struct SocketChannel: QueryChannel {
    /// Octets that a zone transfer may have in all, so that a server cannot fill the memory.
    static let maximumTransfer = 256 << 20
    private static let maximumMessage = 65_535

    package init() {}

    package func exchange(
        _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
    ) throws(ExchangeFailure) -> Reply {
        let reply = try exchangeOnce(name, type, with: server, options: options)
        // A server that knows no EDNS says so in one of these ways: ask again without (RFC 6891 7).
        if options.payloadSize != nil, reply.message.edns == nil,
            reply.message.rcode == .formErr || reply.message.rcode == .notImp
        {
            var plain = options
            plain.payloadSize = nil
            return try exchangeOnce(name, type, with: server, options: plain)
        }
        return reply
    }

    private func exchangeOnce(
        _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
    ) throws(ExchangeFailure) -> Reply {
        let edns = options.payloadSize.map { EDNS(payloadSize: $0) }
        var query = Message(query: name, type: type, id: UInt16.random(in: .min ... .max), edns: edns)
        query.flags.insert(.recursionDesired)
        let start = ContinuousClock.now
        if options.tcp || options.tls != nil || type == .axfr {
            return try overTCP(query, with: server, start: start, options)
        }
        let reply = try overUDP(query, with: server, start: start, timeout: options.timeout)
        guard reply.message.flags.contains(.truncated) else { return reply }
        var whole = try overTCP(query, with: server, start: start, options)
        whole.wasTruncated = true
        return whole
    }

    private func overUDP(
        _ query: Message, with server: ServerAddress, start: ContinuousClock.Instant, timeout: Duration
    ) throws(ExchangeFailure) -> Reply {
        let deadline = start + timeout
        let socket = try ClientSocket(to: server, .udp, by: deadline)
        try socket.send(try SocketChannel.encoded(query), by: deadline)
        var flaw: ExchangeFailure?
        while true {
            let bytes: [UInt8]
            do {
                bytes = try socket.receive(upTo: SocketChannel.maximumMessage, by: deadline)
            } catch .timedOut {
                throw flaw ?? .timedOut
            }
            guard SocketChannel.hasID(of: query, bytes) else { continue }
            do {
                let message = try Message(decoding: bytes)
                guard SocketChannel.answers(message, query) else { continue }
                return Reply(
                    message: message, transport: .udp, size: bytes.count, roundTrip: ContinuousClock.now - start)
            } catch {
                flaw = .malformed("\(error)")
            }
        }
    }

    private func overTCP(
        _ query: Message, with server: ServerAddress, start: ContinuousClock.Instant, _ options: TransportOptions
    ) throws(ExchangeFailure) -> Reply {
        var deadline = ContinuousClock.now + options.timeout
        let transport = options.tls == nil ? TransportKind.tcp : .tls
        let socket = try ClientSocket(to: server, transport, tls: options.tls, by: deadline)
        let bytes = try SocketChannel.encoded(query)
        try socket.send([UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes, by: deadline)
        let isTransfer = query.questions.first?.type == .axfr
        var stream = StreamBuffer()
        var reply: Reply?
        while true {
            let frame = try stream.frame(from: socket, by: deadline)
            guard SocketChannel.hasID(of: query, frame) else { continue }
            let message: Message
            do {
                message = try Message(decoding: frame)
            } catch {
                throw .malformed("\(error)")
            }
            if reply == nil {
                guard SocketChannel.answers(message, query) else { continue }
                reply = Reply(
                    message: message, transport: transport, size: frame.count, roundTrip: ContinuousClock.now - start)
            } else {
                // The further messages of a transfer need not repeat the question (RFC 5936 2.2.1).
                reply?.message.answers += message.answers
                reply?.size += frame.count
            }
            guard var whole = reply else { continue }
            whole.roundTrip = ContinuousClock.now - start
            if !isTransfer || SocketChannel.isComplete(whole.message) { return whole }
            guard whole.size <= SocketChannel.maximumTransfer else {
                throw .malformed("a transfer of more than \(SocketChannel.maximumTransfer) octets")
            }
            deadline = ContinuousClock.now + options.timeout
        }
    }

    private static func encoded(_ query: Message) throws(ExchangeFailure) -> [UInt8] {
        do {
            return try query.encoded(limit: maximumMessage)
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func hasID(of query: Message, _ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && bytes[0] == UInt8(query.id >> 8) && bytes[1] == UInt8(query.id & 255)
    }

    /// Whether the message is the response to the query. One that reports an error may leave the question out.
    private static func answers(_ message: Message, _ query: Message) -> Bool {
        guard message.flags.contains(.response), message.id == query.id else { return false }
        guard let asked = message.questions.first else { return message.rcode != .noError }
        return message.questions.count == 1 && asked == query.questions.first
    }

    /// A transfer ends with the SOA it began with (RFC 5936 2.2), or with an error.
    private static func isComplete(_ message: Message) -> Bool {
        guard message.rcode == .noError, message.answers.first?.data.type == .soa else { return true }
        return message.answers.count > 1 && message.answers.last?.data.type == .soa
    }
}

/// The octets of a TCP stream until they are a message: RFC 1035 4.2.2.
private struct StreamBuffer {
    private var bytes: [UInt8] = []

    mutating func frame(
        from socket: borrowing ClientSocket, by deadline: ContinuousClock.Instant
    ) throws(ExchangeFailure) -> [UInt8] {
        while true {
            if bytes.count >= 2 {
                let end = 2 + Int(bytes[0]) << 8 + Int(bytes[1])
                if bytes.count >= end {
                    let frame = Array(bytes[2..<end])
                    bytes.removeFirst(end)
                    return frame
                }
            }
            let more = try socket.receive(upTo: 65_537, by: deadline)
            guard !more.isEmpty else { throw .unreachable("connection closed") }
            bytes += more
        }
    }
}
