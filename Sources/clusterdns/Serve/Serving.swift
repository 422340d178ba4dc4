import AnswerTable
import CLinux
import Forwarding
import HTTP
import Logging
import NetworkAddress
import Plugins
import Server
import Synchronization

/// The running server: sockets, workers and pages, and the deployment that is in force.
///
/// A reload makes a whole deployment first, with its sockets and pages open; then it is put in force at once, and what is
/// no longer needed ends. What fails before leaves everything as it was.
final class Serving: Sendable {
    let server: DNSServer
    let lane: LateLane
    let context: DeploymentBuilder.Context
    private let slot: Slot<Plan>
    private let log: Logger
    private let state: Mutex<State>
    /// The deployment in force.
    private final class Current: Sendable {
        let deployment = Mutex<Deployment?>(nil)
    }
    private let current: Current

    private struct State {
        /// Requested addresses and their listeners' numbers.
        var numbers: [ListenAddress: Int] = [:]
        var pages: [Page: HTTPListener] = [:]
        /// The first units, which wait for `start`.
        var begun: Units.Begun?
    }

    /// A page and where it is.
    struct Page: Hashable, Sendable {
        let path: String
        let address: HTTPAddress
    }

    init(workers: Int, limits: StreamLimits = StreamLimits(), log: Logger) throws {
        let table = AnswerTable()
        self.log = log
        slot = Slot(Plan(views: []), epochs: table.epochs)
        lane = LateLane()
        server = try DNSServer(table: table, slot: slot, lane: lane, workers: workers, limits: limits, log: log)
        let writer = TableWriter(table, log: log)
        let current = Current()
        self.current = current
        context = DeploymentBuilder.Context(
            writer: writer, pool: AnswererPool(table: table), epochs: table.epochs, loop: try UpstreamLoop(),
            queryLog: LineWriter(), workers: server.workerCount,
            whenClaimsChange: { current.deployment.withLock { $0 }?.answerDirectly(writer) }, log: log)
        state = Mutex(State())
    }

    /// The deployment in force.
    var deployment: Deployment { current.deployment.withLock { $0! } }

    var pageAddresses: [HTTPAddress] { state.withLock { $0.pages.values.map(\.address) } }

    /// Puts blocks in force. One at a time.
    /// - Parameter pages: what the pages answer with.
    /// - Throws: what is wrong with the blocks; then nothing has changed.
    func apply(_ blocks: [ServedBlock], _ pages: ServePages) async throws {
        let old = current.deployment.withLock { $0 }
        var builder = DeploymentBuilder(context, old: old?.units ?? Units())
        var numbers = state.withLock { $0.numbers }
        var opened: [Page: HTTPListener] = [:]
        let new: Deployment
        let begun: Units.Begun
        do {
            new = try builder.build(blocks)
            opened = try open(new.pages, pages)
            begun = new.units.begin(beside: old?.units)
            // What takes the place of something works before it is asked.
            if old != nil {
                try begun.start()
                try await begun.wait()
            }
            let more = new.addresses.filter { numbers[$0] == nil }
            try server.listen(on: more) { found in
                for (address, number) in zip(more, found) { numbers[address] = number }
                slot.replace(by: new.plan(numbers))
            }
        } catch {
            for listener in opened.values { listener.stop() }
            let unused = builder.units.beside(old?.units)
            await unused.stop()
            unused.remove()
            throw error
        }
        current.deployment.withLock { $0 = new }
        new.answerDirectly(context.writer)
        let gone = numbers.keys.filter { !new.addresses.contains($0) }
        let closing = gone.compactMap { numbers.removeValue(forKey: $0) }
        let wanted = Set(try new.pages)
        let closed = state.withLock { state in
            let closed = state.pages.filter { !wanted.contains($0.key) }.map(\.value)
            state.pages = state.pages.filter { wanted.contains($0.key) }.merging(opened) { $1 }
            state.numbers = numbers
            return closed
        }
        server.close(listeners: closing)
        for listener in closed { listener.stop() }
        if let old {
            let gone = old.units.beside(new.units)
            await gone.stop()
            // Questions on their way through the old blocks are answered from what they knew.
            Task {
                try? await Task.sleep(for: LateLane.patience + .seconds(1))
                gone.remove()
            }
        } else {
            state.withLock { $0.begun = begun }
        }
    }

    /// Answers from now on what clients ask, and follows what the first blocks' registries and files say.
    /// - Parameter whenListening: called in between.
    /// - Throws: `FileWatchError`.
    func start(whenListening: () -> Void) throws {
        server.start()
        whenListening()
        try state.withLock { $0.begun.take() }?.start()
    }

    /// Opens the pages that are not open yet; all or none.
    private func open(_ wanted: [Page], _ pages: ServePages) throws -> [Page: HTTPListener] {
        let there = state.withLock { Set($0.pages.keys) }
        var opened: [Page: HTTPListener] = [:]
        do {
            for page in wanted where !there.contains(page) {
                opened[page] = try HTTPListener(on: page.address, answer: pages.door(to: page.path))
            }
        } catch {
            for listener in opened.values { listener.stop() }
            throw error
        }
        return opened
    }

    /// Where this process can ask itself whether it lives; nil where there is no such page.
    var healthPage: String? {
        let address = state.withLock { $0.pages.first { $0.key.path == ServePages.health }?.value.address }
        guard case .tcp(let host, let port)? = address else { return nil }
        return "http://\(HTTPAddress.tcp(host ?? IPAddress("127.0.0.1"), port: port))\(ServePages.health)"
    }

    /// Queries that were answered.
    var answered: Int {
        deployment.units.counters.values.reduce(0) { $0 + QueryCounters.Sum($1).queries }
    }

    /// Closes the pages of one kind, or all.
    func close(pages path: String? = nil) {
        let closed = state.withLock { state in
            let closed = state.pages.filter { path == nil || $0.key.path == path }
            for page in closed.keys { state.pages[page] = nil }
            return closed.values
        }
        for listener in closed { listener.stop() }
    }

    /// Ends everything, after what is in flight.
    func stop() async {
        let units = deployment.units.beside(nil)
        await units.stopReading()
        await server.stop()
        await units.stop()
        close()
        context.queryLog.stop()
    }
}
