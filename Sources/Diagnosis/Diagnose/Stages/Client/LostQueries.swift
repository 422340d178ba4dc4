import DNSWire
import NetworkAddress
import QueryLog

/// What a query log tells of packets that were lost on the way: resolver libraries wait 5 s (resolv.conf's timeout)
/// before they send a question again.
struct LostQueries: Sendable {
    /// Who asked and what: the same again is the same packet sent again.
    struct Key: Hashable, Sendable {
        var client: IPAddress
        var port: UInt16
        var id: UInt16
        var name: DomainName
        var type: RecordType
    }

    struct Case: Hashable, Sendable {
        var key: Key
        /// Seconds between the two; nil where the log has no times.
        var gap: Double?
        /// The log's line of the later one, from 1.
        var line: Int
        /// Only the question for the other family had come before: this one was lost.
        var wasAlone: Bool
    }

    private(set) var cases: [Case] = []
    /// How many each client sent.
    private(set) var queries: [IPAddress: Int] = [:]
    private(set) var hasTimes = false

    static let gaps = 4.5...5.5
    private static let others: [RecordType: RecordType] = [.a: .aaaa, .aaaa: .a]

    private struct Lookup: Hashable {
        var client: IPAddress
        var name: DomainName
        var type: RecordType
    }

    private struct Seen {
        var time: Double
        var hasOther: Bool
        /// When it had come alone about 5 s before.
        var aloneBefore: Double?
    }

    init(log: String) {
        var last: [Key: Double?] = [:]
        var seen: [Lookup: Seen] = [:]
        for (index, line) in log.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let record = QueryRecord(line: line), let question = record.question else { continue }
            let key = Key(
                client: record.client, port: record.port, id: record.id, name: question.name, type: question.type)
            // When it was asked, not when it was answered.
            let moment = record.time == 0 ? nil : Double(record.time - record.duration) * 1e-9
            queries[record.client, default: 0] += 1
            hasTimes = hasTimes || moment != nil
            let before = last.updateValue(moment, forKey: key)
            var isAgain = false
            if let before {
                let gap = before.flatMap { before in moment.map { $0 - before } }
                isAgain = gap.map(LostQueries.gaps.contains) ?? (moment == nil && before == nil)
                if isAgain { cases.append(Case(key: key, gap: gap, line: index + 1, wasAlone: false)) }
            }
            guard let time = moment, let other = LostQueries.others[key.type] else { continue }
            let own = Lookup(client: key.client, name: key.name, type: key.type)
            let its = Lookup(client: key.client, name: key.name, type: other)
            func isLate(_ first: Double?) -> Bool { first.map { LostQueries.gaps.contains(time - $0) } ?? false }
            let pair = seen[its]
            let hasOther = pair.map { abs(time - $0.time) < 1 } ?? false
            // The other family came alone, then nothing of this one for 5 s: by then the other may have been sent again.
            let alone = pair.flatMap { hasOther ? $0.aloneBefore : $0.hasOther ? nil : $0.time }
            let isNew = seen[own].map { time - $0.time > LostQueries.gaps.upperBound } ?? true
            if isLate(alone), isNew, !isAgain {
                cases.append(Case(key: key, gap: alone.map { time - $0 }, line: index + 1, wasAlone: true))
            }
            if hasOther { seen[its]?.hasOther = true }
            let last = seen[own].flatMap { $0.hasOther ? nil : $0.time }
            seen[own] = Seen(time: time, hasOther: hasOther, aloneBefore: isLate(last) ? last : nil)
        }
    }

    /// What concerns some clients alone.
    func only(_ clients: Set<IPAddress>) -> LostQueries {
        var part = self
        part.cases.removeAll { !clients.contains($0.key.client) }
        part.queries = queries.filter { clients.contains($0.key) }
        return part
    }

    var queryCount: Int { queries.values.reduce(0, +) }
}
