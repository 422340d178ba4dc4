import AnswerTable
import Synchronization

/// The writers' side of a cache, one at a time: what comes in, what makes room for it, and what is free again when its
/// readers have passed.
struct CacheWriter: Sendable {
    private var success: EntryStore
    private var denial: EntryStore
    private let rules: CacheRules
    private let buckets: Buckets
    private let epochs: Epochs
    /// What readers may still see, oldest first, with the epoch in which it is free.
    private var retired: [(epoch: UInt64, entry: CacheEntry)] = []
    private var retiredOctets = 0
    /// What has been taken out in the change under way.
    private var leaving: [CacheEntry] = []
    private var evictions = (success: 0, denial: 0)
    /// Responses that did not fit their question.
    var drops = 0
    /// Of those who look under the lock.
    let counters = CacheCounters()

    /// Entries past their time that one change takes out, besides what it needs itself.
    private static let mostExpired = 64
    /// Octets that wait for a reader to pass, at most: then nothing comes in until it has.
    private static let mostRetired = 16 << 20

    init(_ rules: CacheRules, _ buckets: Buckets, _ epochs: Epochs) {
        self.rules = rules
        self.buckets = buckets
        self.epochs = epochs
        success = EntryStore(rules.success)
        denial = EntryStore(rules.denial)
    }

    /// When nobody looks any more.
    mutating func deallocate() {
        buckets.forEach { $0.deallocate() }
        for (_, entry) in retired { entry.deallocate() }
        retired = []
    }

    var statistics: CacheStatistics {
        var statistics = CacheStatistics()
        statistics.success.entries = success.count
        statistics.success.octets = success.octets
        statistics.success.evictions = evictions.success
        statistics.denial.entries = denial.count
        statistics.denial.octets = denial.octets
        statistics.denial.evictions = evictions.denial
        statistics.drops = drops
        statistics.add(counters.numbers)
        return statistics
    }

    /// Entries that wait for their readers.
    var retiredCount: Int { retired.count }

    /// Puts the newest answer to a question in the place of the one before.
    /// - Parameter entry: nil where there is an answer that is not to be kept: the one before is not true any more, unless
    ///   the answer is a failure.
    /// - Returns: whether it is kept.
    mutating func put(_ entry: CacheEntry?, _ key: CacheKey, isFailure: Bool, now: Int) -> Bool {
        defer { retire() }
        takeOutExpired(now: now)
        let old = key.find(in: buckets)
        if isFailure, let old, !old.isFailure, now < old.until {
            // Good data is better than none; whoever wants it fresh waits for as long as the failure would be kept.
            old.refreshFrom.pointee.store(now + Int(rules.servfailTTL) * 1000, ordering: .relaxed)
            entry?.deallocate()
            return false
        }
        guard let entry, couldHold(entry) else {
            entry?.deallocate()
            if let old, !isFailure { takeOut(old) }
            return false
        }
        if let old {
            entry.isUsed.pointee.store(old.isUsed.pointee.load(ordering: .relaxed), ordering: .relaxed)
            if now < old.expires {
                // CoreDNS: what was fetched ahead of time is as popular as before.
                entry.hits.pointee.store(old.hits.pointee.load(ordering: .relaxed), ordering: .relaxed)
                entry.lastHit.pointee.store(old.lastHit.pointee.load(ordering: .relaxed), ordering: .relaxed)
            }
            update(old.kind) { $0.remove(old) }
        }
        makeRoom(for: entry, now: now)
        update(entry.kind) { $0.insert(entry) }
        // Readers find the new one before the old one is gone.
        buckets.insert(entry)
        if let old {
            buckets.remove(old)
            leaving.append(old)
        }
        return true
    }

    private func couldHold(_ entry: CacheEntry) -> Bool {
        retiredOctets < CacheWriter.mostRetired
            && (entry.kind == .success ? success : denial).couldHold(entry.size)
    }

    private mutating func update(_ kind: CacheEntry.Kind, _ body: (inout EntryStore) -> Void) {
        if kind == .success { body(&success) } else { body(&denial) }
    }

    /// Takes entries out until there is room: those past their time first, then those that nobody looks at.
    private mutating func makeRoom(for entry: CacheEntry, now: Int) {
        if entry.kind == .success {
            while !success.hasRoom(entry.size) {
                let victim = success.firstExpired(now: now) ?? success.victim()
                if victim.until > now { evictions.success += 1 }
                takeOut(victim)
            }
        } else {
            while !denial.hasRoom(entry.size) {
                let victim = denial.firstExpired(now: now) ?? denial.victim()
                if victim.until > now { evictions.denial += 1 }
                takeOut(victim)
            }
        }
    }

    private mutating func takeOutExpired(now: Int) {
        for _ in 0..<CacheWriter.mostExpired {
            guard let entry = success.firstExpired(now: now) ?? denial.firstExpired(now: now) else { return }
            takeOut(entry)
        }
    }

    private mutating func takeOut(_ entry: CacheEntry) {
        update(entry.kind) { $0.remove(entry) }
        buckets.remove(entry)
        leaving.append(entry)
    }

    /// Hands what was taken out to the readers' pace, and frees what they have passed.
    private mutating func retire() {
        if !leaving.isEmpty {
            let epoch = epochs.advance()
            for entry in leaving {
                retired.append((epoch, entry))
                retiredOctets += entry.size
            }
            leaving.removeAll(keepingCapacity: true)
        }
        guard !retired.isEmpty else { return }
        let passed = epochs.passed()
        let free = retired.prefix { $0.epoch <= passed }
        for (_, entry) in free {
            retiredOctets -= entry.size
            entry.deallocate()
        }
        retired.removeFirst(free.count)
    }
}
