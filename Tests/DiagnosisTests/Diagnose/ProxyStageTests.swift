import Diagnosis
import Findings
import Testing

/// Dumps of a node that is right, changed in one place.
@Suite struct ProxyStageTests {
    /// A change of a dump, what the finding must say.
    struct Case: Sendable, CustomTestStringConvertible {
        var title: String
        var code: String?
        var says: [String] = []
        var spec: [String] = []
        var ready = [true, true, true]
        var nodes: [String] = []
        /// An entry of status.loadBalancer.ingress.
        var status = ""
        var dump = ProxyScene.iptables()
        var remove: [String] = []
        var replace: [(String, String)] = []
        var add: [String] = []

        var testDescription: String { title }

        /// Lines that hold a text are removed, texts replaced, lines added before the first COMMIT.
        var text: String {
            var lines = dump.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            lines.removeAll { line in remove.contains { line.contains($0) } }
            let place = lines.firstIndex { $0.hasPrefix("COMMIT") } ?? lines.count
            lines.insert(contentsOf: add, at: place)
            var text = lines.joined(separator: "\n")
            for (old, new) in replace {
                precondition(text.contains(old), "\(title): \(old)")
                text = text.replacing(old, with: new)
            }
            return text
        }
    }

    private func check(_ test: Case, _ place: WritableKeyPath<ProxyFacts, TextInput?>) throws {
        let manifests = ProxyScene.manifests(
            test.spec, ready: test.ready, nodes: test.nodes, status: test.status)
        let report = try ProxyScene.examine(manifests) {
            $0[keyPath: place] = TextInput(file: "dump.txt", text: test.text)
        }
        #expect(report.alarms == (test.code.map { [$0] } ?? []), "\(report.findings)")
        for fact in test.says { #expect(report.said.contains(fact), "\(fact) in \(report.said)") }
        for finding in report.findings where finding.severity > .info {
            #expect(finding.fix != nil && finding.object == "Service default/hostnames")
            #expect(finding.chinese?.evidence.count == finding.evidence.count)
        }
    }

    @Test(arguments: iptablesCases) func iptables(_ test: Case) throws { try check(test, \.iptables) }
    @Test(arguments: nftablesCases) func nftables(_ test: Case) throws { try check(test, \.nftables) }
    @Test(arguments: ipvsCases) func ipvs(_ test: Case) throws { try check(test, \.ipvs) }
}
