import AnswerTable
import CLinux
import Glibc
import NetworkAddress

/// One thread that answers: a UDP socket and a TCP listener of its own for each address, and its clients' connections.
///
/// It waits in one place (`epoll_wait`), having told the table that it is away. Nothing of what it does for a datagram
/// takes a lock, makes memory or counts references; connections make memory when they come. It is used by one thread at
/// a time: the one that makes it, then the one that runs it.
final class Worker: @unchecked Sendable {
    /// Batches of datagrams taken in a row before TCP gets its turn.
    private static let batchesInRow = 16
    private static let eventCapacity = 64
    /// Poll data: what kind of thing is ready, and which.
    private enum Ready {
        static let stop: UInt64 = 0
        static let datagrams: UInt64 = 1
        static let listener: UInt64 = 2
        static let connection: UInt64 = 3
    }

    private var answerer: Answerer
    private var datagrams: [DatagramBox]
    private var listeners: [ListenerBox]
    private var connections: [Int32: ConnectionBox] = [:]
    private let counters: WorkerCounters
    private let limits: StreamLimits
    private let poll: Socket
    private let stop: Int32
    private let scratch: UnsafeMutableRawPointer
    private let events: UnsafeMutablePointer<clinux_epoll_event>

    private final class DatagramBox {
        var socket: DatagramSocket
        init(_ socket: consuming DatagramSocket) { self.socket = socket }
    }
    private final class ListenerBox {
        let socket: Socket
        init(_ socket: consuming Socket) { self.socket = socket }
    }
    private final class ConnectionBox {
        var connection: StreamConnection
        init(_ connection: consuming StreamConnection) { self.connection = connection }
    }

    /// - Parameter stop: an eventfd that becomes readable when the worker is to end.
    init(
        answerer: consuming Answerer, addresses: [ListenAddress], stop: Int32, counters: WorkerCounters,
        limits: StreamLimits
    ) throws {
        let poll = Socket(try system("epoll_create", "") { clinux_epoll_create() })
        datagrams = try addresses.map { DatagramBox(try DatagramSocket($0)) }
        listeners = try addresses.map { ListenerBox(try Transports.open($0, stream: true)) }
        self.poll = poll
        self.answerer = answerer
        self.stop = stop
        self.counters = counters
        self.limits = limits
        scratch = .allocate(byteCount: Answerer.largestMessage + Answerer.padding + 2, alignment: 16)
        events = .allocate(capacity: Worker.eventCapacity)
        events.initialize(repeating: clinux_epoll_event(), count: Worker.eventCapacity)

        try watch(stop, Ready.stop)
        for (index, box) in datagrams.enumerated() {
            try watch(box.socket.socket.descriptor, UInt64(index) << 8 | Ready.datagrams)
        }
        for (index, box) in listeners.enumerated() {
            try watch(box.socket.descriptor, UInt64(index) << 8 | Ready.listener)
        }
    }

    private func watch(_ descriptor: Int32, _ data: UInt64) throws {
        let poll = self.poll.descriptor
        try system("epoll_ctl", "") { clinux_epoll_add(poll, descriptor, UInt32(CLINUX_EPOLLIN), data) }
    }

    deinit {
        scratch.deallocate()
        events.deallocate()
    }

    /// Answers until it is told to stop, then what is in flight, then returns.
    func run() {
        var isStopping = false
        var lastSweep = Worker.now()
        while !isStopping {
            answerer.goAway()
            let timeout: Int32 = connections.isEmpty ? -1 : 1000
            let count = clinux_epoll_wait(poll.descriptor, events, Int32(Worker.eventCapacity), timeout)
            guard count >= 0 || errno == EINTR else { break }
            for index in 0..<Int(max(count, 0)) {
                let data = events[index].data
                switch data & 0xFF {
                case Ready.stop: isStopping = true
                case Ready.datagrams: serveDatagrams(Int(data >> 8))
                case Ready.listener: accept(Int(data >> 8))
                default: serveConnection(Int32(truncatingIfNeeded: data >> 8), events[index].events)
                }
            }
            if !connections.isEmpty {
                let now = Worker.now()
                if now != lastSweep { closeOverdue(now) }
                lastSweep = now
            }
        }
        drain()
        answerer.goAway()
    }

    /// Seconds on a clock that only goes forward.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec
    }

    private func serveDatagrams(_ index: Int) {
        let box = datagrams[index]
        for _ in 0..<Worker.batchesInRow {
            guard box.socket.serveBatch(&answerer, counters) else { return }
        }
    }

    // MARK: TCP

    private func accept(_ index: Int) {
        let now = Worker.now()
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
            let box = ConnectionBox(StreamConnection(descriptor, now: now))
            let data = UInt64(UInt32(bitPattern: descriptor)) << 8 | Ready.connection
            guard clinux_epoll_add(poll.descriptor, descriptor, UInt32(CLINUX_EPOLLIN), data) == 0 else { continue }
            connections[descriptor] = box
        }
    }

    private func evictIdlest() -> Bool {
        guard let idlest = connections.min(by: { $0.value.connection.lastActive < $1.value.connection.lastActive })
        else { return false }
        connections[idlest.key] = nil
        counters.add(evictedConnections: 1)
        return true
    }

    private func serveConnection(_ descriptor: Int32, _ ready: UInt32) {
        guard let box = connections[descriptor] else { return }
        let now = Worker.now()
        var verdict = StreamConnection.Verdict.open
        if box.connection.hasPending { verdict = box.connection.resume(now: now) }
        if case .open = verdict {
            verdict = box.connection.serve(&answerer, counters, scratch: scratch, limits: limits, now: now)
        }
        switch verdict {
        case .closed: connections[descriptor] = nil
        case .open: wait(box, forRoom: false)
        case .waiting: wait(box, forRoom: true)
        }
    }

    private func wait(_ box: ConnectionBox, forRoom: Bool) {
        guard box.connection.isWaiting != forRoom else { return }
        box.connection.isWaiting = forRoom
        let descriptor = box.connection.socket.descriptor
        let wanted = UInt32(forRoom ? CLINUX_EPOLLOUT : CLINUX_EPOLLIN)
        let data = UInt64(UInt32(bitPattern: descriptor)) << 8 | Ready.connection
        _ = clinux_epoll_modify(poll.descriptor, descriptor, wanted, data)
    }

    private func closeOverdue(_ now: Int) {
        for (descriptor, box) in connections where box.connection.isOverdue(limits, now: now) {
            connections[descriptor] = nil
        }
    }

    // MARK: The end

    /// Stops accepting, answers what has arrived, and closes. Bounded: each socket is read until it is empty, at most
    /// a few thousand datagrams, and clients that do not take their answers are not waited for.
    private func drain() {
        listeners.removeAll()
        for box in datagrams {
            for _ in 0..<256 {
                guard box.socket.serveBatch(&answerer, counters) else { break }
            }
        }
        for box in connections.values {
            _ = box.connection.serve(&answerer, counters, scratch: scratch, limits: limits, now: Worker.now())
        }
        connections.removeAll()
        datagrams.removeAll()
    }
}
