import TLS

/// The connections to one upstream.
///
/// A query goes on an idle connection; else on one that holds few; else on a new one. Many servers answer the queries of a
/// connection one after the other, so connections are opened before they hold many, where a handshake is cheap.
final class StreamPool {
    private static let maximum = 32
    /// Queries that may wait on one connection.
    private static let deepest = 256

    let route: UpstreamRoute
    unowned let core: LoopCore
    private var links: [StreamLink] = []
    private var tickets: TLSTickets?
    private var lastSent: Int64

    /// A pool without connections is forgotten after this many nanoseconds: it knows how to resume a TLS session.
    private static let memory: Int64 = 600_000_000_000

    init(_ route: UpstreamRoute, _ core: LoopCore) {
        self.route = route
        self.core = core
        lastSent = core.now
        if case .tls = route.transport { tickets = TLSTickets() }
    }

    /// Queries on a connection before another one is opened.
    private var depth: Int {
        if case .tls = route.transport { 8 } else { 2 }
    }

    func send(_ query: UpstreamQuery, onlyNew: Bool) throws(UpstreamError) {
        lastSent = core.now
        if !onlyNew {
            // The one that was used last: the others may expire.
            if let link = links.last(where: { $0.takesQueries && $0.isOpen && $0.waitingCount == 0 }) {
                links.removeAll { $0 === link }
                links.append(link)
                return try link.send(query)
            }
            let shortest = links.lazy.filter(\.takesQueries).min { $0.waitingCount < $1.waitingCount }
            if let link = shortest, link.waitingCount < depth || links.count >= StreamPool.maximum {
                guard link.waitingCount < StreamPool.deepest else { throw .overloaded }
                return try link.send(query)
            }
        }
        guard links.count < StreamPool.maximum * 2 else { throw .overloaded }
        let link = try StreamLink(self, tickets: tickets)
        links.append(link)
        try link.send(query)
    }

    /// A connection has nothing to wait for.
    func rested(_ link: StreamLink) {
        let idle = links.count { $0.waitingCount == 0 }
        if !link.takesQueries || idle > route.maximumIdle ?? .max { link.shut() }
    }

    func closed(_ link: StreamLink) { links.removeAll { $0 === link } }

    /// Closes what is idle for too long, or does not come about.
    /// - Returns: whether nothing is left that is worth keeping.
    func sweep() -> Bool {
        for link in links { link.expire() }
        return links.isEmpty && (tickets == nil || core.now - lastSent > StreamPool.memory)
    }
}
