import CLinux
import Glibc
import HeapModule
import Synchronization

/// A socket or connection of the loop.
protocol LoopEndpoint: AnyObject {
    /// The kernel has something for it: bits of epoll.
    func ready(_ events: UInt32)
    /// Nobody waits for the answer with this identifier any more.
    func forget(_ id: UInt16, hasTimedOut: Bool)
    func shut()
}

/// The loop's thread: what waits for which answer and until when. Only that thread knows it.
final class LoopCore {
    /// A query that waits. It moves to another connection when an old one turns out to be closed, once.
    struct Flight {
        let query: UpstreamQuery
        var endpoint: (any LoopEndpoint)?
        var id: UInt16 = 0
        var isReused = false
        var isSecondTry = false
    }

    private struct Timer: Comparable {
        var at: Int64
        var number: UInt64
        var isPatience: Bool

        static func < (a: Timer, b: Timer) -> Bool { a.at < b.at }
    }

    let shared: LoopShared
    /// Room for what is received.
    let buffers = DatagramBuffers()
    private(set) var now = clinux_nanoseconds()
    private var flights: [UInt64: Flight] = [:]
    private var timers = Heap<Timer>()
    private var endpoints: [UInt64: any LoopEndpoint] = [:]
    private var lastToken = LoopShared.token
    private var datagrams: [ObjectIdentifier: DatagramPool] = [:]
    private var streams: [ObjectIdentifier: StreamPool] = [:]
    private var nextSweep = Int64.max

    /// How often old sockets and idle connections are looked for, nanoseconds.
    private static let sweepInterval: Int64 = 250_000_000

    init(_ shared: LoopShared) { self.shared = shared }

    func run() {
        // OpenSSL writes without MSG_NOSIGNAL; blocked, the signal of a closed connection goes nowhere.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var events = [clinux_epoll_event](repeating: clinux_epoll_event(), count: 64)
        var isRunning = true
        while isRunning {
            let count = Int(clinux_epoll_wait(shared.epoll, &events, Int32(events.count), milliseconds))
            now = clinux_nanoseconds()
            for event in events[..<max(count, 0)] {
                if event.data == LoopShared.token {
                    for command in shared.take() { isRunning = obey(command) && isRunning }
                } else {
                    endpoints[event.data]?.ready(event.events)
                }
            }
            expire()
        }
        for number in Array(flights.keys) { end(number, .failure(.cancelled)) }
        for endpoint in Array(endpoints.values) { endpoint.shut() }
    }

    private func obey(_ command: LoopShared.Command) -> Bool {
        switch command {
        case .start(let query): start(query)
        case .cancel(let number): abandon(number, .cancelled, hasTimedOut: false)
        case .stop: return false
        }
        return true
    }

    // MARK: Queries

    private func start(_ query: UpstreamQuery) {
        flights[query.number] = Flight(query: query)
        guard !query.ticket.isCancelled.load(ordering: .acquiring) else {
            end(query.number, .failure(.cancelled))
            return
        }
        timers.insert(Timer(at: query.submitted + query.timeout, number: query.number, isPatience: false))
        if let patience = query.patience, patience < query.timeout {
            timers.insert(Timer(at: query.submitted + patience, number: query.number, isPatience: true))
        }
        send(query, onlyNew: false)
    }

    /// - Parameter onlyNew: not on a connection that is there already.
    private func send(_ query: UpstreamQuery, onlyNew: Bool) {
        do throws(UpstreamError) {
            if case .udp = query.route.transport {
                try datagramPool(query.route).send(query)
            } else {
                try streamPool(query.route).send(query, onlyNew: onlyNew)
            }
        } catch {
            end(query.number, .failure(error))
        }
    }

    /// Tells by what a query went out.
    func sent(_ number: UInt64, by endpoint: any LoopEndpoint, id: UInt16, isReused: Bool) {
        flights[number]?.endpoint = endpoint
        flights[number]?.id = id
        flights[number]?.isReused = isReused
    }

    func query(_ number: UInt64) -> UpstreamQuery? { flights[number]?.query }

