import DNSWire

extension QuerySummary {
    /// A block of lines, each with its end.
    ///
    ///     10.0 s  18 420 queries  1 842/s   NOERROR 24.1 %  NXDOMAIN 75.2 %   p50 31 us p99 210 us   UDP 99.8 %  TC 3
    ///     search waste: 13 790 NXDOMAIN (74.9 %) were search-list tries that ended in an absolute name; top: shop/web google.com (5 per lookup)
    ///     top clients  shop/web-0 9 811   shop/api-0 2 044        top names  google.com.shop.svc.cluster.local. 2 310
    ///     retransmits: 12 (same client port and id), 9 of them 4.9-5.1 s apart -> NET004, see conntrack
    ///
    /// - Parameters:
    ///   - seconds: what it was taken in; 0 where nobody knows.
    ///   - tops: clients and names at most.
    package func text(seconds: Double, tops: Int = 3) -> String {
        var lines = [headline(seconds: seconds)]
        lines += [wasteLine, topsLine(tops), retransmitLine].compactMap { $0 }
        if dropped > 0 { lines.append("dropped \(grouped(dropped)): answers came faster than they were read") }
        return lines.map { $0 + "\n" }.joined()
    }

    package func headline(seconds: Double) -> String {
        var line = "\(oneDecimal(seconds)) s  \(grouped(queries)) queries"
        if seconds > 0 { line += "  \(grouped(Int((Double(queries) / seconds).rounded())))/s" }
        guard queries > 0 else { return line }
        line += "   " + rcodeShares.map { "\($0) \(share($1))" }.joined(separator: "  ")
        line += "   p50 \(microseconds(0.5)) us p99 \(microseconds(0.99)) us"
        line += "   UDP \(share(queries - streams))  TC \(grouped(truncated))"
        return line
    }

    /// NOERROR first, then by their numbers.
    private var rcodeShares: [(String, Int)] {
        let unanswered = queries - rcodes.values.reduce(0, +)
        return rcodes.sorted { ($0.key.order, $0.key.rawValue) < ($1.key.order, $1.key.rawValue) }
            .map { ("\($0)", $1) } + (unanswered > 0 ? [("unanswered", unanswered)] : [])
    }

    private func microseconds(_ part: Double) -> String { grouped(Int((latency.quantile(part) + 500) / 1000)) }

    private func share(_ part: Int) -> String {
        "\(oneDecimal(queries == 0 ? 0 : 100 * Double(part) / Double(queries))) %"
    }

    package var wasteLine: String? {
        guard wasted > 0 else { return nil }
        let tops = topSearches(3).map { search in
            "\(search.client) \(search.name.hasSuffix(".") ? String(search.name.dropLast()) : search.name)"
                + " (\(search.perLookup) per lookup)"
        }
        return "search waste: \(grouped(wasted)) NXDOMAIN (\(share(wasted))) were search-list tries that ended in an "
            + "absolute name; top: \(tops.joined(separator: ", "))"
    }

    private func topsLine(_ number: Int) -> String? {
        guard queries > 0 else { return nil }
        func list(_ tops: [(value: String, count: Int)]) -> String {
            tops.map { "\($0.value) \(grouped($0.count))" }.joined(separator: "   ")
        }
        return "top clients  \(list(topClients(number)))        top names  \(list(topNames(number)))"
    }

    package var retransmitLine: String? {
        let (count, late) = retransmitted
        guard count > 0 else { return nil }
        let line = "retransmits: \(grouped(count)) (same client port and id)"
        return late == 0 ? line : line + ", \(grouped(late)) of them 4.9-5.1 s apart -> NET004, see conntrack"
    }
}

extension ResponseCode {
    /// NXDOMAIN is what is looked for, right behind NOERROR.
    fileprivate var order: Int { self == .noError ? 0 : self == .nxDomain ? 1 : 2 }
}

/// `18 420`
package func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var out = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { out += " " }
        out.append(digit)
    }
    return out
}

/// `74.9`
private func oneDecimal(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}
