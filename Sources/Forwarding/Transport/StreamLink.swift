import CLinux
import Corefile
import Glibc
import TLS

/// A connection to an upstream over TCP or TLS: messages of any number of queries in both directions, each behind two
/// octets of length (RFC 1035 4.2.2, RFC 7766 6.2.1.1, RFC 7858 3.3).
final class StreamLink: LoopEndpoint {
    private enum Phase { case connecting, handshake, open, shut }

    /// A connection that does not come about is given up after this many nanoseconds.
    private static let longestSetup: Int64 = 5_000_000_000

    private unowned let pool: StreamPool
    private let descriptor: Int32
    private var token: UInt64 = 0
    private var phase = Phase.connecting
    private var session: TLSSession?
    private var waiting: [UInt16: UInt64] = [:]
    /// What has not been written yet: from `written` on.
    private var output: [UInt8] = []
    private var written = 0
    /// What has arrived and is no whole message yet.
    private var input: [UInt8] = []
    private var watched = Events.input | Events.output
    private let begun: Int64
    private var lastSent: Int64
    private var lastReceived: Int64
    private(set) var takesQueries = true
    /// Whether an answer has come.
    private var hasServed = false

    init(_ pool: StreamPool, tickets: TLSTickets?) throws(UpstreamError) {
        self.pool = pool
        begun = pool.core.now
        lastSent = begun
        lastReceived = begun
        descriptor = try pool.route.connectedSocket()
        do throws(UpstreamError) {
            if case .tls(let context, let serverName) = pool.route.transport, let tickets {
                session = try UpstreamError.with { () throws(TLSError) in
                    try TLSSession(
                        context, descriptor, server: pool.route.upstream.address, serverName, tickets: tickets)
                }
            }
            token = try pool.core.add(self, descriptor, watched)
        } catch {
            close(descriptor)
            phase = .shut
            throw error
        }
    }

    var isOpen: Bool { phase == .open }
    var waitingCount: Int { waiting.count }

    func send(_ query: UpstreamQuery) throws(UpstreamError) {
        var id: UInt16
        repeat { id = .random(in: .min ... .max) } while waiting[id] != nil
        output += [UInt8(query.message.count >> 8), UInt8(truncatingIfNeeded: query.message.count)]
        output += [UInt8(id >> 8), UInt8(truncatingIfNeeded: id)]
        output += query.message[2...]
        waiting[id] = query.number
        lastSent = pool.core.now
        pool.core.sent(query.number, by: self, id: id, isReused: phase == .open)
        // A failure is told to all that wait, this query too.
        if phase == .open { proceed { () throws(UpstreamError) in try flush() } }
    }

    func ready(_ events: UInt32) {
        proceed { () throws(UpstreamError) in
            if phase == .connecting { try finishConnecting() }
            if phase == .handshake { try shakeHands() }
            guard phase == .open else { return }
            try flush()
            try receive()
        }
        // Answers may have made room for what waits to be written.
        if phase == .open && waiting.isEmpty && output.isEmpty { pool.rested(self) }
    }

    /// Does something, and watches for what it needs next; a failure ends the connection.
    private func proceed(_ body: () throws(UpstreamError) -> Void) {
        do throws(UpstreamError) {
            try body()
        } catch {
            fail(error)
        }
        guard phase != .shut else { return }
        let wantsOutput = phase == .connecting || !output.isEmpty && phase == .open || session?.wantsWrite == true
        let wanted = Events.input | (wantsOutput ? Events.output : 0)
        if wanted != watched {
            watched = wanted
            clinux_epoll_modify(pool.core.shared.epoll, descriptor, wanted, token)
        }
    }

    private func finishConnecting() throws(UpstreamError) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { throw UpstreamError(connecting: code) }
        phase = session == nil ? .open : .handshake
    }

    private func shakeHands() throws(UpstreamError) {
        guard let session else { return }
        if try UpstreamError.with(session.handshake) {
            phase = .open
            lastReceived = pool.core.now
        }
    }

    private func flush() throws(UpstreamError) {
        while written < output.count {
            // The array's own function does not know typed errors.
            let result = output.withUnsafeBytes { octets in
                Result { () throws(UpstreamError) in try write(UnsafeRawBufferPointer(rebasing: octets[written...])) }
            }
            let count = try result.get()
            guard count > 0 else { return }
            written += count
        }
        output.removeAll(keepingCapacity: output.capacity <= 4096)
        written = 0
    }

    /// How much was written; 0 where the kernel takes nothing now.
    private func write(_ octets: UnsafeRawBufferPointer) throws(UpstreamError) -> Int {
        if let session { return try UpstreamError.with { () throws(TLSError) in try session.write(octets) } }
        let count = Glibc.send(descriptor, octets.baseAddress, octets.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw .closed }
        return 0
    }

    private func receive() throws(UpstreamError) {
        let room = pool.core.buffers.whole
        // A bound, so that one upstream does not keep the loop; epoll tells again.
        for _ in 0..<8 {
            let count: Int
            if let session {
                let some = try UpstreamError.with { () throws(TLSError) in try session.read(into: room) }
                guard let read = some else { return }
                count = read
            } else {
                count = Glibc.recv(descriptor, room.baseAddress, room.count, 0)
                if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            }
            guard count > 0 else { throw .closed }
            lastReceived = pool.core.now
            input += room[..<count]
            try takeMessages()
            guard phase == .open else { return }
            if session == nil && count < room.count { return }
        }
    }

    private func takeMessages() throws(UpstreamError) {
        var at = 0
        while input.count - at >= 2 {
            let length = Int(input[at]) << 8 | Int(input[at + 1])
            guard length >= 12 else { throw .malformed }
            guard input.count - at >= 2 + length else { break }
            input.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[(at + 2)..<(at + 2 + length)])) }
            at += 2 + length
        }
        input.removeFirst(at)
    }

    private func take(_ message: UnsafeRawBufferPointer) {
        let id = UInt16(message[0]) << 8 | UInt16(message[1])
        guard let number = waiting[id], let query = pool.core.query(number), query.isAnswered(by: message) else {
            pool.core.mismatched()
            return
        }
        if !hasServed { session?.keep() }
        hasServed = true
        waiting[id] = nil
        pool.core.answered(number, message)
    }

    private func fail(_ error: UpstreamError) {
        // Its alert is often lost, when it closes with our query unread.
        let error =
            error == .closed && session != nil && phase == .open && !hasServed
            ? .tls("closed after the handshake without an answer; it may want a client certificate") : error
        let numbers = waiting.values
        waiting = [:]
        shut()
        for number in numbers { pool.core.lost(number, error) }
    }

    func forget(_ id: UInt16, hasTimedOut: Bool) {
        waiting[id] = nil
        // Nothing has come since it was asked: the other end may be gone without a word.
        if hasTimedOut && lastReceived < lastSent || phase != .open { takesQueries = false }
        if waiting.isEmpty && !takesQueries { shut() }
    }

    /// Ends the connection if its time is over.
    func expire() {
        let now = pool.core.now
        if phase != .open {
            if now - begun > StreamLink.longestSetup {
                fail(.timeout(milliseconds: Int(StreamLink.longestSetup / 1_000_000)))
            }
        } else if waiting.isEmpty && now - max(lastReceived, lastSent) >= pool.route.expire {
            shut()
        }
    }

    func shut() {
        guard phase != .shut else { return }
        session?.end(orderly: phase == .open)
        phase = .shut
        takesQueries = false
        pool.closed(self)
        pool.core.remove(token, descriptor)
    }
}