    func answered(_ number: UInt64, _ message: UnsafeRawBufferPointer) {
        guard let flight = flights[number] else { return }
        end(
            number,
            .success(
                UpstreamAnswer(
                    message: flight.query.restored(message), isReused: flight.isReused,
                    elapsed: now - flight.query.submitted)))
    }

    /// A connection ended under a query: one that had served before may just have been idle for too long.
    func lost(_ number: UInt64, _ error: UpstreamError) {
        guard let flight = flights[number] else { return }
        if error == .closed, flight.isReused, !flight.isSecondTry {
            flights[number]?.isSecondTry = true
            flights[number]?.endpoint = nil
            send(flight.query, onlyNew: true)
        } else {
            end(number, .failure(error))
        }
    }

    func mismatched() { shared.mismatches.add(1, ordering: .relaxed) }

    /// Ends a wait from this side.
    private func abandon(_ number: UInt64, _ error: UpstreamError, hasTimedOut: Bool) {
        guard let flight = flights[number] else { return }
        end(number, .failure(error))
        flight.endpoint?.forget(flight.id, hasTimedOut: hasTimedOut)
    }

    private func end(_ number: UInt64, _ result: Result<UpstreamAnswer, UpstreamError>) {
        guard let flight = flights.removeValue(forKey: number) else { return }
        shared.inFlight.subtract(1, ordering: .relaxed)
        flight.query.report(.ended(result))
    }

    // MARK: Times

    /// How long to wait in the kernel, milliseconds rounded up; -1 is for ever.
    private var milliseconds: Int32 {
        // Timers of queries that have ended are in nobody's way.
        while let timer = timers.min, flights[timer.number] == nil { timers.removeMin() }
        let next = min(timers.min?.at ?? .max, nextSweep)
        guard next < .max else { return -1 }
        return Int32(clamping: max(0, (next - clinux_nanoseconds() + 999_999) / 1_000_000))
    }

    private func expire() {
        while let timer = timers.min, timer.at <= now {
            timers.removeMin()
            guard let flight = flights[timer.number] else { continue }
            if timer.isPatience {
                flight.query.report(.late)
            } else {
                abandon(
                    timer.number, .timeout(milliseconds: Int(flight.query.timeout / 1_000_000)), hasTimedOut: true)
            }
        }
        guard now >= nextSweep else { return }
        for (key, pool) in datagrams where pool.sweep() { datagrams[key] = nil }
        for (key, pool) in streams where pool.sweep() { streams[key] = nil }
        nextSweep = endpoints.isEmpty ? .max : now + LoopCore.sweepInterval
    }

    // MARK: Sockets

    private func datagramPool(_ route: UpstreamRoute) -> DatagramPool {
        if let pool = datagrams[ObjectIdentifier(route)] { return pool }
        let pool = DatagramPool(route, self)
        datagrams[ObjectIdentifier(route)] = pool
        return pool
    }

    private func streamPool(_ route: UpstreamRoute) -> StreamPool {
        if let pool = streams[ObjectIdentifier(route)] { return pool }
        let pool = StreamPool(route, self)
        streams[ObjectIdentifier(route)] = pool
        return pool
    }

    /// Has epoll watch a socket.
    /// - Returns: what epoll calls it.
    func add(_ endpoint: any LoopEndpoint, _ descriptor: Int32, _ events: UInt32) throws(UpstreamError) -> UInt64 {
        lastToken += 1
        guard clinux_epoll_add(shared.epoll, descriptor, events, lastToken) == 0 else {
            throw .noSocket(String(cString: strerror(errno)))
        }
        endpoints[lastToken] = endpoint
        nextSweep = min(nextSweep, now + LoopCore.sweepInterval)
        return lastToken
    }

    func remove(_ token: UInt64, _ descriptor: Int32) {
        endpoints[token] = nil
        clinux_epoll_remove(shared.epoll, descriptor)
        close(descriptor)
    }
}

/// Bits of epoll.
enum Events {
    static let input = UInt32(CLINUX_EPOLLIN)
    static let output = UInt32(CLINUX_EPOLLOUT)
}
