import CLinux
import Glibc
import Synchronization
import Threads

/// The sockets to all upstreams, owned by one thread that waits for them in epoll.
///
///     let loop = try UpstreamLoop()
///     let route = UpstreamRoute(to: address, over: .udp)
///     let answer = try await loop.exchange(query, by: route, timeout: .seconds(2))
///
/// Each query goes out with a random identifier, over UDP from a random one of a few sockets with random ports that are
/// replaced as they age (RFC 5452 9.2), over TCP and TLS on connections that are kept and hold several queries (RFC 7766
/// 6.2). An answer is taken only from the upstream, with the identifier and the question that were sent; whatever else
/// arrives is counted and the wait goes on. The thread ends with the last who holds the loop.
package final class UpstreamLoop: Sendable {
    /// Queries that wait at any time.
    package static let maximumInFlight = 65536

    private let shared: LoopShared

    /// - Throws: `UpstreamError.noSocket`.
    package init() throws(UpstreamError) {
        let shared = try LoopShared()
        self.shared = shared
        NamedThread.detach("upstream") { LoopCore(shared).run() }
    }

    deinit { shared.post(.stop) }

    /// Messages that came from an upstream and answered nothing that was asked.
    package var mismatches: Int { shared.mismatches.load(ordering: .relaxed) }
    /// Queries that wait now.
    package var inFlight: Int { shared.inFlight.load(ordering: .relaxed) }

    /// The answer to a query in wire form with one question; its identifier comes back as it was given.
    /// - Parameter timeout: for everything, a connection's handshakes too.
    package func exchange(
        _ query: [UInt8], by route: UpstreamRoute, timeout: Duration
    ) async throws(UpstreamError) -> UpstreamAnswer {
        let ticket = UpstreamTicket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(query, by: route, ticket: ticket, timeout: timeout) {
                    if case .ended(let result) = $0 { continuation.resume(returning: result) }
                }
            }
        } onCancel: {
            cancel(ticket)
        }
        return try result.get()
    }

    /// Sends a query and tells what becomes of it, on the loop's thread: `report` must not wait.
    /// - Parameters:
    ///   - patience: after how long it is told that the answer is late; nil is never.
    ///   - report: called once with `.ended`, at most once with `.late` before.
    package func submit(
        _ query: [UInt8], by route: UpstreamRoute, ticket: UpstreamTicket, timeout: Duration, patience: Duration? = nil,
        report: @escaping @Sendable (UpstreamReport) -> Void
    ) {
        let (_, count) = shared.inFlight.add(1, ordering: .relaxed)
        guard count <= UpstreamLoop.maximumInFlight,
            let query = UpstreamQuery(
                query, route, ticket, submitted: clinux_nanoseconds(), timeout: timeout.nanoseconds,
                patience: patience?.nanoseconds, report: report)
        else {
            shared.inFlight.subtract(1, ordering: .relaxed)
            report(.ended(.failure(count <= UpstreamLoop.maximumInFlight ? .malformed : .overloaded)))
            return
        }
        shared.post(.start(query))
    }

    /// Ends the wait, before the query's submission too: `UpstreamError.cancelled`, unless it has ended already.
    package func cancel(_ ticket: UpstreamTicket) {
        ticket.isCancelled.store(true, ordering: .releasing)
        shared.post(.cancel(ticket.number))
    }
}

/// By what a query is cancelled; for one query.
package final class UpstreamTicket: Sendable {
    private static let numbers = Atomic<UInt64>(0)

    let number = numbers.add(1, ordering: .relaxed).newValue
    let isCancelled = Atomic<Bool>(false)

    package init() {}
}

/// What the loop's thread shares with everybody.
final class LoopShared: Sendable {
    enum Command: Sendable {
        case start(UpstreamQuery)
        case cancel(UInt64)
        case stop
    }

    private struct Inbox {
        var commands: [Command] = []
        /// Whether the thread has been told of them.
        var isTold = false
    }

    let epoll: Int32
    let wake: Int32
    let mismatches = Atomic<Int>(0)
    let inFlight = Atomic<Int>(0)
    private let inbox = Mutex(Inbox())

    /// What epoll calls the inbox.
    static let token: UInt64 = 0

    init() throws(UpstreamError) {
        epoll = clinux_epoll_create()
        guard epoll >= 0 else { throw .noSocket(String(cString: strerror(errno))) }
        wake = clinux_eventfd()
        guard wake >= 0, clinux_epoll_add(epoll, wake, UInt32(CLINUX_EPOLLIN), LoopShared.token) == 0 else {
            let reason = String(cString: strerror(errno))
            close(epoll)
            if wake >= 0 { close(wake) }
            throw .noSocket(reason)
        }
    }

    deinit {
        close(wake)
        close(epoll)
    }

    func post(_ command: Command) {
        let mustTell = inbox.withLock { inbox in
            inbox.commands.append(command)
            defer { inbox.isTold = true }
            return !inbox.isTold
        }
        guard mustTell else { return }
        var one: UInt64 = 1
        _ = write(wake, &one, 8)
    }

    /// The commands since the last time.
    func take() -> [Command] {
        var count: UInt64 = 0
        _ = read(wake, &count, 8)
        return inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox.commands
        }
    }
}
