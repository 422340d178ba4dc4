import AnswerTable
import CLDNS
import ClusterZone
import DNSWire
import ServiceRegistry
import Testing

/// Asks a table, with libldns reading along.
struct Asker: ~Copyable {
    var answerer: Answerer
    let out = UnsafeMutableRawPointer.allocate(byteCount: 70_000, alignment: 16)

    init(_ table: AnswerTable) { answerer = table.makeAnswerer()! }

    deinit { out.deallocate() }

    mutating func ask(_ name: DomainName, _ type: RecordType) throws -> Message {
        let bytes = try Message(query: name, type: type, id: 1).encoded()
        out.copyMemory(from: bytes, byteCount: bytes.count)
        answerer.beginBatch()
        let length = answerer.answer(out, length: bytes.count, over: .tcp).length
        answerer.goAway()
        var packet: UnsafeMutablePointer<ldns_pkt>?
        #expect(ldns_wire2pkt(&packet, out.assumingMemoryBound(to: UInt8.self), length) == LDNS_STATUS_OK)
        ldns_pkt_free(packet)
        return try Message(decoding: Array(UnsafeRawBufferPointer(start: out, count: length)))
    }
}

/// Zones made from objects, in a table that answers.
struct Served {
    let table = AnswerTable(capacity: 64 << 20)

    init(_ options: ClusterZoneOptions, _ objects: RegistryObject...) {
        var zones = RegistryZones(cluster: try! ClusterZone(options))
        let served = zones.cluster.origins.map { table.makeZone(origin: $0) }
        table.serve(served)
        zones.begin { _, change in table.apply(CollectionOfOne(change), to: served) }
        for object in objects {
            zones.apply([.put(object)], now: 1000) { _, change in table.apply(CollectionOfOne(change), to: served) }
        }
    }

    func ask(_ question: String, _ type: RecordType) throws -> Message {
        var asker = Asker(table)
        return try asker.ask(name(question), type)
    }

    /// The answer's records as text and sorted, or NODATA; behind NXDOMAIN where it says so.
    func answer(_ question: String, _ type: RecordType) throws -> [String] {
        let message = try ask(question, type)
        let records = message.answers.map { "\($0.data)" }.sorted()
        switch message.rcode {
        case .noError: return records.isEmpty ? ["NODATA"] : records
        case .nxDomain: return ["NXDOMAIN"] + records
        default: return ["\(message.rcode)"] + records
        }
    }
}
