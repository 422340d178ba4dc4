import HeapModule

/// What comes most often, in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi 2005).
///
/// A count is never too low, and too high by at most the number of all values divided by the capacity. What makes up more
/// than that share of them is certainly in it.
package struct TopSketch<Value: Hashable & Comparable & Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        var count: Int
        var value: Value

        static func < (a: Entry, b: Entry) -> Bool { a.count < b.count }
        static func == (a: Entry, b: Entry) -> Bool { a.count == b.count }
    }

    package let capacity: Int
    private var counts: [Value: Int] = [:]
    /// Each value once, with a count that it had at some time: the true one may be higher.
    private var least = Heap<Entry>()

    package init(capacity: Int = 512) { self.capacity = capacity }

    package mutating func add(_ value: Value, _ times: Int = 1) {
        if let count = counts[value] {
            counts[value] = count + times
            return
        }
        var count = times
        if counts.count == capacity { count += evict() }
        counts[value] = count
        least.insert(Entry(count: count, value: value))
    }

    /// Takes out the value that came least often.
    /// - Returns: its count, which the new one inherits.
    private mutating func evict() -> Int {
        while var entry = least.popMin() {
            let count = counts[entry.value] ?? entry.count
            if count == entry.count {
                counts[entry.value] = nil
                return count
            }
            entry.count = count
            least.insert(entry)
        }
        return 0
    }

    /// The most frequent values, equal ones in their own order.
    package func top(_ number: Int) -> [(value: Value, count: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(number).map { ($0.key, $0.value) }
    }

    package var isEmpty: Bool { counts.isEmpty }
}
