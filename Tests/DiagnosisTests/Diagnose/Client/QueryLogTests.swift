import Findings
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct QueryLogTests {
    private static func line(
        _ type: String = "A", id: Int = 4711, port: Int = 40113, name: String = "web.shop.svc.cluster.local."
    ) -> String {
        "[INFO] 10.244.0.4:\(port) - \(id) \"\(type) IN \(name) udp 54 false 512\" NOERROR qr,aa,rd 141 0.000038s"
    }

    private static func at(_ second: Double, _ line: String) -> String {
        let whole = Int(second)
        let digits = "\(Int((second - Double(whole)) * 1000) + 1000)".dropFirst()
        return "2026-11-21T03:00:\(whole < 10 ? "0" : "")\(whole).\(digits)Z \(line)"
    }

    static let logs: [(lines: [String], cases: Int)] = [
        ([at(0, line()), at(5.0, line())], 1),
        ([at(0, line()), at(4.6, line())], 1),
        ([at(0, line()), at(5.4, line()), at(10.4, line())], 2),
        ([at(0, line()), at(4.0, line())], 0),
        ([at(0, line()), at(6.0, line())], 0),
        // Another port, id, type or name is another question.
        ([at(0, line()), at(5, line(port: 40114))], 0),
        ([at(0, line()), at(5, line(id: 4712))], 0),
        ([at(0, line()), at(5, line("SRV"))], 0),
        ([at(0, line()), at(5, line(name: "x."))], 0),
        // Somebody who asks every 5 s, both families at once.
        ([at(0, line(id: 1)), at(0, line("AAAA", id: 2)), at(5, line(id: 3)), at(5, line("AAAA", id: 4))], 0),
        // A alone; 5 s later both, from a new port: glibc after a lost AAAA.
        ([at(0, line(id: 1)), at(5, line(id: 1, port: 9)), at(5.001, line("AAAA", id: 2, port: 9))], 1),
        ([at(0, line("AAAA", id: 2)), at(5, line(id: 1, port: 9)), at(5.001, line("AAAA", id: 2, port: 9))], 1),
        ([at(0, line(id: 1)), at(5, line("AAAA", id: 2))], 1),
        // Without times the repetition counts.
        ([line(), line()], 1),
        ([line(), line("AAAA", id: 2), line(id: 3), line("AAAA", id: 4)], 0),
    ]

    @Test(arguments: logs) func whatWasSentAgain(lines: [String], cases: Int) {
        #expect(LostQueries(log: lines.joined(separator: "\n")).cases.count == cases)
    }

    @Test func theFinding() throws {
        func report(_ log: String, pod: ObjectName? = nil) throws -> StageReport {
            try ClientCluster.examine(try ClientCluster.facts(), pod: pod) {
                $0.client.queryLog = TextInput(file: "dns.log", text: log)
            }
        }
        let timed = try report(Self.at(0, Self.line()) + "\n" + Self.at(5, Self.line()) + "\n")
        #expect(timed.serious == ["NET004"])
        let told = timed.findings[0].wholeText
        for fact in ["10.244.0.4:40113", "Pod shop/cli", "4711", "web.shop.svc.cluster.local", "5.0 s", "dns.log:2"] {
            #expect(told.contains(fact), "\(told)")
        }
        let untimed = try report(Self.line() + "\n" + Self.line() + "\n")
        #expect(untimed.findings[0].wholeText.contains("unknown"))
        #expect(try report(Self.line()).status == .ok)
        #expect(try report(Self.line()).facts.map(\.english) == ["dns.log: 1 queries read, 0 sent again"])
        // Only the asking Pod's own.
        let foreign = Self.line().replacing("10.244.0.4", with: "10.244.0.5")
        #expect(try report(foreign + "\n" + foreign, pod: ClientCluster.pod).serious == [])
    }
}
