/// Quantiles of durations to a thirty-second of their value: a histogram whose buckets are an octave's 32 parts, in 15 KiB
/// whatever it is given (the layout of HdrHistogram).
package struct LatencySketch: Sendable {
    private static let parts = 32
    private static let partBits = 5
    private var counts = [Int](repeating: 0, count: (64 - partBits + 1) * parts)
    package private(set) var count = 0

    package init() {}

    package mutating func add(_ value: Int64) {
        counts[LatencySketch.bucket(UInt64(max(0, value)))] += 1
        count += 1
    }

    /// The least value that this part of all values does not exceed, as its bucket has it; 0 where there is none.
    package func quantile(_ part: Double) -> Int64 {
        let rank = max(1, Int((part * Double(count)).rounded(.up)))
        var seen = 0
        for (index, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= rank { return LatencySketch.value(of: index) }
        }
        return 0
    }

    private static func bucket(_ value: UInt64) -> Int {
        guard value >= UInt64(parts) else { return Int(value) }
        let octave = 63 - value.leadingZeroBitCount - partBits
        return (octave + 1) * parts + Int(value >> UInt64(octave)) - parts
    }

    /// The middle of a bucket.
    private static func value(of bucket: Int) -> Int64 {
        guard bucket >= parts else { return Int64(bucket) }
        let octave = bucket / parts - 1
        let low = UInt64(bucket % parts + parts) << UInt64(octave)
        return Int64(clamping: low + (UInt64(1) << UInt64(octave)) / 2)
    }
}
