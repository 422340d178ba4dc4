import AnswerTable
import Corefile
import DNSWire
import NetworkAddress

@testable import ResponseCache

func name(_ text: String) -> DomainName { try! DomainName(text) }

func question(_ text: String, _ type: RecordType = .a) -> Question { Question(name: name(text), type: type) }

func record(_ owner: String, _ ttl: UInt32, _ data: RecordData) -> ResourceRecord {
    ResourceRecord(owner: name(owner), ttl: ttl, data: data)
}

func address(_ owner: String, _ ttl: UInt32, _ number: UInt32) -> ResourceRecord {
    record(owner, ttl, .address(IPAddress(v4: number)))
}

func soa(_ owner: String, _ ttl: UInt32, minimum: UInt32) -> ResourceRecord {
    let zone = owner == "." ? "" : owner
    let data = StartOfAuthority(
        primary: name("ns.\(zone)"), mailbox: name("host.\(zone)"), serial: 1, refresh: 2, retry: 3, expire: 4,
        minimum: minimum)
    return record(owner, ttl, .soa(data))
}

/// A response of a recursive upstream.
func response(
    _ question: Question, _ rcode: ResponseCode = .noError, _ answers: [ResourceRecord] = [],
    authorities: [ResourceRecord] = [], additionals: [ResourceRecord] = [], edns: EDNS? = nil,
    flags: MessageFlags = [.response, .recursionDesired, .recursionAvailable]
) -> Message {
    Message(
        id: 99, flags: flags, rcode: rcode, questions: [question], answers: answers, authorities: authorities,
        additionals: additionals, edns: edns)
}

/// A cache with one worker that looks into it.
final class Bench {
    let epochs = Epochs()
    let cache: ResponseCache
    let counters = CacheCounters()
    private let place: Epochs.Reader
    private let reader: CacheReader
    private var folded = FoldedName(key: NameHash.Key())

    init(_ change: (inout CacheSettings) -> Void = { _ in }) {
        var settings = CacheSettings()
        change(&settings)
        cache = ResponseCache(settings: settings, epochs: epochs)
        reader = cache.reader(counting: counters)
        place = epochs.register()!
    }

    deinit {
        epochs.unregister(place)
        folded.deallocate()
    }

    @discardableResult
    func store(_ response: Message, now: Int, dnssecOK: Bool = false) -> ResponseCache.Stored {
        cache.store(response, for: response.questions[0], dnssecOK: dnssecOK, checkingDisabled: false, now: now * 1000)
    }

    /// The worker's look, begun with an announcement as a batch is.
    func look(_ question: Question, now: Int, dnssecOK: Bool = false, checkingDisabled: Bool = false) -> Hit? {
        place.announce()
        let octets = question.name.wire + Array(repeating: 0xAA, count: 32)
        guard octets.withUnsafeBytes({ folded.read($0.baseAddress!, available: question.name.wire.count) }) else {
            return nil
        }
        return reader.look(
            folded, type: question.type.rawValue, dnssecOK: dnssecOK, checkingDisabled: checkingDisabled,
            now: now * 1000)
    }

    /// What a worker would send.
    func answer(_ question: Question, now: Int, limit: Int = 65535, turn: UInt32 = 0) -> Message? {
        look(question, now: now).map { answer($0, question, limit: limit, turn: turn).message }
    }

    func answer(
        _ hit: Hit, _ question: Question, limit: Int, turn: UInt32 = 0
    ) -> (message: Message, written: Hit.Written) {
        var octets = try! Message(id: 0, flags: .response, questions: [question]).encoded()
        let end = octets.count
        // Behind the limit nothing may be written.
        octets += Array(repeating: 0x55, count: max(limit - end, 0) + 64)
        let written = octets.withUnsafeMutableBytes {
            hit.write(after: end, in: $0.baseAddress!, limit: limit, turn: turn)
        }
        precondition(octets[max(limit, end)...].allSatisfy { $0 == 0x55 }, "written behind the limit")
        let counts = withUnsafeBytes(of: written.counts.bigEndian, Array.init)
        octets.replaceSubrange(6..<12, with: counts[2...])
        octets.removeSubrange(written.end...)
        var message = try! Message(decoding: octets)
        message.rcode = ResponseCode(rawValue: hit.rcode)
        if written.isTruncated { message.flags.insert(.truncated) }
        return (message, written)
    }

    var statistics: CacheStatistics { cache.statistics(of: [counters]) }
}

extension Message {
    /// With the same TTL in all records.
    func withTTL(_ ttl: UInt32) -> Message {
        var message = self
        func all(_ records: [ResourceRecord]) -> [ResourceRecord] {
            records.map { ResourceRecord(owner: $0.owner, ttl: ttl, recordClass: $0.recordClass, data: $0.data) }
        }
        message.answers = all(answers)
        message.authorities = all(authorities)
        message.additionals = all(additionals)
        return message
    }
}
