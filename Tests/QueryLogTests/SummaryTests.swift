import DNSWire
import QueryLog
import Testing

struct SummaryTests {
    private let list = [
        "google.com.shop.svc.cluster.local.", "google.com.svc.cluster.local.", "google.com.cluster.local.",
        "google.com.",
    ]

    @Test func aBlock() {
        var summary = QuerySummary()
        for round in 0..<500 {
            for (index, name) in list.enumerated() {
                summary.add(
                    record(
                        name, .a, index == 3 ? .noError : .nxDomain, port: UInt16(1000 + round * 4 + index),
                        pod: "shop/web-\(round % 5 == 0 ? 1 : 0)", at: Double(round) / 100, us: index == 3 ? 200 : 20))
            }
        }
        var truncated = record("big.shop.svc.cluster.local.", .aaaa, .servFail, port: 9)
        truncated.flags.insert(.truncated)
        summary.add(truncated)
        truncated.isStream = true
        summary.add(truncated)
        for at in [10, 15.0, 15.5] { summary.add(record("web.shop.", port: 7, at: at)) }
        #expect(
            summary.text(seconds: 10) == """
                10.0 s  2 005 queries  201/s   NOERROR 25.1 %  NXDOMAIN 74.8 %  SERVFAIL 0.1 %   p50 20 us p99 199 us   UDP 100.0 %  TC 2
                search waste: 1 500 NXDOMAIN (74.8 %) were search-list tries that ended in an absolute name; top: shop/web google.com (4 per lookup)
                top clients  shop/web-0 1 600   shop/web-1 400   10.244.8.11 5        top names  google.com. 500   google.com.cluster.local. 500   google.com.shop.svc.cluster.local. 500
                retransmits: 2 (same client port and id), 1 of them 4.9-5.1 s apart -> NET004, see conntrack

                """)
    }

    @Test func nothing() {
        let summary = QuerySummary()
        #expect(summary.text(seconds: 10) == "10.0 s  0 queries  0/s\n")
        #expect(summary.text(seconds: 0) == "0.0 s  0 queries\n")
    }

    @Test func lossesAndUnanswered() {
        var summary = QuerySummary()
        var one = record("web.shop.")
        one.size = 0
        summary.add(one)
        summary.dropped = 1234
        let lines = summary.text(seconds: 1).split(separator: "\n")
        #expect(lines[0].contains("unanswered 100.0 %"))
        #expect(lines.last == "dropped 1 234: answers came faster than they were read")
    }

    /// A lookup that is under way when an interval ends is counted in the next.
    @Test func intervalsShareLookups() {
        var summary = QuerySummary()
        for name in list.prefix(3) { summary.add(record(name, .a, .nxDomain)) }
        #expect(summary.wasted == 0)
        summary.restart()
        #expect(summary.queries == 0 && summary.times == nil)
        summary.add(record("google.com."))
        #expect(summary.wasted == 3)
    }

    @Test(arguments: [
        ("shop/web-0", "shop/web"), ("shop/web-12", "shop/web"), ("shop/web-7d4b9c6f5-x2x9z", "shop/web"),
        ("shop/agent-x2x9z", "shop/agent"), ("shop/web", "shop/web"), ("shop/my-web", "shop/my-web"),
        ("shop/my-cache-7d4b9c6f5-x2x9z", "shop/my-cache"), ("web-1/api", "web-1/api"),
    ])
    func workloads(pod: String, workload: String) { #expect(QuerySummary.workload(ofPod: pod) == workload) }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1 000"), (18420, "18 420"), (1_234_567, "1 234 567"), (-1000, "-1 000"),
    ])
    func numbers(number: Int, text: String) { #expect(grouped(number) == text) }

    @Test(arguments: [(24, 80), (24, 200), (6, 40), (1, 10), (50, 60)])
    func aScreen(rows: Int, columns: Int) {
        var all = QuerySummary()
        for number in 0..<100 {
            all.add(record("n\(number).shop.svc.cluster.local.", from: "10.0.0.\(number)", at: Double(number)))
        }
        let screen = TopScreen(title: "title", second: all, all: all, seconds: 1, rows: rows, columns: columns)
        #expect(screen.lines.count <= rows)
        #expect(screen.lines.allSatisfy { $0.count <= columns })
        #expect(screen.lines[0] == "title")
        if rows >= 24 { #expect(screen.lines.contains { $0.contains("n0.shop.svc.cluster.local.") }) }
        if rows >= 24 { #expect(screen.lines.contains { $0.contains("10.0.0.0") }) }
    }
}
