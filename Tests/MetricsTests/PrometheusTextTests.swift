import Testing

@testable import Metrics

@Suite struct PrometheusTextTests {
    @Test func samplesAsPrometheusReadsThem() {
        var text = PrometheusText()
        text.counter("a_total", "What a \\ is.\nSecond line.") {
            $0.sample(["x": "say \"1\"\\\n", "y": ""], 3)
            $0.sample(4)
        }
        text.gauge("b", "Half.") { $0.sample(0.5) }
        #expect(
            text.text == """
                # HELP a_total What a \\\\ is.\\nSecond line.
                # TYPE a_total counter
                a_total{x="say \\"1\\"\\\\\\n",y=""} 3
                a_total 4
                # HELP b Half.
                # TYPE b gauge
                b 0.5

                """)
    }

    /// A line feed behind a carriage return, and a quote below an accent, are one character to Swift.
    @Test func whatHidesInACharacterIsEscapedToo() {
        var text = PrometheusText()
        text.gauge("a", "One\r\ntwo.") { $0.sample(["x": "\r\n\"\u{301}\\\u{301}"], 1) }
        let lines = text.text.unicodeScalars.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(String(lines[2]) == "a{x=\"\r\\n\\\"\u{301}\\\\\u{301}\"} 1")
    }

    @Test(
        arguments: [
            (0, "0"), (-3, "-3"), (0.25, "0.25"), (1e14, "100000000000000"), (1e21, "1e+21"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbersAsGoWritesThem(_ value: Double, _ written: String) {
        var text = PrometheusText()
        text.gauge("a", "A.") { $0.sample(value) }
        #expect(text.text.hasSuffix("\na \(written)\n"))
    }

    @Test func bucketsAreAddedUp() {
        var text = PrometheusText()
        text.histogram("t_seconds", "Time.") {
            $0.histogram(
                ["s": "1"], Histogram(Histogram.Buckets(bounds: [0.000_25, 0.000_5]), counts: [2, 3, 4], sum: 3))
        }
        #expect(
            text.text == """
                # HELP t_seconds Time.
                # TYPE t_seconds histogram
                t_seconds_bucket{s="1",le="0.00025"} 2
                t_seconds_bucket{s="1",le="0.0005"} 5
                t_seconds_bucket{s="1",le="+Inf"} 9
                t_seconds_sum{s="1"} 3
                t_seconds_count{s="1"} 9

                """)
    }

    @Test func aFamilyWithoutSamplesIsLeftOut() {
        var text = PrometheusText()
        text.counter("none_total", "Nothing.") { _ in }
        #expect(text.text.isEmpty)
    }

    /// Prometheus refuses a page that has a series twice.
    @Test func equalLabelsAreOneSeries() {
        var text = PrometheusText()
        text.counter("a_total", "A.") {
            $0.sample(["x": "1"], 3)
            $0.sample(["x": "2"], 10)
            $0.sample(["x": "1"], 4)
        }
        text.gauge("g", "G.") {
            $0.sample(3)
            $0.sample(4)
        }
        text.histogram("h", "H.") {
            for _ in 0..<2 {
                $0.histogram([:], Histogram(Histogram.Buckets(bounds: [1]), counts: [1, 2], sum: 5))
            }
        }
        let samples = text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            samples == [
                "a_total{x=\"1\"} 7", "a_total{x=\"2\"} 10", "g 4", "h_bucket{le=\"1\"} 2", "h_bucket{le=\"+Inf\"} 6",
                "h_sum 10", "h_count 6",
            ])
    }
}
