import QueryLog
import TestSupport
import Testing

struct SketchTests {
    @Test func quantilesAreCloseToTheTrueOnes() {
        var random = SplitMix64(seed: 1)
        var sketch = LatencySketch()
        var values: [Int64] = []
        for _ in 0..<20_000 {
            let value = Int64(random.next() >> UInt64(random.next() % 40 + 22))
            values.append(value)
            sketch.add(value)
        }
        values.sort()
        for part in [0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = Double(values[max(0, Int((part * 20_000).rounded(.up)) - 1)])
            #expect(abs(Double(sketch.quantile(part)) - exact) <= max(1, exact / 32), "\(part)")
        }
    }

    @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 1_000_000, Int64.max])
    func everyValueHasABucket(value: Int64) {
        var sketch = LatencySketch()
        #expect(sketch.quantile(0.5) == 0)
        sketch.add(value)
        #expect(abs(Double(sketch.quantile(0.5)) - Double(value)) <= Double(value) / 32)
    }

    /// Space-Saving's promise: no count is too low, none is too high by more than the number of values by the capacity,
    /// and what is more frequent than that is there.
    @Test func theMostFrequentAreFound() {
        var random = SplitMix64(seed: 2)
        var sketch = TopSketch<Int>(capacity: 64)
        var counts: [Int: Int] = [:]
        let total = 50_000
        for _ in 0..<total {
            // A few heavy ones among many that come once.
            let value = random.next() % 2 == 0 ? Int(random.next() % 8) : Int(random.next() % 1_000_000)
            counts[value, default: 0] += 1
            sketch.add(value)
        }
        let top = sketch.top(64)
        #expect(top.count == 64)
        for (value, count) in top {
            let isCount = counts[value, default: 0]
            #expect(count >= isCount && count <= isCount + total / 64)
        }
        #expect(Set(top.prefix(8).map(\.value)) == Set(0..<8))
    }

    @Test func fewValuesAreCountedExactly() {
        var sketch = TopSketch<String>(capacity: 4)
        for value in ["b", "a", "c", "b", "a", "d"] { sketch.add(value) }
        sketch.add("c", 5)
        #expect(sketch.top(3).map { "\($0.value)\($0.count)" } == ["c6", "a2", "b2"])
        sketch.add("e")
        // d went, and e has its count.
        #expect(sketch.top(9).map { "\($0.value)\($0.count)" } == ["c6", "a2", "b2", "e2"])
    }
}
