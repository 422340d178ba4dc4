import AnswerTable
import Corefile
import DNSWire
import Glibc
import Synchronization

/// What upstreams answered, kept ready to be sent: one for each `cache` line of a Corefile. Many readers, which take no
/// lock; writers one at a time.
///
///     let cache = ResponseCache(settings: settings, epochs: epochs)
///     cache.store(response, for: question, dnssecOK: false, checkingDisabled: false, now: milliseconds)
///
///     let reader = cache.reader(counting: counters)       // one for each worker, which owns the counters
///     if let hit = reader.look(name, type: 1, dnssecOK: false, checkingDisabled: false, now: milliseconds) {
///         let written = hit.write(after: questionEnd, in: message, limit: 1232, turn: turn)
///     }
///
/// An answer is found by name, type, DO and CD, whatever the letters' case; there is one at a time for each. A newer answer
/// displaces the older one, only SERVFAIL and NOTIMP never displace what is still of use, be it stale.
///
/// Times are milliseconds of one clock that does not go backwards, the caller's.
package final class ResponseCache: @unchecked Sendable {
    let rules: CacheRules
    private let epochs: Epochs
    private let buckets: Buckets
    private let writer: Mutex<CacheWriter>

    /// - Parameters:
    ///   - settings: all names are kept where `zones` is empty.
    ///   - epochs: those that the readers announce themselves to.
    package init(settings: CacheSettings, epochs: Epochs) {
        let rules = CacheRules(settings)
        self.rules = rules
        self.epochs = epochs
        buckets = Buckets(entries: rules.success.capacity + rules.denial.capacity)
        writer = Mutex(CacheWriter(rules, buckets, epochs))
    }

    deinit {
        writer.withLock { $0.deallocate() }
        buckets.deallocate()
    }

    /// A reader, true as long as the cache and the counters are.
    package func reader(counting counters: CacheCounters) -> CacheReader {
        CacheReader(buckets: buckets, serving: rules.serving, counters: counters.numbers)
    }

    /// What became of a response.
    package struct Stored: Equatable, Sendable {
        package let isKept: Bool
        /// Seconds that CoreDNS gives all records of the first answer too; nil where the response is nothing to a cache, or
        /// the name is of no zone of this one.
        package let ttl: UInt32?

        static let ignored = Stored(isKept: false, ttl: nil)
    }

    /// Keeps a response, if it is one to be kept.
    /// - Parameters:
    ///   - response: as the upstream sent it, whatever it is. Who got none stores a SERVFAIL: for as long as SERVFAIL is
    ///     kept, a stale answer is then served without asking.
    ///   - question: what was asked; only questions of class IN are kept.
    @discardableResult
    package func store(
        _ response: Message, for question: Question, dnssecOK: Bool, checkingDisabled: Bool, now: Int
    ) -> Stored {
        guard question.recordClass == .in, rules.covers(question.name) else { return .ignored }
        guard response.flags.contains(.response), response.questions == [question] else {
            writer.withLock { $0.drops += 1 }
            return .ignored
        }
        let found = Classification(response, for: question, rules, time: UInt32(truncatingIfNeeded: time(nil)))
        let key = CacheKey(question, dnssecOK: dnssecOK, checkingDisabled: checkingDisabled, in: buckets)
        guard found.kind != .none else { return .ignored }
        // Made outside of the lock.
        let entry = entry(response, for: question, found, key, now: now)
        let isKept = writer.withLock { $0.put(entry, key, isFailure: found.kind == .failure, now: now) }
        return Stored(isKept: isKept, ttl: found.ttl)
    }

    /// The entry of a response; nil where it is not to be kept.
    private func entry(
        _ response: Message, for question: Question, _ found: Classification, _ key: CacheKey, now: Int
    ) -> CacheEntry? {
        let kind: CacheEntry.Kind = found.kind == .success ? .success : .denial
        guard found.ttl > 0, rules[kind].capacity > 0,
            !rules[kind].exceptions.contains(where: { question.name.isAtOrBelow($0) }),
            let entry = CacheEntry(response, for: question, key, ttl: found.ttl)
        else { return nil }
        entry.kind = kind
        let ttl = Int(found.ttl) * 1000
        entry.expires = now + ttl
        // A failure is never served stale.
        entry.until = entry.expires + (found.kind == .failure ? 0 : rules.staleSeconds * 1000)
        // CoreDNS: ceil(percentage / 100 * TTL).
        entry.prefetchFrom = entry.expires - (rules.prefetchPercentage * Int(found.ttl) + 99) / 100 * 1000
        return entry
    }

    /// The answer to a question as a message, for whoever is no worker: takes the writers' lock.
    ///
    /// The message has identifier 0 and the question as given; its records have the TTL that is left (0 where stale).
    /// - Parameter counting: false where a worker has looked, and counted, before.
    package func lookMessage(
        _ question: Question, dnssecOK: Bool, checkingDisabled: Bool, now: Int, counting: Bool = true
    ) -> (message: Message, state: Hit.State)? {
        guard question.recordClass == .in, rules.covers(question.name) else { return nil }
        let key = CacheKey(question, dnssecOK: dnssecOK, checkingDisabled: checkingDisabled, in: buckets)
        return writer.withLock { writer in
            let hit = key.find(in: buckets)?.hit(now: now, rules.serving)
            if counting { writer.counters.numbers.count(hit) }
            guard let hit, let message = try? hit.message(for: question) else { return nil }
            return (message, hit.state)
        }
    }

    /// Counts a stale answer that was given because the upstream, asked first, had none.
    package func countServedStale() {
        writer.withLock { $0.counters.numbers.add(1, at: .servedStale) }
    }

    /// Entries that have been taken out and wait for their readers.
    var retiredCount: Int { writer.withLock { $0.retiredCount } }

    /// The cache's numbers with those of its readers.
    package func statistics(of readers: [CacheCounters]) -> CacheStatistics {
        var statistics = writer.withLock { $0.statistics }
        for counters in readers { statistics.add(counters.numbers) }
        return statistics
    }
}
