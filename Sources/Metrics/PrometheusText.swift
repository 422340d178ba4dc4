/// Metrics in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
///
///     var text = PrometheusText()
///     text.counter("coredns_dns_do_requests_total", "Counter of DNS requests with DO bit set.") { family in
///         family.sample(["server": "dns://:53"], 42)
///     }
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
        var family = Family(name: name)
        body(&family)
        guard !family.text.isEmpty else { return }
        text += "# HELP \(name) \(PrometheusText.escaped(help))\n# TYPE \(name) \(kind)\n" + family.text
    }

    package struct Family {
        let name: String
        fileprivate(set) var text = ""

        package mutating func sample(_ labels: Labels, _ value: Int) { line(name, labels, "\(value)") }
        package mutating func sample(_ labels: Labels, _ value: Double) { line(name, labels, number(value)) }
        package mutating func sample(_ value: Int) { line(name, [:], "\(value)") }
        package mutating func sample(_ value: Double) { line(name, [:], number(value)) }

        /// A histogram's buckets, sum and count.
        /// - Parameters:
        ///   - counts: observations in each bucket, not added up; one more than there are bounds.
        ///   - unit: what one of the bounds and of the sum is in the metric's unit: 1e-9 for nanoseconds told as seconds.
        package mutating func histogram(
            _ labels: Labels = [:], bounds: [Int], counts: [Int], sum: Double, unit: Double = 1
        ) {
            var total = 0
            for (bound, count) in zip(bounds, counts) {
                total += count
                line(name + "_bucket", labels, "\(total)", bound: number(Double(bound) * unit))
            }
            total += counts.last ?? 0
            line(name + "_bucket", labels, "\(total)", bound: "+Inf")
            line(name + "_sum", labels, number(sum * unit))
            line(name + "_count", labels, "\(total)")
        }

        private mutating func line(_ name: String, _ labels: Labels, _ value: String, bound: String? = nil) {
            var pairs = labels.map { "\($0.key)=\"\(PrometheusText.escaped($0.value, quotes: true))\"" }
            if let bound { pairs.append("le=\"\(bound)\"") }
            text += name + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(value)\n"
        }

        /// Whole numbers without a fraction, as Go writes them.
        private func number(_ value: Double) -> String {
            value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        }
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.append(character)
            }
        }
    }
}
