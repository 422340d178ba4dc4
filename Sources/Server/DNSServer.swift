import AnswerTable
import CLinux
import Glibc
import Logging
import Synchronization
import Threads

/// The threads that answer on a set of addresses.
///
///     let server = try DNSServer(table: table, listen: addresses, workers: 2, log: log)
///     server.start()
///     ...
///     await server.stop()
package final class DNSServer: Sendable {
    /// The addresses with the ports that are really used.
    package let addresses: [ListenAddress]
    private let counters: [QueryCounters]
    private let stopEvents: [Int32]
    /// The workers' UDP sockets while they are open.
    private let datagramSockets: Mutex<[Int32]>
    private let threads = Mutex<[pthread_t]>([])
    /// Workers that are not running yet.
    private let waiting: Mutex<[Worker]>

    /// Opens all sockets, so that what cannot be listened on is an error here.
    /// - Throws: `SystemError`.
    package init(
        table: AnswerTable, listen: [ListenAddress], workers: Int, limits: StreamLimits = StreamLimits(), log: Logger
    ) throws {
        var reserved: [ListenAddress] = []
        for address in listen {
            do {
                reserved.append(try Transports.reserve(address))
            } catch let error as SystemError
                where error.code == EAFNOSUPPORT && address.isWildcard && address.family == AF_INET6 && listen.count > 1
            {
                log.info("this machine has no IPv6; listening on IPv4 only")
            }
        }
        var workersWaiting: [Worker] = []
        var counters: [QueryCounters] = []
        var events: [Int32] = []
        for _ in 0..<max(1, workers) {
            guard let answerer = table.makeAnswerer() else { break }
            let event = try system("eventfd", "") { clinux_eventfd() }
            let own = QueryCounters()
            workersWaiting.append(
                try Worker(answerer: answerer, addresses: reserved, stop: event, counters: own, limits: limits))
            counters.append(own)
            events.append(event)
        }
        self.addresses = reserved
        self.counters = counters
        self.stopEvents = events
        self.datagramSockets = Mutex(workersWaiting.flatMap(\.datagramDescriptors))
        self.waiting = Mutex(workersWaiting)
    }

    package var workerCount: Int { counters.count }

    /// What all workers have answered so far.
    package var answered: QueryCounters.Sum { QueryCounters.Sum(counters) }

    /// Datagrams that found no room in a worker's queue, since the start.
    package var receiveDrops: Int {
        datagramSockets.withLock { $0.reduce(0) { $0 + Int(max(0, clinux_receive_drops($1))) } }
    }

    deinit {
        for event in stopEvents { close(event) }
    }

    package func start() {
        let workers = waiting.withLock { workers in
            defer { workers = [] }
            return workers
        }
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
        defer { close(file) }
        var name = [UInt8](repeating: 0, count: 16)
        let count = read(file, &name, 16)
        return String(decoding: name.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static let workerName = "worker-"

    /// Tells the workers to stop accepting, answer what is in flight and end; returns when they have.
    package func stop() async {
        datagramSockets.withLock { $0 = [] }
        for event in stopEvents {
            var one: UInt64 = 1
            _ = write(event, &one, 8)
        }
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
