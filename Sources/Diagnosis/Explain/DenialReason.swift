import AnswerTable
import ClusterZone
import DNSWire
import ServiceRegistry

/// Why the zones of a registry deny a name or a type: what the answer itself says to clients that may know (RFC 8914), and
/// the code under which `diagnose` tells it.
package struct DenialReason: Hashable, Sendable {
    package var code: String
    package var error: ExtendedError

    /// Asks a table of these zones, as a server's table would be asked.
    /// - Parameter zones: must keep reasons.
    /// - Returns: nil where nothing is denied.
    package init?(of question: Question, in zones: RegistryZones, waiting: String? = nil) {
        var answer = ZonesAnswer(zones, waiting: waiting)
        guard let found = answer.ask(question), let error = found.message.edns?.extendedErrors.first,
            let code = found.finding
        else { return nil }
        self.code = code
        self.error = error
    }
}

/// The zones of a registry in a table of their own, to be asked in this process.
struct ZonesAnswer: ~Copyable {
    /// Address space for a small cluster's names; a whole one's need more.
    private static let capacity = 4 << 30

    private let table = AnswerTable(capacity: ZonesAnswer.capacity)
    private var answerer: Answerer
    private let room: UnsafeMutableRawPointer

    /// - Parameter waiting: why the registry is not synced, where it is not.
    init(_ zones: RegistryZones, waiting: String? = nil) {
        let table = table
        let isSyncing = !zones.registry.isSynced
        let served = zones.cluster.origins.map { table.makeZone(origin: $0, isSyncing: isSyncing) }
        let reasons = Explanations.origins.map { table.makeZone(origin: $0) }
        for zone in served {
            let kind: Explanations.Zone = zone.origin == zones.cluster.options.domain ? .cluster : .reverse
            table.explain(zone, by: reasons[Int(kind.rawValue)])
        }
        for change in zones.reasons { table.apply(CollectionOfOne(change), to: reasons) }
        if let waiting {
            zones.explainWaiting(waiting) { _, change in table.apply(CollectionOfOne(change), to: reasons) }
        }
        for share in zones.shares() where share.place == .cluster { table.apply(share.changes, to: served) }
        table.serve(served)
        guard let answerer = table.makeAnswerer() else { preconditionFailure("a new table has room for a reader") }
        self.answerer = answerer
        room = .allocate(byteCount: Answerer.largestMessage + Answerer.padding, alignment: 16)
        room.initializeMemory(as: UInt8.self, repeating: 0, count: Answerer.largestMessage + Answerer.padding)
    }

    deinit { room.deallocate() }

    /// The answer over TCP to a client with EDNS; nil where the question has no wire form.
    mutating func ask(_ question: Question) -> (message: Message, size: Int, finding: String?)? {
        let query = Message(id: 0, flags: .recursionDesired, questions: [question], edns: EDNS())
        guard let octets = try? query.encoded() else { return nil }
        room.copyMemory(from: octets, byteCount: octets.count)
        answerer.beginBatch()
        defer { answerer.goAway() }
        let reply = answerer.answer(room, length: octets.count, over: .tcp)
        guard let message = try? Message(decoding: UnsafeRawBufferPointer(start: room, count: reply.length)) else {
            return nil
        }
        return (message, reply.length, message.edns?.extendedErrors.isEmpty == false ? answerer.finding : nil)
    }
}
