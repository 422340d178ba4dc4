import AnswerTable
import CLinux
import Glibc
import Plugins

/// One thread that answers: a UDP socket and a TCP listener of its own for each address, and its clients' connections.
///
/// It waits in one place (`epoll_wait`), having told the table that it is away. What it does for datagrams takes no lock,
/// makes no memory and counts no references, neither a query nor a batch: what changes lies behind pointers that it
/// alone has, where Swift checks no access. Used by one thread at a time, the one that makes it, then the one that runs
/// it; others put what they have for it into its inbox.
final class Worker: @unchecked Sendable {
    /// Batches of datagrams taken in a row before TCP gets its turn.
    private static let batchesInRow = 16
    private static let eventCapacity = 64
    /// Addresses at most.
    static let maximumListeners = 1024
    /// Nanoseconds that the worker runs before others get a turn: it is let in the sooner after a wait.
    private static let slice: UInt64 = 200_000
    /// Seconds that answers from elsewhere are waited for at the end.
    private static let patience = 5

    let inbox: Inbox
    let losses = WorkerCounters()
    private let responder: UnsafeMutablePointer<Responder>
    /// By their listeners' numbers, and who owns them.
    private let datagrams: UnsafeMutablePointer<UnsafeMutablePointer<DatagramSocket>?>
    private var sockets: [Int: ListeningSockets] = [:]
    /// Closed ones that answers may still have to leave by, by serial, and until when.
    private var lingering: [UInt32: (sockets: ListeningSockets, until: Int)] = [:]
    private let streams: UnsafeMutablePointer<StreamService>
    private let poll: Socket
    private let events: UnsafeMutablePointer<clinux_epoll_event>
    /// Queries that an answer comes to later.
    private let away: UnsafeMutablePointer<Int>

    init(_ responder: consuming Responder, inbox: Inbox, limits: StreamLimits) throws {
        let poll = Socket(try system("epoll_create", "") { clinux_epoll_create() })
        try Readiness.inbox.watch(inbox.event, in: poll.descriptor)
        self.inbox = inbox
        self.responder = .allocate(capacity: 1)
        self.responder.initialize(to: responder)
        streams = .allocate(capacity: 1)
        streams.initialize(to: StreamService(poll: poll.descriptor, losses: losses, limits: limits))
        self.poll = poll
        datagrams = .allocate(capacity: Worker.maximumListeners)
        datagrams.initialize(repeating: nil, count: Worker.maximumListeners)
        events = .allocate(capacity: Worker.eventCapacity)
        events.initialize(repeating: clinux_epoll_event(), count: Worker.eventCapacity)
        away = .allocate(capacity: 1)
        away.initialize(to: 0)
    }

    deinit {
        streams.deinitialize(count: 1)
        streams.deallocate()
        responder.deinitialize(count: 1)
        responder.deallocate()
        datagrams.deallocate()
        events.deallocate()
        away.deallocate()
    }

    /// Answers until it is told to stop, then what is in flight, then returns.
    func run() {
        // An older kernel takes no notice, or says no: then the others' niceness has to do.
        _ = clinux_prefer_latency(Worker.slice)
        var stopsAt: Int?
        var lastSweep = Worker.now()
        while true {
            let now = Worker.now()
            if let stopsAt, away.pointee <= 0 || now >= stopsAt { break }
            responder.pointee.goAway()
            let isQuiet = streams.pointee.isIdle && lingering.isEmpty
            let timeout: Int32 = stopsAt != nil ? 50 : isQuiet ? -1 : 1000
            let count = clinux_epoll_wait(poll.descriptor, events, Int32(Worker.eventCapacity), timeout)
            guard count >= 0 || errno == EINTR else { break }
            for index in 0..<Int(max(count, 0)) {
                switch Readiness(data: events[index].data) {
                case .inbox:
                    if readInbox(), stopsAt == nil { stopsAt = beginToStop() }
                case .datagrams(let number): serveDatagrams(number, batches: Worker.batchesInRow)
                case .listener(let number): streams.pointee.accept(number, now: Worker.now())
                case .connection(let descriptor):
                    streams.pointee.serve(
                        descriptor, events[index].events, &responder.pointee, now: Worker.now(), away: &away.pointee)
                }
            }
            if !streams.pointee.isIdle, now != lastSweep {
                streams.pointee.closeOverdue(now: now)
                lastSweep = now
            }
            if !lingering.isEmpty { lingering = lingering.filter { $0.value.until > now } }
        }
        for number in Array(sockets.keys) { close(number) }
        lingering.removeAll()
        responder.pointee.goAway()
    }

    /// Takes nothing more, and answers what has arrived; bounded, so that a flood cannot keep us.
    private func close(_ number: Int) {
        datagrams[number]?.pointee.refuseMore()
        serveDatagrams(number, batches: 256)
        datagrams[number] = nil
        guard let closed = sockets.removeValue(forKey: number), away.pointee > 0 else { return }
        _ = clinux_epoll_remove(poll.descriptor, closed.datagramDescriptor)
        closed.listener = nil
        lingering[closed.serial] = (closed, Worker.now() + Worker.patience + 1)
    }

    /// What has arrived is answered; bounded, so that a flood cannot keep us.
    /// - Returns: when to end whatever is still in flight.
    private func beginToStop() -> Int {
        for number in sockets.keys { serveDatagrams(number, batches: 256) }
        streams.pointee.stopAccepting(&responder.pointee, now: Worker.now(), away: &away.pointee)
        return Worker.now() + Worker.patience
    }

    private func serveDatagrams(_ number: Int, batches: Int) {
        guard let socket = datagrams[number] else { return }
        for _ in 0..<batches {
            guard socket.pointee.serveBatch(&responder.pointee, losses, away: &away.pointee) else { return }
        }
    }

    /// - Returns: whether the worker is to end.
    private func readInbox() -> Bool {
        let content = inbox.take()
        for late in content.late {
            away.pointee -= 1
            responder.pointee.tell(late)
            if late.place.isStream {
                streams.pointee.deliver(late, &responder.pointee, now: Worker.now(), away: &away.pointee)
            } else if !late.octets.isEmpty {
                socket(of: late.place)?.pointee.deliver(late, losses)
            }
        }
        for change in content.changes {
            switch change {
            case .open(let opened): add(opened)
            case .close(let number):
                streams.pointee.remove(
                    listener: number, &responder.pointee, now: Worker.now(), away: &away.pointee)
                close(number)
            }
        }
        return content.isStopping
    }

    private func socket(of place: ReturnPlace) -> UnsafeMutablePointer<DatagramSocket>? {
        if let socket = datagrams[Int(place.number)], socket.pointee.has(serial: place.serial) { return socket }
        return lingering[place.serial]?.sockets.datagrams
    }

    private func add(_ opened: ListeningSockets) {
        let number = opened.number
        // The descriptors are good and the set has room: nothing here can fail but for memory.
        guard (try? Readiness.datagrams(number).watch(opened.datagramDescriptor, in: poll.descriptor)) != nil,
            let listener = opened.listener, (try? streams.pointee.add(listener, number: number)) != nil
        else { return }
        sockets[number] = opened
        datagrams[number] = opened.datagrams
    }

    /// Seconds on a clock that only goes forward.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec
    }
}
