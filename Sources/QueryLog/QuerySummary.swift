import DNSWire

/// What went through a server in some time: rates, response codes, times, wasted tries, who asks most and for what.
/// Memory is bounded whatever it is given.
package struct QuerySummary: Sendable {
    package private(set) var queries = 0
    package private(set) var rcodes: [ResponseCode: Int] = [:]
    package private(set) var latency = LatencySketch()
    package private(set) var streams = 0
    package private(set) var truncated = 0
    /// Answers that were not seen.
    package var dropped = 0
    /// Tries that ended in an absolute name.
    package private(set) var wasted = 0
    private var searches: [Search: (lookups: Int, queries: Int)] = [:]
    private var topSearches = TopSketch<Search>()
    private var clients = TopSketch<String>()
    private var names = TopSketch<String>()
    private var lists = SearchLists()
    private var retransmits = Retransmits()
    /// Times of the first and the last, nanoseconds since 1970.
    package private(set) var times: ClosedRange<Int64>?

    /// Who looked for a name by a search list.
    private struct Search: Hashable, Comparable, Sendable {
        var client: String
        var name: String

        static func < (a: Search, b: Search) -> Bool { (a.client, a.name) < (b.client, b.name) }
    }

    package init() {}

    package mutating func add(_ record: QueryRecord) {
        queries += 1
        if record.size > 0 { rcodes[record.rcode, default: 0] += 1 }
        latency.add(record.duration)
        if record.isStream { streams += 1 }
        if record.flags.contains(.truncated) { truncated += 1 }
        clients.add(record.clientName)
        if record.question != nil { names.add(record.nameText) }
        retransmits.note(record)
        if record.time > 0 {
            times =
                times.map { min($0.lowerBound, record.time)...max($0.upperBound, record.time) }
                ?? record.time...record.time
        }
        guard let finished = lists.note(record).finished else { return }
        wasted += finished.queries - 1
        note(
            Search(client: record.pod.map(QuerySummary.workload(ofPod:)) ?? record.clientName, name: finished.name),
            finished)
    }

    private mutating func note(_ search: Search, _ finished: SearchLists.Finished) {
        topSearches.add(search, finished.queries - 1)
        var counts = searches[search] ?? (0, 0)
        counts.lookups += 1
        counts.queries += finished.queries
        searches[search] = counts
        guard searches.count > 2 * topSearches.capacity else { return }
        let kept = Set(topSearches.top(topSearches.capacity).map(\.value))
        searches = searches.filter { kept.contains($0.key) }
    }

    /// Counts from 0 again; lookups and queries that may go on are remembered.
    package mutating func restart() {
        var next = QuerySummary()
        next.lists = lists
        next.retransmits = retransmits
        next.retransmits.restart()
        self = next
    }

    package var retransmitted: (count: Int, afterTimeout: Int) { (retransmits.count, retransmits.afterTimeout) }

    package func topClients(_ number: Int) -> [(value: String, count: Int)] { clients.top(number) }

    package func topNames(_ number: Int) -> [(value: String, count: Int)] { names.top(number) }

    /// Who wastes most tries, for which name, and how many names a lookup took.
    package func topSearches(_ number: Int) -> [(client: String, name: String, perLookup: Int)] {
        topSearches.top(number).map { search, _ in
            let counts = searches[search] ?? (1, 1)
            return (search.client, search.name, Int((Double(counts.queries) / Double(counts.lookups)).rounded()))
        }
    }

    /// `shop/web-7d4b9c6f5-x2x9z` and `shop/web-0` are `shop/web`: the names that a Deployment, a DaemonSet and a
    /// StatefulSet give their Pods.
    package static func workload(ofPod pod: String) -> String {
        var parts = pod.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.last else { return pod }
        if !last.isEmpty, last.allSatisfy(\.isNumber) {
            parts.removeLast()
        } else if isGenerated(last, length: 5...5) {
            parts.removeLast()
            if parts.count > 1, isGenerated(parts[parts.count - 1], length: 8...10) { parts.removeLast() }
        }
        return parts.joined(separator: "-")
    }

    /// Of the letters that Kubernetes makes names from (apimachinery pkg/util/rand).
    private static func isGenerated(_ text: Substring, length: ClosedRange<Int>) -> Bool {
        length.contains(text.utf8.count) && text.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) }
    }
}
