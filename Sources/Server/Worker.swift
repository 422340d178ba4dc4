import AnswerTable
import CLinux
import Glibc

/// One thread that answers: a UDP socket and a TCP listener of its own for each address, and its clients' connections.
///
/// It waits in one place (`epoll_wait`), having told the table that it is away. What it does for datagrams takes no lock,
/// makes no memory and counts no references, neither a query nor a batch: what changes lies behind pointers that it
/// alone has, where Swift checks no access. Used by one thread at a time: the one that makes it, then the one that
/// runs it.
final class Worker: @unchecked Sendable {
    /// Batches of datagrams taken in a row before TCP gets its turn.
    private static let batchesInRow = 16
    private static let eventCapacity = 64
    /// Nanoseconds that the worker runs before others get a turn: it is let in the sooner after a wait.
    private static let slice: UInt64 = 200_000

    private let answerer: UnsafeMutablePointer<Answerer>
    private let datagrams: UnsafeMutableBufferPointer<DatagramSocket>
    private let streams: UnsafeMutablePointer<StreamService>
    private let counters: QueryCounters
    private let poll: Socket
    private let events: UnsafeMutablePointer<clinux_epoll_event>

    /// - Parameter stop: an eventfd that becomes readable when the worker is to end.
    init(
        answerer: consuming Answerer, addresses: [ListenAddress], stop: Int32, counters: QueryCounters,
        limits: StreamLimits
    ) throws {
        let poll = Socket(try system("epoll_create", "") { clinux_epoll_create() })
        try Readiness.stop.watch(stop, in: poll.descriptor)
        let streams = try StreamService(addresses, poll: poll.descriptor, counters: counters, limits: limits)
        let sockets = UnsafeMutableBufferPointer<DatagramSocket>.allocate(capacity: addresses.count)
        var opened = 0
        do {
            for (index, address) in addresses.enumerated() {
                sockets.initializeElement(at: index, to: try DatagramSocket(address, counters))
                opened += 1
                try Readiness.datagrams(index).watch(sockets[index].socket.descriptor, in: poll.descriptor)
            }
        } catch {
            Worker.close(sockets, count: opened)
            throw error
        }
        self.answerer = .allocate(capacity: 1)
        self.answerer.initialize(to: answerer)
        self.streams = .allocate(capacity: 1)
        self.streams.initialize(to: streams)
        self.datagrams = sockets
        self.counters = counters
        self.poll = poll
        events = .allocate(capacity: Worker.eventCapacity)
        events.initialize(repeating: clinux_epoll_event(), count: Worker.eventCapacity)
    }

    deinit {
        Worker.close(datagrams, count: datagrams.count)
        streams.deinitialize(count: 1)
        streams.deallocate()
        answerer.deinitialize(count: 1)
        answerer.deallocate()
        events.deallocate()
    }

    private static func close(_ sockets: UnsafeMutableBufferPointer<DatagramSocket>, count: Int) {
        for index in 0..<count { _ = (sockets.baseAddress! + index).move() }
        sockets.deallocate()
    }

    var datagramDescriptors: [Int32] { datagrams.indices.map { datagrams[$0].socket.descriptor } }

    /// Answers until it is told to stop, then what is in flight, then returns.
    func run() {
        // An older kernel takes no notice, or says no: then the others' niceness has to do.
        _ = clinux_prefer_latency(Worker.slice)
        var isStopping = false
        var lastSweep = Worker.now()
        while !isStopping {
            answerer.pointee.goAway()
            let timeout: Int32 = streams.pointee.isIdle ? -1 : 1000
            let count = clinux_epoll_wait(poll.descriptor, events, Int32(Worker.eventCapacity), timeout)
            guard count >= 0 || errno == EINTR else { break }
            for index in 0..<Int(max(count, 0)) {
                switch Readiness(data: events[index].data) {
                case .stop: isStopping = true
                case .datagrams(let index): serveDatagrams(index, batches: Worker.batchesInRow)
                case .listener(let index): streams.pointee.accept(index, now: Worker.now())
                case .connection(let descriptor):
                    streams.pointee.serve(descriptor, &answerer.pointee, now: Worker.now())
                }
            }
            if !streams.pointee.isIdle {
                let now = Worker.now()
                if now != lastSweep { streams.pointee.closeOverdue(now: now) }
                lastSweep = now
            }
        }
        // What has arrived is answered; bounded, so that a flood cannot keep us.
        for index in datagrams.indices { serveDatagrams(index, batches: 256) }
        streams.pointee.drain(&answerer.pointee, now: Worker.now())
        answerer.pointee.goAway()
    }

    private func serveDatagrams(_ index: Int, batches: Int) {
        for _ in 0..<batches {
            guard (datagrams.baseAddress! + index).pointee.serveBatch(&answerer.pointee, counters) else { return }
        }
    }

    /// Seconds on a clock that only goes forward.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec
    }
}
