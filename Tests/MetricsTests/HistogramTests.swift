import Testing

@testable import Metrics

@Suite struct HistogramTests {
    @Test func aBoundBelongsToItsBucket() {
        var histogram = Histogram(.slimTime)
        for value in [0, 0.000_25, 0.000_26, 2.5, 2.6] { histogram.observe(value) }
        #expect(histogram.counts == [2, 1, 0, 0, 1, 1])
        #expect(histogram.count == 5)
        #expect(abs(histogram.sum - 5.100_51) < 1e-9)
    }

    /// The label `le` is text: a bound that differs in its last digit is another series to a dashboard.
    @Test(
        arguments: [
            (
                .time,
                "0.00025 0.0005 0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192"
            ),
            (.slimTime, "0.00025 0.0025 0.025 0.25 2.5"),
            (.size, "0 100 200 300 400 511 1023 2047 4095 8291 16000 32000 48000 64000"),
            (
                .programming,
                "0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192 16.384 32.768 65.536 "
                    + "131.072 262.144 524.288"
            ),
            (.request, "0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10"),
        ] as [(Histogram.Buckets, String)])
    func boundsAsCoreDNSWritesThem(_ buckets: Histogram.Buckets, _ bounds: String) {
        var text = PrometheusText()
        text.histogram("h", "H.") { $0.histogram([:], Histogram(buckets)) }
        let written = text.text.split(separator: "\n").compactMap { line in
            line.hasPrefix("h_bucket{le=\"") ? line.dropFirst(13).prefix { $0 != "\"" } : nil
        }
        #expect(written.joined(separator: " ") == bounds + " +Inf")
    }
}
