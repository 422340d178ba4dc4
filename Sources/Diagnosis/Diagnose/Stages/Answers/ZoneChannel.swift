import AnswerTable
import ClusterZone
import DNSWire
import ServiceRegistry

/// Answers as a server does that has just these objects: the same zones, table and answers, in this process. Whatever
/// server is named, this one answers.
struct ZoneChannel: QueryChannel {
    private let table: AnswerTable

    /// Octets of address space for the names of a few Services.
    private static let capacity = 256 << 20

    /// - Throws: `WireError` where the domain leaves no room for names below it.
    init(_ events: [RegistryEvent], domain: DomainName, _ exposure: Exposure) throws(WireError) {
        var options = ClusterZoneOptions(domain: domain, pods: exposure.pods)
        options.ignoresEndpoints = exposure.ignoresEndpoints
        options.ignoresEmptyServices = exposure.ignoresEmptyServices
        var zones = RegistryZones(cluster: try ClusterZone(options))
        table = AnswerTable(capacity: ZoneChannel.capacity)
        let served = zones.cluster.origins.map { [table] in table.makeZone(origin: $0) }
        table.serve(served)
        zones.begin { [table] _, change in table.apply(CollectionOfOne(change), to: served) }
        zones.apply(events, now: 1) { [table] _, change in table.apply(CollectionOfOne(change), to: served) }
    }

    func exchange(
        _ name: DomainName, _ type: RecordType, with server: ServerAddress, options: TransportOptions
    ) throws(ExchangeFailure) -> Reply {
        let start = ContinuousClock.now
        let edns = options.payloadSize.map { EDNS(payloadSize: $0) }
        let query = Message(query: name, type: type, edns: edns)
        var reply = try answer(query, over: options.tcp ? .tcp : .udp, since: start)
        // RFC 7766 5: what was cut is asked for over TCP.
        if reply.message.flags.contains(.truncated) {
            reply = try answer(query, over: .tcp, since: start)
            reply.wasTruncated = true
        }
        return reply
    }

    func answer(
        _ query: Message, over transport: Transport, since start: ContinuousClock.Instant
    ) throws(ExchangeFailure) -> Reply {
        guard var answerer = table.makeAnswerer() else { throw .unreachable("too many readers of the answer table") }
        do {
            let octets = try query.encoded()
            let room = Answerer.largestMessage + Answerer.padding
            let message = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 16)
            defer { message.deallocate() }
            message.initializeMemory(as: UInt8.self, repeating: 0, count: room)
            message.copyMemory(from: octets, byteCount: octets.count)
            answerer.beginBatch()
            let length = answerer.answer(message, length: octets.count, over: transport).length
            answerer.goAway()
            return Reply(
                message: try Message(decoding: UnsafeRawBufferPointer(start: message, count: length)),
                transport: transport == .tcp ? .tcp : .udp, size: length, roundTrip: ContinuousClock.now - start)
        } catch {
            throw .malformed("\(error)")
        }
    }
}
