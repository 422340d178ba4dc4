import AnswerTable
import CLinux
import Glibc

/// One worker's TCP: its listeners and its clients' connections.
struct StreamService: ~Copyable {
    private var listeners: [Listener]
    private var connections: [Int32: Connection] = [:]
    private let poll: Int32
    private let counters: QueryCounters
    private let limits: StreamLimits
    private let scratch: UnsafeMutableRawPointer

    private final class Listener {
        let socket: Socket
        let row: QueryCounters.Row
        init(_ socket: consuming Socket, _ row: QueryCounters.Row) {
            self.socket = socket
            self.row = row
        }
    }

    private final class Connection {
        var stream: StreamConnection
        init(_ stream: consuming StreamConnection) { self.stream = stream }
    }

    /// - Parameter poll: where the sockets are watched, see `Readiness`.
    init(_ addresses: [ListenAddress], poll: Int32, counters: QueryCounters, limits: StreamLimits) throws {
        var listeners: [Listener] = []
        for (index, address) in addresses.enumerated() {
            let row = counters.row(.tcp, address.family == AF_INET ? .ipv4 : .ipv6)
            let listener = Listener(try Transports.open(address, stream: true), row)
            try Readiness.listener(index).watch(listener.socket.descriptor, in: poll)
            listeners.append(listener)
        }
        self.listeners = listeners
        self.poll = poll
        self.counters = counters
        self.limits = limits
        scratch = .allocate(byteCount: Answerer.largestMessage + Answerer.padding + 2, alignment: 16)
    }

    deinit { scratch.deallocate() }

    var isIdle: Bool { connections.isEmpty }

    mutating func accept(_ index: Int, now: Int) {
        while true {
            let descriptor = clinux_accept(listeners[index].socket.descriptor, nil, nil)
            guard descriptor >= 0 else {
                // Out of descriptors: a place has to be made, or this listener stays ready for ever.
                if errno == EMFILE || errno == ENFILE, evictIdlest() { continue }
                return
            }
            if connections.count >= limits.connections { _ = evictIdlest() }
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            let connection = Connection(StreamConnection(descriptor, listeners[index].row, now: now))
            guard (try? Readiness.connection(descriptor).watch(descriptor, in: poll)) != nil else { continue }
            connections[descriptor] = connection
        }
    }

    private mutating func evictIdlest() -> Bool {
        guard let idlest = connections.min(by: { $0.value.stream.lastActive < $1.value.stream.lastActive })
        else { return false }
        connections[idlest.key] = nil
        counters.countEvictedConnection()
        return true
    }

    /// Answers what a client has sent, or sends what it could not take before.
    mutating func serve(_ descriptor: Int32, _ answerer: inout Answerer, now: Int) {
        guard let connection = connections[descriptor] else { return }
        var verdict = StreamConnection.Verdict.open
        if connection.stream.hasPending { verdict = connection.stream.resume(now: now) }
        if case .open = verdict {
            verdict = connection.stream.serve(&answerer, counters, scratch: scratch, limits: limits, now: now)
        }
        switch verdict {
        case .closed: connections[descriptor] = nil
        case .open: wait(connection, forRoom: false)
        case .waiting: wait(connection, forRoom: true)
        }
    }

    private func wait(_ connection: Connection, forRoom: Bool) {
        guard connection.stream.isWaiting != forRoom else { return }
        connection.stream.isWaiting = forRoom
        let descriptor = connection.stream.socket.descriptor
        _ = clinux_epoll_modify(
            poll, descriptor, UInt32(forRoom ? CLINUX_EPOLLOUT : CLINUX_EPOLLIN), Readiness.connection(descriptor).data)
    }

    mutating func closeOverdue(now: Int) {
        for (descriptor, connection) in connections where connection.stream.isOverdue(limits, now: now) {
            connections[descriptor] = nil
        }
    }

    /// Stops accepting, answers what has arrived and closes; clients that do not take their answers are not waited for.
    mutating func drain(_ answerer: inout Answerer, now: Int) {
        listeners.removeAll()
        for connection in connections.values {
            _ = connection.stream.serve(&answerer, counters, scratch: scratch, limits: limits, now: now)
        }
        connections.removeAll()
    }
}
