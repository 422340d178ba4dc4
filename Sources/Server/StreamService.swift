import AnswerTable
import CLinux
import Glibc
import Plugins

/// One worker's TCP: its listeners and its clients' connections.
struct StreamService: ~Copyable {
    /// By their numbers.
    private var listeners: [Int: Listener] = [:]
    private var connections: [Int32: Connection] = [:]
    private var lastSerial: UInt32 = 0
    private let poll: Int32
    private let losses: WorkerCounters
    private let limits: StreamLimits
    private let scratch: UnsafeMutableRawPointer

    /// A socket that is bound and listens, ready to be handed to a worker.
    final class Listener: Sendable {
        let socket: Socket
        let row: QueryCounters.Row

        init(_ address: ListenAddress) throws {
            socket = try Transports.open(address, stream: true)
            row = QueryCounters.row(.tcp, address.family == AF_INET ? .ipv4 : .ipv6)
        }
    }

    /// Said whatever is waited for: nothing more can be sent or received.
    private static let isBroken = UInt32(CLINUX_EPOLLERR | CLINUX_EPOLLHUP)

    private final class Connection {
        var stream: StreamConnection
        init(_ stream: consuming StreamConnection) { self.stream = stream }
    }

    /// - Parameter poll: where the sockets are watched, see `Readiness`.
    init(poll: Int32, losses: WorkerCounters, limits: StreamLimits) {
        self.poll = poll
        self.losses = losses
        self.limits = limits
        scratch = .allocate(byteCount: Answerer.largestMessage + Answerer.padding + 2, alignment: 16)
    }

    deinit { scratch.deallocate() }

    var isIdle: Bool { connections.isEmpty }

    mutating func add(_ listener: Listener, number: Int) throws {
        try Readiness.listener(number).watch(listener.socket.descriptor, in: poll)
        listeners[number] = listener
    }

    /// Stops to accept, answers what has come in by the listener, and closes its connections.
    mutating func remove(listener number: Int, _ responder: inout Responder, now: Int, away: inout Int) {
        accept(number, now: now)
        listeners[number] = nil
        for (descriptor, connection) in connections where connection.stream.listener == number {
            goOn(connection, .open, &responder, now, &away)
            connections[descriptor] = nil
        }
    }

    mutating func accept(_ number: Int, now: Int) {
        guard let listener = listeners[number] else { return }
        while true {
            let descriptor = clinux_accept(listener.socket.descriptor, nil, nil)
            guard descriptor >= 0 else {
                // Out of descriptors: a place has to be made, or this listener stays ready for ever.
                if errno == EMFILE || errno == ENFILE, evictIdlest() { continue }
                return
            }
            if connections.count >= limits.connections { _ = evictIdlest() }
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            lastSerial &+= 1
            let connection = Connection(
                StreamConnection(descriptor, listener: number, serial: lastSerial, listener.row, now: now))
            guard (try? Readiness.connection(descriptor).watch(descriptor, in: poll)) != nil else { continue }
            connections[descriptor] = connection
        }
    }

    private mutating func evictIdlest() -> Bool {
        guard let idlest = connections.min(by: { $0.value.stream.lastActive < $1.value.stream.lastActive })
        else { return false }
        connections[idlest.key] = nil
        losses.countEvictedConnection()
        return true
    }

    /// Answers what a client has sent, or sends what it could not take before.
    /// - Parameter events: what `epoll_wait` said of it.
    mutating func serve(
        _ descriptor: Int32, _ events: UInt32, _ responder: inout Responder, now: Int, away: inout Int
    ) {
        guard let connection = connections[descriptor] else { return }
        guard events & StreamService.isBroken == 0 else {
            connections[descriptor] = nil
            return
        }
        var verdict = StreamConnection.Verdict.open
        if connection.stream.hasPending { verdict = connection.stream.resume(limits, now: now) }
        goOn(connection, verdict, &responder, now, &away)
    }

    /// Sends an answer that comes later, and reads on what its client has sent meanwhile.
    mutating func deliver(_ late: LateAnswer, _ responder: inout Responder, now: Int, away: inout Int) {
        guard let connection = connections[late.place.number], connection.stream.serial == late.place.serial else {
            return
        }
        goOn(connection, connection.stream.deliver(late, limits, now: now), &responder, now, &away)
    }

    private mutating func goOn(
        _ connection: Connection, _ verdict: StreamConnection.Verdict, _ responder: inout Responder, _ now: Int,
        _ away: inout Int
    ) {
        var verdict = verdict
        if case .open = verdict {
            verdict = connection.stream.serve(
                &responder, losses, scratch: scratch, limits: limits, now: now, away: &away)
        }
        switch verdict {
        case .closed: connections[connection.stream.socket.descriptor] = nil
        case .open: wait(connection, for: UInt32(CLINUX_EPOLLIN))
        case .waiting: wait(connection, for: UInt32(CLINUX_EPOLLOUT))
        case .busy: wait(connection, for: 0)
        }
    }

    private func wait(_ connection: Connection, for interest: UInt32) {
        guard connection.stream.interest != interest else { return }
        connection.stream.interest = interest
        let descriptor = connection.stream.socket.descriptor
        _ = clinux_epoll_modify(poll, descriptor, interest, Readiness.connection(descriptor).data)
    }

    mutating func closeOverdue(now: Int) {
        for (descriptor, connection) in connections where connection.stream.isOverdue(limits, now: now) {
            connections[descriptor] = nil
        }
    }

    /// Stops accepting and answers what has arrived.
    mutating func stopAccepting(_ responder: inout Responder, now: Int, away: inout Int) {
        for number in listeners.keys { accept(number, now: now) }
        listeners.removeAll()
        for connection in connections.values { goOn(connection, .open, &responder, now, &away) }
    }
}
