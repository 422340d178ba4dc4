/// Metrics in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
///
///     var text = PrometheusText()
///     text.counter("coredns_dns_do_requests_total", "Counter of DNS requests with DO bit set.") { family in
///         family.sample(["server": "dns://:53"], 42)
///     }
///
/// A name stands for one family of a page: everything of a family is written at once.
package struct PrometheusText {
    package private(set) var text = ""

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Label names and values, written in the order given.
    package typealias Labels = KeyValuePairs<String, String>

    package init() {}

    package mutating func counter(_ name: String, _ help: String, _ body: (inout Family) -> Void) {
        family(name, "counter", help, body)
    }

    package mutating func gauge(_ name: String, _ help: String, _ body: (inout Family) -> Void) {
        family(name, "gauge", help, body)
    }

    package mutating func histogram(_ name: String, _ help: String, _ body: (inout Family) -> Void) {
        family(name, "histogram", help, body)
    }

    /// A family without a sample is left out.
    private mutating func family(_ name: String, _ kind: String, _ help: String, _ body: (inout Family) -> Void) {
        var family = Family(name: name, adds: kind != "gauge")
        body(&family)
        guard !family.series.isEmpty else { return }
        text += "# HELP \(name) \(PrometheusText.escaped(help))\n# TYPE \(name) \(kind)\n"
        for (series, value) in family.series { text += "\(series) \(PrometheusText.number(value))\n" }
    }

    /// The samples of a family. Of two with the same labels, which Prometheus refuses, counts are added: two server blocks
    /// that forward to the same upstream are one series. A gauge has the last value.
    package struct Family {
        let name: String
        let adds: Bool
        fileprivate private(set) var series: [(name: String, value: Double)] = []
        private var places: [String: Int] = [:]

        fileprivate init(name: String, adds: Bool) {
            self.name = name
            self.adds = adds
        }

        package mutating func sample(_ labels: Labels, _ value: Int) { line(name, labels, Double(value)) }
        package mutating func sample(_ labels: Labels, _ value: Double) { line(name, labels, value) }
        package mutating func sample(_ value: Int) { line(name, [:], Double(value)) }
        package mutating func sample(_ value: Double) { line(name, [:], value) }

        /// A histogram's buckets, sum and count.
        package mutating func histogram(_ labels: Labels, _ histogram: Histogram) {
            var total = 0
            for (bound, count) in zip(histogram.bounds, histogram.counts) {
                total += count
                line(name + "_bucket", labels, Double(total), bound: PrometheusText.number(bound))
            }
            total += histogram.counts.last ?? 0
            line(name + "_bucket", labels, Double(total), bound: "+Inf")
            line(name + "_sum", labels, histogram.sum)
            line(name + "_count", labels, Double(total))
        }

        package mutating func histogram(_ histogram: Histogram) { self.histogram([:], histogram) }

        private mutating func line(_ name: String, _ labels: Labels, _ value: Double, bound: String? = nil) {
            var pairs = labels.map { "\($0.key)=\"\(PrometheusText.escaped($0.value, quotes: true))\"" }
            if let bound { pairs.append("le=\"\(bound)\"") }
            let key = name + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}")
            if let place = places[key] {
                series[place].value = adds ? series[place].value + value : value
            } else {
                places[key] = series.count
                series.append((key, value))
            }
        }
    }

    /// Whole numbers without a fraction, as Go writes them.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    /// By Unicode scalars: a line feed behind a carriage return, or a quote below an accent, is no character of its own.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        text.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}
