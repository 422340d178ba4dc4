import AnswerTable
import CLinux
import Glibc
import Plugins

/// Limits of TCP service, CoreDNS's where it has them.
package struct StreamLimits: Sendable {
    /// Seconds that a connection may be silent between queries.
    package var idle = 10
    /// Seconds from a query's first octet to its last.
    package var read = 3
    /// Seconds that a client may leave answers waiting.
    package var write = 5
    /// Connections of one worker; with one more, the one silent for longest is closed.
    package var connections = 1024
    /// Octets of answers that wait for a client before its queries are no longer read.
    package var pending = 256 << 10
    /// Queries of a connection that wait for others, before its next ones are no longer read.
    package var away = 256

    package init() {}
}

/// One client's TCP connection: queries in a row, each answered as it comes (RFC 7766 6.2.1.1).
struct StreamConnection: ~Copyable {
    enum Verdict {
        case open
        /// Nothing more is read until the client has taken its answers.
        case waiting
        /// Nothing more is read until an answer that comes later is there.
        case busy
        case closed
    }

    let socket: Socket
    /// The listener that accepted it.
    let listener: Int
    /// Tells a later connection with the same descriptor.
    let serial: UInt32
    private let peer: sockaddr_storage
    private let row: QueryCounters.Row
    /// Queries that an answer comes to later.
    private var away = 0
    private var frames = StreamFrames()
    /// Answers that the client has not taken, from `pendingStart` on.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var clientIsDone = false
    /// Seconds on the worker's clock: of the last octet, of an unfinished query's first, of the oldest waiting answer.
    private(set) var lastActive: Int
    private var messageSince: Int?
    private var pendingSince: Int?
    /// What the poll set waits for: octets to read, room to write, or neither.
    var interest = UInt32(CLINUX_EPOLLIN)

    init(_ descriptor: Int32, listener: Int, serial: UInt32, _ row: QueryCounters.Row, now: Int) {
        socket = Socket(descriptor)
        self.listener = listener
        self.serial = serial
        self.row = row
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &peer) {
            // A peer that is gone is seen at the next read.
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        self.peer = peer
        lastActive = now
    }

    var hasPending: Bool { pendingStart < pending.count }

    /// Reads what is there and answers it. At most `budget` reads, so that one client does not hold the others up.
    mutating func serve(
        _ responder: inout Responder, _ losses: WorkerCounters, scratch: UnsafeMutableRawPointer,
        limits: StreamLimits, now: Int, away total: inout Int, budget: Int = 4
    ) -> Verdict {
        for round in 0...budget {
            // First what was read before the client fell behind.
            guard answerWhole(&responder, losses, scratch, limits, now, &total) else { return .closed }
            if hasPending { return .waiting }
            guard round < budget, !clientIsDone, away < limits.away else { break }
            let space = frames.space()
            let count = read(socket.descriptor, space.baseAddress, space.count)
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { break }
                return .closed
            }
            clientIsDone = count == 0
            frames.filled(count)
            lastActive = now
        }
        return settle(limits)
    }

    /// Answers the whole messages that have been read, and sends; stops where the client leaves too much waiting.
    /// - Returns: false where the connection is broken.
    private mutating func answerWhole(
        _ responder: inout Responder, _ losses: WorkerCounters, _ scratch: UnsafeMutableRawPointer,
        _ limits: StreamLimits, _ now: Int, _ total: inout Int
    ) -> Bool {
        let began = clinux_nanoseconds()
        responder.beginBatch(
            listener: listener, place: ReturnPlace(number: socket.descriptor, serial: serial, isStream: true),
            now: began)
        while pending.count - pendingStart <= limits.pending, let query = frames.next() {
            (scratch + 2).copyMemory(from: query.baseAddress!, byteCount: query.count)
            let reply = withUnsafeBytes(of: peer) { peer in
                responder.answer(scratch + 2, length: query.count, over: .tcp, from: peer.baseAddress!, nil)
            }
            let length = reply.length
            guard length > 0, let counters = responder.counters else {
                if responder.isLate {
                    away += 1
                    total += 1
                } else {
                    losses.countDropped()
                }
                continue
            }
            let plugin = responder.plugin
            counters._withUnsafeGuaranteedRef {
                $0.count(reply, to: query.count, row, plugin)
                $0.countDuration(nanoseconds: Int(clinux_nanoseconds() - began), queries: 1)
            }
            scratch.storeBytes(of: UInt16(length).bigEndian, as: UInt16.self)
            pending.append(contentsOf: UnsafeRawBufferPointer(start: scratch, count: length + 2))
            if pending.count - pendingStart > limits.pending, !flush(now) { return false }
        }
        // Who is not read from is not late.
        messageSince = frames.isInsideMessage && away < limits.away ? messageSince ?? now : nil
        return flush(now)
    }

    /// Sends an answer that comes later than its query.
    mutating func deliver(_ late: LateAnswer, _ limits: StreamLimits, now: Int) -> Verdict {
        away -= 1
        if !late.octets.isEmpty {
            pending.append(UInt8(late.octets.count >> 8))
            pending.append(UInt8(late.octets.count & 0xFF))
            pending.append(contentsOf: late.octets)
        }
        return resume(limits, now: now)
    }

    /// Sends what waits.
    mutating func resume(_ limits: StreamLimits, now: Int) -> Verdict {
        flush(now) ? settle(limits) : .closed
    }

    private func settle(_ limits: StreamLimits) -> Verdict {
        if hasPending { return .waiting }
        if away >= limits.away { return .busy }
        guard clientIsDone else { return .open }
        return away > 0 ? .busy : .closed
    }

    /// - Returns: false where the connection is broken.
    private mutating func flush(_ now: Int) -> Bool {
        while hasPending {
            let sent = pending.withUnsafeBytes {
                send(
                    socket.descriptor, $0.baseAddress! + pendingStart, $0.count - pendingStart,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if sent < 0 {
                if errno == EINTR { continue }
                pendingSince = pendingSince ?? now
                return errno == EAGAIN
            }
            pendingStart += sent
            lastActive = now
            pendingSince = now
        }
        pendingSince = nil
        pending.removeAll(keepingCapacity: pending.count <= 16 << 10)
        pendingStart = 0
        return true
    }

    /// Whether a limit has passed.
    func isOverdue(_ limits: StreamLimits, now: Int) -> Bool {
        if let pendingSince { return now - pendingSince >= limits.write }
        if let messageSince { return now - messageSince >= limits.read }
        return away == 0 && now - lastActive >= limits.idle
    }
}
