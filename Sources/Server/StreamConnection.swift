import AnswerTable
import CLinux
import Glibc

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

    package init() {}
}

/// One client's TCP connection: queries in a row, each answered as it comes (RFC 7766 6.2.1.1).
struct StreamConnection: ~Copyable {
    enum Verdict {
        case open
        /// Nothing more is read until the client has taken its answers.
        case waiting
        case closed
    }

    let socket: Socket
    private let row: QueryCounters.Row
    private var frames = StreamFrames()
    /// Answers that the client has not taken, from `pendingStart` on.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var clientIsDone = false
    /// Seconds on the worker's clock: of the last octet, of an unfinished query's first, of the oldest waiting answer.
    private(set) var lastActive: Int
    private var messageSince: Int?
    private var pendingSince: Int?
    /// Whether the poll set waits for the socket to take octets.
    var isWaiting = false

    init(_ descriptor: Int32, _ row: QueryCounters.Row, now: Int) {
        socket = Socket(descriptor)
        self.row = row
        lastActive = now
    }

    var hasPending: Bool { pendingStart < pending.count }

    /// Reads what is there and answers it. At most `budget` reads, so that one client does not hold the others up.
    mutating func serve(
        _ answerer: inout Answerer, _ counters: QueryCounters, scratch: UnsafeMutableRawPointer, limits: StreamLimits,
        now: Int, budget: Int = 4
    ) -> Verdict {
        for round in 0...budget {
            // First what was read before the client fell behind.
            guard answerWhole(&answerer, counters, scratch, limits, now) else { return .closed }
            if hasPending { return .waiting }
            guard round < budget, !clientIsDone else { break }
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
        return settle(now)
    }

    /// Answers the whole messages that have been read, and sends; stops where the client leaves too much waiting.
    /// - Returns: false where the connection is broken.
    private mutating func answerWhole(
        _ answerer: inout Answerer, _ counters: QueryCounters, _ scratch: UnsafeMutableRawPointer,
        _ limits: StreamLimits, _ now: Int
    ) -> Bool {
        let began = clinux_nanoseconds()
        var answered = 0
        answerer.beginBatch()
        while pending.count - pendingStart <= limits.pending, let query = frames.next() {
            (scratch + 2).copyMemory(from: query.baseAddress!, byteCount: query.count)
            let reply = answerer.answer(scratch + 2, length: query.count, over: .tcp)
            guard reply.length > 0 else {
                counters.countDropped()
                continue
            }
            counters.count(reply, to: query.count, row)
            answered += 1
            scratch.storeBytes(of: UInt16(reply.length).bigEndian, as: UInt16.self)
            pending.append(contentsOf: UnsafeRawBufferPointer(start: scratch, count: reply.length + 2))
            if pending.count - pendingStart > limits.pending, !flush(now) { return false }
        }
        messageSince = frames.isInsideMessage ? messageSince ?? now : nil
        guard answered > 0 else { return flush(now) }
        defer { counters.countDuration(nanoseconds: Int(clinux_nanoseconds() - began), queries: answered) }
        return flush(now)
    }

    /// Sends what waits.
    mutating func resume(now: Int) -> Verdict {
        flush(now) ? settle(now) : .closed
    }

    private func settle(_ now: Int) -> Verdict {
        if hasPending { return .waiting }
        return clientIsDone ? .closed : .open
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
        return now - lastActive >= limits.idle
    }
}
