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

    @Test func bucketsAreAddedUp() {
        var text = PrometheusText()
        text.histogram("t_seconds", "Time.") {
            $0.histogram(["s": "1"], bounds: [250_000, 500_000], counts: [2, 3, 4], sum: 3_000_000_000, unit: 1e-9)
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
}
