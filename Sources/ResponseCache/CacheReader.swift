import AnswerTable
import Synchronization

/// One worker's side of a cache: plain addresses, true as long as the cache and the counters are; nobody counts
/// references, takes a lock or makes memory.
package struct CacheReader {
    let buckets: Buckets
    let serving: CacheRules.Serving
    let counters: CacheCounters.Numbers

    /// The answer to a question of class IN, fresh or stale; counts it.
    ///
    /// The worker has announced itself to the cache's epochs; it is the caller who knows whether the name is in the
    /// cache's zones.
    /// - Parameters:
    ///   - now: milliseconds of the clock that the answers were stored by.
    @inline(__always)
    package func look(
        _ name: borrowing FoldedName, type: UInt16, dnssecOK: Bool, checkingDisabled: Bool, now: Int
    ) -> Hit? {
        let question = CacheEntry.question(
            nameLength: name.length, type: type, dnssecOK: dnssecOK, checkingDisabled: checkingDisabled)
        let hash = buckets.hash(name.words, length: name.length, question: question)
        let hit = buckets.find(hash: hash, name.words, question: question)?.hit(now: now, serving)
        counters.count(hit)
        return hit
    }
}

extension CacheCounters.Numbers {
    /// Counts what was found.
    @inline(__always)
    func count(_ hit: Hit?) {
        add(1, at: .requests)
        guard let hit else { return add(1, at: .misses) }
        add(1, at: hit.entry.kind == .success ? .successHits : .denialHits)
        if hit.state == .fresh { return }
        if hit.state.wantsRefresh { add(1, at: .prefetches) }
        if hit.state == .stale || hit.state == .staleButRefresh { add(1, at: .servedStale) }
    }
}

extension CacheEntry {
    /// The entry as it is to be served at a time; nil where it is too old.
    @inline(__always)
    func hit(now: Int, _ serving: CacheRules.Serving) -> Hit? {
        let left = expires &- now
        guard left > 0 else { return staleHit(now: now, serving) }
        if isUsed.pointee.load(ordering: .relaxed) == 0 { isUsed.pointee.store(1, ordering: .relaxed) }
        let state: Hit.State =
            serving.prefetchAmount > 0 && isWorthPrefetch(now: now, serving) ? .freshButPrefetch : .fresh
        // A worker's clock may be a second behind the one that it was kept by.
        let ttl =
            serving.keepsTTL
            ? self.ttl : UInt32(truncatingIfNeeded: min((left &+ 999) / 1000, Int(self.ttl)))
        return Hit(entry: self, state: state, ttl: ttl)
    }

    /// Counts the hit. Several readers may count at once and lose one: it is a measure, not a sum.
    /// (CoreDNS plugin/cache/freq, shouldPrefetch.)
    @inline(never)
    private func isWorthPrefetch(now: Int, _ serving: CacheRules.Serving) -> Bool {
        let last = lastHit.pointee.load(ordering: .relaxed)
        let before = last < now &- serving.prefetchWindow ? 0 : hits.pointee.load(ordering: .relaxed)
        let count = before == .max ? before : before &+ 1
        lastHit.pointee.store(now, ordering: .relaxed)
        hits.pointee.store(count, ordering: .relaxed)
        return count >= serving.prefetchAmount && now >= prefetchFrom && takeRefresh(now: now)
    }

    @inline(never)
    private func staleHit(now: Int, _ serving: CacheRules.Serving) -> Hit? {
        guard now < until else { return nil }
        isUsed.pointee.store(1, ordering: .relaxed)
        let state: Hit.State
        if serving.verifiesStale {
            state = now >= refreshFrom.pointee.load(ordering: .relaxed) ? .staleUnverified : .stale
        } else {
            state = takeRefresh(now: now) ? .staleButRefresh : .stale
        }
        return Hit(entry: self, state: state, ttl: 0)
    }

    /// Whether this reader is the one who asks again: about one a second, until there is a new answer.
    private func takeRefresh(now: Int) -> Bool {
        guard now >= refreshFrom.pointee.load(ordering: .relaxed) else { return false }
        refreshFrom.pointee.store(now &+ 1000, ordering: .relaxed)
        return true
    }
}
