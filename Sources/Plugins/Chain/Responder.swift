import AnswerTable
import CLinux
import DNSWire
import Glibc
import QueryLog

/// Answers queries for a worker: in their place where that takes no waiting, else through the late lane.
///
/// Nothing here takes a lock, makes memory or counts a reference for a question that is answered in place by plugins that
/// do not either.
package struct Responder: ~Copyable {
    /// A worker may call `beginDirectly` by itself, then `goOn`.
    package var answerer: Answerer
    private let slot: Unmanaged<Slot<Plan>>
    private let lane: Unmanaged<LateLane>
    private let returns: any AnswerReturn
    package let worker: Int
    private var view: Unmanaged<View>?
    /// Of the batch's view: who answers directly, who counts it, and which answers somebody sees.
    private var direct: Unmanaged<Block>?
    package private(set) var directCounters: Unmanaged<QueryCounters>?
    /// Answers of `beginDirectly` with other response codes than these, a bit each, are counted by `directCounters`, and
    /// nothing else is to be done with them.
    package private(set) var directSeen = UInt32.max
    let tap: AnswerTap.Writer
    /// All ones while somebody taps, as of the batch's beginning: then every answer is seen.
    private var tapped: UInt32 = 0
    private(set) var origin: Origin

    // What became of the last query.
    /// Where it is counted; nil where it is not: no query, or one that an answer comes to later.
    package private(set) var counters: Unmanaged<QueryCounters>?
    package private(set) var plugin = PluginName.none
    /// An answer comes to it later, and whoever brings it counts it.
    package private(set) var isLate = false

    /// - Parameters:
    ///   - slot, lane: must outlive the responder, as what `tap` belongs to.
    ///   - returns: the worker itself, for answers that come later.
    package init(
        answerer: consuming Answerer, slot: Slot<Plan>, lane: LateLane, returns: any AnswerReturn, worker: Int,
        tap: AnswerTap.Writer
    ) {
        self.answerer = answerer
        self.slot = .passUnretained(slot)
        self.lane = .passUnretained(lane)
        self.returns = returns
        self.worker = worker
        self.tap = tap
        origin = Origin(
            peer: UnsafeRawPointer(Unmanaged.passUnretained(slot).toOpaque()), header: nil,
            place: ReturnPlace(number: 0, serial: 0, isStream: false), began: 0, worker: worker)
    }

    /// Call before each batch of queries of one listener.
    /// - Parameters:
    ///   - place: where late answers of the batch go.
    ///   - now: nanoseconds.
    package mutating func beginBatch(listener: Int, place: ReturnPlace, now: Int64) {
        answerer.beginBatch()
        origin = Origin(peer: origin.peer, header: nil, place: place, began: now, worker: worker)
        view = slot._withUnsafeGuaranteedRef { $0.load() }._withUnsafeGuaranteedRef { $0.view(ofListener: listener) }
        directSeen = .max
        tapped = tap.mask
        guard let view else {
            // Nobody listens there any more.
            return answerer.use(
                directTag: ZoneSet.nobody, directZones: nil, recurses: false,
                largestDatagram: Answerer.largestDatagram)
        }
        let worker = worker
        let block = view._withUnsafeGuaranteedRef { Unmanaged.passUnretained($0.direct) }
        direct = block
        directCounters = block._withUnsafeGuaranteedRef { $0.counters(ofWorker: worker) }
        directSeen = block._withUnsafeGuaranteedRef { $0.seenRcodes } | tapped
        view._withUnsafeGuaranteedRef { view in
            answerer.use(
                directTag: view.directTag, directZones: view.directZones, recurses: view.direct.recurses,
                largestDatagram: view.largestDatagram)
        }
    }

    /// Call before blocking.
    package mutating func goAway() {
        answerer.goAway()
        view = nil
    }

    /// Answers one query in its place, see `Answerer.begin`.
    /// - Parameters:
    ///   - peer: a `sockaddr_storage`.
    ///   - header: with what the kernel told of the address that the datagram came to.
    /// - Returns: of length 0 where nothing is to be sent now.
    package mutating func answer(
        _ message: UnsafeMutableRawPointer, length: Int, over transport: Transport, from peer: UnsafeRawPointer,
        _ header: UnsafePointer<msghdr>?
    ) -> Answerer.Reply {
        goOn(answerer.beginDirectly(message, length: length, over: transport), length: length, from: peer, header)
    }

    /// What is left to do where `beginDirectly` said `reply`.
    package mutating func goOn(
        _ reply: Answerer.Reply, length: Int, from peer: UnsafeRawPointer, _ header: UnsafePointer<msghdr>?
    ) -> Answerer.Reply {
        guard let view, let direct, reply.length >= 0 else { return ignore() }
        origin.peer = peer
        origin.header = header
        return reply.length > 0
            ? note(reply, direct, .kubernetes, size: length) : answerThroughBlock(view, size: length)
    }

    private mutating func ignore() -> Answerer.Reply {
        counters = nil
        isLate = false
        return .none
    }

    @inline(never)
    private mutating func answerThroughBlock(_ view: Unmanaged<View>, size: Int) -> Answerer.Reply {
        let fault = answerer.fault
        if fault.rawValue != Rcode.none.rawValue {
            let isChaos =
                fault.rawValue == Rcode.refused.rawValue && answerer.isChaos
                && view._withUnsafeGuaranteedRef { $0.takesChaos }
            guard isChaos else {
                let nobody = view._withUnsafeGuaranteedRef { Unmanaged.passUnretained($0.nobody) }
                return note(answerer.refuse(fault), nobody, .none, size: size)
            }
        }
        let block = view._withUnsafeGuaranteedRef { $0.block(for: &answerer) }
        block._withUnsafeGuaranteedRef { block in
            answerer.enter(recurses: block.recurses, largestDatagram: block.largestDatagram)
        }
        let stop = block._withUnsafeGuaranteedRef { $0.answer(&answerer, origin) }
        if answerer.asksForNSID(), let nsid = block._withUnsafeGuaranteedRef({ $0.nsid }),
            case .answered(let rcode) = stop.verdict
        {
            let reply = answerer.append(option: Answerer.nsid, nsid, to: answerer.finish(rcode))
            return note(reply, block, stop.plugin, size: size)
        }
        switch stop.verdict {
        case .answered(let rcode): return note(answerer.finish(rcode), block, stop.plugin, size: size)
        case .refused(let rcode): return note(answerer.refuse(rcode), block, stop.plugin, size: size)
        case .next:
            let reply =
                block._withUnsafeGuaranteedRef { $0.explains }
                ? answerer.refuse(answerer.outside, Block.unknownName) : answerer.refuse(answerer.outside)
            return note(reply, block, .none, size: size)
        case .dropped:
            if tapped != 0 { tell(.none, stop.plugin, size: size) }
            return ignore()
        case .elsewhere: return leave(view, block, stop.index, size: size)
        case .answeredForNow(let rcode):
            _ = take(view, block, stop.index, size: size, isRefresh: true)
            return note(answerer.finish(rcode), block, stop.plugin, size: size)
        }
    }

    /// Hands the question to the late lane.
    @inline(never)
    private mutating func leave(
        _ view: Unmanaged<View>, _ block: Unmanaged<Block>, _ index: Int, size: Int
    ) -> Answerer.Reply {
        if let reply = respond(view, block, index, size: size) { return reply }
        if take(view, block, index, size: size, isRefresh: false) {
            counters = nil
            isLate = true
            return .none
        }
        return note(answerer.refuse(.servFail), block, .none, size: size)
    }

    /// Has the plugin answer on this thread, if it can: that takes memory, and no waiting.
    private mutating func respond(
        _ view: Unmanaged<View>, _ block: Unmanaged<Block>, _ index: Int, size: Int
    ) -> Answerer.Reply? {
        let owned = block.takeUnretainedValue()
        let step = owned.chain.steps[index]
        guard step.respondsAtOnce, let query = try? Message(decoding: answerer.copy()), query.questions.count == 1
        else { return nil }
        let exchange = Exchange(
            query: query, client: origin.client, block: owned, view: view.takeUnretainedValue(),
            deadline: .now + LateLane.patience)
        guard let response = step.respond(to: exchange) else { return nil }
        let octets = response.octets(to: query, room: answerer.room, owned)
        guard !octets.isEmpty else { return nil }
        return note(answerer.put(octets), block, response.plugin, size: size, fault: response.fault)
    }

    @inline(never)
    private mutating func take(
        _ view: Unmanaged<View>, _ block: Unmanaged<Block>, _ index: Int, size: Int, isRefresh: Bool
    ) -> Bool {
        let late = LateQuery(
            octets: answerer.copy(), size: size, room: answerer.room,
            block: block.takeUnretainedValue(), view: view.takeUnretainedValue(), first: index, origin: origin,
            counters: block._withUnsafeGuaranteedRef { $0.counters(ofWorker: worker) }.takeUnretainedValue(),
            returns: isRefresh ? nil : returns)
        return lane._withUnsafeGuaranteedRef { $0.take(late) }
    }

    @inline(__always)
    private mutating func note(
        _ reply: Answerer.Reply, _ block: Unmanaged<Block>, _ plugin: PluginName, size: Int, fault: String? = nil
    ) -> Answerer.Reply {
        let seen = block._withUnsafeGuaranteedRef { $0.seenRcodes } | tapped
        if fault != nil || seen &>> UInt32(reply.rcode & 31) & 1 != 0 {
            observe(reply, block, plugin, size: size, fault: fault)
        }
        let worker = worker
        counters = block._withUnsafeGuaranteedRef { $0.counters(ofWorker: worker) }
        self.plugin = plugin
        return reply
    }

    @inline(never)
    private mutating func observe(
        _ reply: Answerer.Reply, _ block: Unmanaged<Block>, _ plugin: PluginName, size: Int, fault: String?
    ) {
        if tapped != 0 { tell(reply, plugin, size: size) }
        let seen = block._withUnsafeGuaranteedRef { $0.seenRcodes }
        guard fault != nil || seen &>> UInt32(reply.rcode & 31) & 1 != 0 else { return }
        let (id, flags) = answerer.header
        let counts = answerer.sections
        block.takeUnretainedValue().observer?.saw(
            SeenAnswer(
                client: origin.client, id: id, opcode: UInt8(flags >> 11 & 15), question: answerer.question,
                querySize: size, wantsDNSSEC: reply.wantsDNSSEC, payloadSize: answerer.room,
                rcode: ResponseCode(rawValue: reply.rcode),
                flags: MessageFlags(rawValue: flags).intersection(.all), answerSize: reply.length,
                answerCount: counts.answers, authorityCount: counts.authorities,
                duration: UInt64(max(0, clinux_nanoseconds() - origin.began)), plugin: plugin, fault: fault))
    }
}
