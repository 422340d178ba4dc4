import AnswerTable
import CLinux
import Glibc
import Logging
import Plugins
import QueryLog
import Synchronization
import Threads

/// The threads that answer on a set of addresses.
///
///     let server = try DNSServer(table: table, slot: slot, lane: lane, workers: 2, log: log)
///     try server.listen(on: addresses)
///     slot.replace(by: plan)         // a view for each of server.listeners
///     server.start()
///     ...
///     await server.stop()
package final class DNSServer: Sendable {
    private let workers: [Worker]
    /// What is answered, for those who want to see it.
    package let tap: AnswerTap
    private let log: Logger
    private let threads = Mutex<[pthread_t]>([])
    private let state = Mutex(State())

    private struct State {
        /// By their numbers: nil where there is none any more.
        var listeners: [ListenAddress?] = []
        /// The workers' UDP sockets while they are open, by listener.
        var descriptors: [Int: [Int32]] = [:]
        var lastSerial: UInt32 = 0
    }

    /// - Throws: `SystemError`.
    package init(
        table: AnswerTable, slot: Slot<Plan>, lane: LateLane, workers: Int, limits: StreamLimits = StreamLimits(),
        log: Logger
    ) throws {
        let tap = AnswerTap(workers: max(1, workers))
        var made: [Worker] = []
        for index in 0..<max(1, workers) {
            guard let answerer = table.makeAnswerer() else { break }
            let inbox = try Inbox()
            let responder = Responder(
                answerer: answerer, slot: slot, lane: lane, returns: inbox, worker: index,
                tap: tap.writer(ofWorker: index))
            made.append(try Worker(responder, inbox: inbox, limits: limits))
        }
        self.workers = made
        self.tap = tap
        self.log = log
    }

    package var workerCount: Int { workers.count }

    /// What is listened on, with the ports that are really used; a listener's place is its number.
    package var listeners: [ListenAddress?] { state.withLock { $0.listeners } }

    /// Datagrams that found no room in a worker's queue, since the start.
    package var receiveDrops: Int {
        state.withLock { state in
            state.descriptors.values.joined().reduce(0) { $0 + Int(max(0, clinux_receive_drops($1))) }
        }
    }

    package var losses: Losses { workers.reduce(Losses()) { $0 + $1.losses.losses } }

    /// Opens sockets on more addresses; all or none. They take queries at once, so a plan with a view for each number must
    /// be there before it: `prepare` is called with the numbers when everything is open.
    /// - Returns: the listeners' numbers, in the addresses' order; nil for one that this machine has no family for.
    /// - Throws: `SystemError`.
    @discardableResult
    package func listen(on more: [ListenAddress], prepare: ([Int?]) -> Void = { _ in }) throws -> [Int?] {
        try state.withLock { state in
            var listeners = state.listeners
            var opened: [ListeningSockets] = []
            var numbers: [Int?] = []
            for address in more {
                do {
                    // What we listen on ourselves, in part or in whole, is not somebody else's.
                    let isOurs = listeners.contains { other in
                        guard let other, other.port == address.port, other.family == address.family else {
                            return false
                        }
                        return other.isWildcard || address.isWildcard
                    }
                    let reserved = isOurs ? address : try Transports.reserve(address)
                    let number = listeners.firstIndex(of: nil) ?? listeners.count
                    guard number < Worker.maximumListeners else {
                        throw SystemError("listen", "\(address)", code: EMFILE)
                    }
                    if number == listeners.count { listeners.append(nil) }
                    listeners[number] = reserved
                    for _ in workers {
                        state.lastSerial &+= 1
                        opened.append(try ListeningSockets(reserved, number: number, serial: state.lastSerial))
                    }
                    numbers.append(number)
                } catch let error as SystemError
                    where error.code == EAFNOSUPPORT && address.isWildcard && address.family == AF_INET6
                    && more.count > 1
                {
                    log.info("this machine has no IPv6; listening on IPv4 only")
                    numbers.append(nil)
                }
            }
            state.listeners = listeners
            for each in opened { state.descriptors[each.number, default: []].append(each.datagramDescriptor) }
            prepare(numbers)
            for (index, sockets) in opened.enumerated() {
                workers[index % workers.count].inbox.put { $0.changes.append(.open(sockets)) }
            }
            return numbers
        }
    }

    /// Closes listeners' sockets, after what has arrived there.
    package func close(listeners numbers: [Int]) {
        state.withLock { state in
            for number in numbers {
                state.listeners[number] = nil
                state.descriptors[number] = nil
            }
        }
        for worker in workers { worker.inbox.put { $0.changes += numbers.map(Inbox.Change.close) } }
    }

    package func start() {
        for (index, worker) in workers.enumerated() {
            let thread = NamedThread.start(DNSServer.workerName + "\(index)") { worker.run() }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Makes every other thread of the process, and those that they start, give way to the workers: reading manifests and
    /// writing the table must not keep a query waiting where there are fewer cores than threads. They keep a tenth of a
    /// core that the workers fill. To be called when there is something to answer: what is read before that, is waited for.
    /// - Parameter beside: names of threads that stay as they are: those that hear of single changes, which clients wait for.
    package static func putWorkersFirst(beside: Set<String> = []) {
        beginToGiveWay()
        guard let folder = opendir("/proc/self/task") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let thread = UInt32(name) else { continue }
            let own = self.name(ofThread: name)
            if own.hasPrefix(workerName) || beside.contains(own) { continue }
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thread, 10)
        }
    }

    private static func name(ofThread thread: String) -> String {
        let file = open("/proc/self/task/\(thread)/comm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { Glibc.close(file) }
        var name = [UInt8](repeating: 0, count: 16)
        let count = read(file, &name, 16)
        return String(decoding: name.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static let workerName = "worker-"

    /// Tells the workers to stop accepting, answer what is in flight and end; returns when they have.
    package func stop() async {
        state.withLock { $0.descriptors = [:] }
        for worker in workers { worker.inbox.put { $0.isStopping = true } }
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        await withCheckedContinuation { done in
            NamedThread.detach("stop") {
                for thread in running { pthread_join(thread, nil) }
                done.resume()
            }
        }
    }
}
