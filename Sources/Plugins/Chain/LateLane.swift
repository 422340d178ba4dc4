import AnswerTable
import CLinux
import DNSWire
import Glibc
import NetworkAddress
import Synchronization

/// A question that left its worker.
struct LateQuery: Sendable {
    let octets: [UInt8]
    /// Octets of the query as it came.
    let size: Int
    /// Octets that the answer may have.
    let room: Int
    let block: Block
    let view: View
    /// The plugin that could not answer in place.
    let first: Int
    let peer: sockaddr_storage
    let control: [UInt8]
    let place: ReturnPlace
    let counters: QueryCounters
    /// nil where somebody has an answer already: this is to have a newer one for those who come next.
    let returns: (any AnswerReturn)?
    let began: Int64

    init(
        octets: [UInt8], size: Int, room: Int, block: Block, view: View, first: Int, origin: Origin,
        counters: QueryCounters, returns: (any AnswerReturn)?
    ) {
        self.octets = octets
        self.size = size
        self.room = room
        self.block = block
        self.view = view
        self.first = first
        peer = origin.peer.load(as: sockaddr_storage.self)
        control = origin.control
        place = origin.place
        self.counters = counters
        self.returns = returns
        began = origin.began
    }

    var client: Client { withUnsafeBytes(of: peer) { Client($0.baseAddress!, isStream: place.isStream) } }
}

/// Questions that wait for somebody: a task for each, so many at a time. One more is SERVFAIL at once.
package final class LateLane: Sendable {
    /// Seconds that a client is worked for; libcs have given up by then (resolv.conf(5): 5 s an attempt).
    package static let patience: Duration = .seconds(6)

    private let limit: Int
    private let waiting = Atomic<Int>(0)
    private let overflow = Atomic<Int>(0)
    private let total = Atomic<Int>(0)

    /// - Parameter limit: questions at a time; each costs some 2 KiB.
    package init(limit: Int = 20_000) { self.limit = limit }

    /// Questions that wait now, those that came so far, and those that found no room.
    package var figures: (waiting: Int, taken: Int, refused: Int) {
        (waiting.load(ordering: .relaxed), total.load(ordering: .relaxed), overflow.load(ordering: .relaxed))
    }

    package var capacity: Int { limit }

    func take(_ query: LateQuery) -> Bool {
        guard waiting.add(1, ordering: .relaxed).newValue <= limit else {
            waiting.subtract(1, ordering: .relaxed)
            overflow.add(1, ordering: .relaxed)
            return false
        }
        total.add(1, ordering: .relaxed)
        Task {
            await resolve(query)
            waiting.subtract(1, ordering: .relaxed)
        }
        return true
    }

    private func resolve(_ query: LateQuery) async {
        // A query that the worker could read, the decoder may not like for what stands behind the question.
        guard let message = try? Message(decoding: query.octets), message.questions.count == 1 else {
            query.returns?.deliver(LateAnswer(query, octets: []))
            return
        }
        var exchange = Exchange(
            query: message, client: query.client, block: query.block, view: query.view,
            deadline: .now + LateLane.patience)
        exchange.first = query.first
        exchange.isRefresh = query.returns == nil
        let response = await query.block.chain.resolve(exchange, from: query.first)
        guard let returns = query.returns else { return }
        let octets = response.isDropped ? [] : response.octets(to: message, room: query.room, query.block)
        let elapsed = max(0, clinux_nanoseconds() - query.began)
        let reply = Answerer.Reply(
            length: octets.count, rcode: response.message.rcode.rawValue, type: message.questions[0].type.rawValue,
            wantsDNSSEC: message.edns?.dnssecOK ?? false)
        if !response.isDropped {
            query.counters.countLate(
                reply, to: query.size, over: query.place.isStream ? .tcp : .udp,
                query.client.address.family == .v4 ? .ipv4 : .ipv6, response.plugin, nanoseconds: Int(elapsed))
        }
        query.block.observer?.saw(
            SeenAnswer(
                client: query.client, id: message.id, opcode: message.opcode, question: message.questions[0],
                querySize: query.size, wantsDNSSEC: reply.wantsDNSSEC, payloadSize: query.room,
                rcode: response.message.rcode, flags: Response.flags(of: octets), answerSize: octets.count,
                answerCount: response.message.answers.count, authorityCount: response.message.authorities.count,
                duration: UInt64(elapsed), plugin: response.plugin, fault: response.fault))
        returns.deliver(
            LateAnswer(query, octets: octets, wantsDNSSEC: reply.wantsDNSSEC, plugin: response.plugin))
    }
}

extension Response {
    /// The whole message for the client that asked `query`, in at most `room` octets.
    package func octets(to query: Message, room: Int, _ block: Block) -> [UInt8] {
        var answer = message
        answer.id = query.id
        answer.opcode = query.opcode
        answer.questions = query.questions
        answer.flags = message.flags.intersection([.authoritative, .truncated])
        answer.flags.formUnion([.response])
        answer.flags.formUnion(query.flags.intersection([.recursionDesired, .checkingDisabled]))
        if block.recurses { answer.flags.insert(.recursionAvailable) }
        // RFC 6840 5.8: AD for those who understand it.
        if message.flags.contains(.authenticData), query.flags.contains(.authenticData) || query.edns?.dnssecOK == true
        {
            answer.flags.insert(.authenticData)
        }
        answer.edns = query.edns.map { asked in
            var options = message.edns?.options ?? []
            if let nsid = block.nsid, asked.options.contains(where: { $0.code == Answerer.nsid }) {
                options.append(EDNS.Option(code: Answerer.nsid, data: nsid))
            }
            return EDNS(payloadSize: UInt16(Answerer.payloadSize), dnssecOK: asked.dnssecOK, options: options)
        }
        if let octets = block.encoded(answer, explanation: explanation, room: room) { return octets }
        let failure = Response(to: query, .servFail, from: plugin).message
        return (try? failure.encoded(limit: room)) ?? []
    }

    static func flags(of octets: [UInt8]) -> MessageFlags {
        guard octets.count >= 4 else { return [] }
        return MessageFlags(rawValue: UInt16(octets[2]) << 8 | UInt16(octets[3])).intersection(.all)
    }
}
