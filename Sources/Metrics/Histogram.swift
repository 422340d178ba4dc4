/// Observations counted in buckets.
package struct Histogram: Sendable, Equatable {
    /// Upper bounds, ascending, in the metric's unit.
    package let bounds: [Double]
    /// Observations in each bucket, not added up; one more than there are bounds, for what is above the last.
    package private(set) var counts: [Int]
    /// Of all observations.
    package private(set) var sum = 0.0

    /// Nothing observed.
    package init(_ buckets: Buckets) {
        bounds = buckets.bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// What was counted elsewhere.
    /// - Parameters:
    ///   - counts: a number for each bucket, one more than there are bounds.
    ///   - sum: in the metric's unit.
    package init(_ buckets: Buckets, counts: [Int], sum: Double) {
        precondition(counts.count == buckets.bounds.count + 1, "a count for each bucket and one for what is above")
        bounds = buckets.bounds
        self.counts = counts
        self.sum = sum
    }

    package var count: Int { counts.reduce(0, +) }

    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Bounds that dashboards and alerts know.
    package struct Buckets: Sendable, Equatable {
        package let bounds: [Double]

        package init(bounds: [Double]) { self.bounds = bounds }

        /// 0.25 ms doubled, up to 8.192 s (CoreDNS plugin/plugin.go, TimeBuckets).
        package static let time = Buckets(bounds: (0..<16).map { Double(250 << $0) / 1e6 })
        /// 0.25 ms times ten, up to 2.5 s (SlimTimeBuckets).
        package static let slimTime = Buckets(bounds: [0.000_25, 0.002_5, 0.025, 0.25, 2.5])
        /// Octets of messages (plugin/metrics/vars).
        package static let size = Buckets(
            bounds: [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3])
        /// 1 ms doubled, up to 524 s (plugin/kubernetes/object, DNSProgrammingLatency).
        package static let programming = Buckets(bounds: (0..<20).map { Double(1 << $0) / 1e3 })
        /// Seconds of requests to an API (client_golang, DefBuckets).
        package static let request = Buckets(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    }
}
