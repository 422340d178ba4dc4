import CLinux
import Glibc

/// The UDP sockets to one upstream: a query goes by a random one of a few, each with a random port of the kernel's choice.
/// A socket takes no query any more after some hundreds or ten seconds, so that ports stay random without an entry in
/// conntrack's table for each query.
final class DatagramPool {
    /// Sockets that take queries.
    private static let width = 4
    /// Sockets, those that only wait for the last answers included.
    private static let maximum = 64

    let route: UpstreamRoute
    unowned let core: LoopCore
    private var sockets: [DatagramSocket] = []
    private var retired: [DatagramSocket] = []

    init(_ route: UpstreamRoute, _ core: LoopCore) {
        self.route = route
        self.core = core
    }

    func send(_ query: UpstreamQuery) throws(UpstreamError) {
        if sockets.count < DatagramPool.width, sockets.count + retired.count < DatagramPool.maximum {
            do throws(UpstreamError) {
                sockets.append(try DatagramSocket(self))
            } catch {
                // Out of sockets, those that are there serve on.
                guard !sockets.isEmpty, case .noSocket = error else { throw error }
            }
        }
        guard let socket = sockets.randomElement() else { throw .overloaded }
        try socket.send(query)
        if socket.isSpent(core.now), sockets.count + retired.count < DatagramPool.maximum { retire(socket) }
    }

    private func retire(_ socket: DatagramSocket) {
        sockets.removeAll { $0 === socket }
        if socket.isIdle { socket.shut() } else { retired.append(socket) }
    }

    /// The last answer of a socket has come.
    func rested(_ socket: DatagramSocket) {
        guard let place = retired.firstIndex(where: { $0 === socket }) else { return }
        retired.remove(at: place)
        socket.shut()
    }

    /// Takes a socket away that the kernel reports an error of.
    func broken(_ socket: DatagramSocket) {
        sockets.removeAll { $0 === socket }
        retired.removeAll { $0 === socket }
        socket.shut()
    }

    /// Closes what is old.
    /// - Returns: whether nothing is left.
    func sweep() -> Bool {
        for socket in sockets where socket.isSpent(core.now) { retire(socket) }
        return sockets.isEmpty && retired.isEmpty
    }
}

/// A UDP socket that is connected to an upstream: the kernel drops what others send, and tells when nobody listens.
final class DatagramSocket: LoopEndpoint {
    private static let maximumAge: Int64 = 10_000_000_000
    private static let maximumWaiting = 4096

    private unowned let pool: DatagramPool
    private let descriptor: Int32
    private var token: UInt64 = 0
    private let opened: Int64
    private var isOpen = true
    private var hasSent = false
    /// Queries that may still go out; not a number that anybody can count on.
    private var left = Int.random(in: 128...512)
    /// Numbers of queries by the identifier that they went out with.
    private var waiting: [UInt16: UInt64] = [:]

    init(_ pool: DatagramPool) throws(UpstreamError) {
        self.pool = pool
        opened = pool.core.now
        descriptor = try pool.route.connectedSocket()
        do throws(UpstreamError) {
            token = try pool.core.add(self, descriptor, Events.input)
        } catch {
            close(descriptor)
            throw error
        }
    }

    var isIdle: Bool { waiting.isEmpty }

    func isSpent(_ now: Int64) -> Bool { left <= 0 || now - opened > DatagramSocket.maximumAge }

    func send(_ query: UpstreamQuery) throws(UpstreamError) {
        guard waiting.count < DatagramSocket.maximumWaiting else { throw .overloaded }
        var id: UInt16
        repeat { id = .random(in: .min ... .max) } while waiting[id] != nil
        var message = query.message
        message[0] = UInt8(id >> 8)
        message[1] = UInt8(truncatingIfNeeded: id)
        var result = Glibc.send(descriptor, message, message.count, Int32(MSG_DONTWAIT))
        if result < 0 && errno == ECONNREFUSED {
            // That is what became of an earlier query, and told only once.
            fail(.refused)
            result = Glibc.send(descriptor, message, message.count, Int32(MSG_DONTWAIT))
        }
        guard result >= 0 else { throw UpstreamError(connecting: errno) }
        let isReused = hasSent
        hasSent = true
        left -= 1
        waiting[id] = query.number
        pool.core.sent(query.number, by: self, id: id, isReused: isReused)
    }

    func ready(_ events: UInt32) {
        let core = pool.core
        let count = core.buffers.receive(from: descriptor) { message in
            guard message.count >= 12 else {
                core.mismatched()
                return
            }
            let id = UInt16(message[0]) << 8 | UInt16(message[1])
            guard let number = waiting[id], let query = core.query(number), query.isAnswered(by: message) else {
                core.mismatched()
                return
            }
            waiting[id] = nil
            core.answered(number, message)
        }
        if count < 0 && errno != EAGAIN && errno != EINTR {
            let error = UpstreamError(connecting: errno)
            pool.broken(self)
            fail(error)
        } else if waiting.isEmpty {
            pool.rested(self)
        }
    }

    /// An ICMP message names no query: all that wait are told, and may be asked elsewhere.
    private func fail(_ error: UpstreamError) {
        let numbers = waiting.values
        waiting = [:]
        for number in numbers { pool.core.lost(number, error) }
    }

    func forget(_ id: UInt16, hasTimedOut: Bool) {
        waiting[id] = nil
        if waiting.isEmpty { pool.rested(self) }
    }

    func shut() {
        guard isOpen else { return }
        isOpen = false
        pool.core.remove(token, descriptor)
    }
}
