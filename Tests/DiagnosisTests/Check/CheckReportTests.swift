import Findings
import Foundation
import Testing

@testable import Diagnosis

@Suite struct CheckReportTests {
    static let findings = [
        Finding(
            "MAN007", .warning, "Service default/web is also defined in a.yaml:4",
            at: SourcePlace(file: "b.yaml", line: 4, column: 9)),
        Finding(
            "MAN001", .error, "\"nodePort:31000\" is not a key", at: SourcePlace(file: "a.yaml", line: 8, column: 5),
            fix: "nodePort: 31000"),
        Finding("MAN009", .info, "kind ConfigMap is passed over", at: SourcePlace(file: "a.yaml", line: 10, column: 1)),
        Finding(
            "SVC002", .error, "clusterIP 10.0.0.1 is taken\nby \"x\"", object: "Service default/web",
            evidence: ["one", "two"]),
    ]

    @Test func text() {
        let report = CheckReport(findings: Self.findings, files: 15, objects: 1)
        #expect(
            report.text(in: .english) == """
                error SVC002: clusterIP 10.0.0.1 is taken\\u{a}by "x"
                a.yaml:8:5: error MAN001: "nodePort:31000" is not a key
                a.yaml:10:1: info MAN009: kind ConfigMap is passed over
                b.yaml:4:9: warning MAN007: Service default/web is also defined in a.yaml:4
                15 files, 1 object loaded, 2 errors, 1 warning

                """)
    }

    @Test func exitCodes() {
        let onlyWarning = CheckReport(findings: Self.findings, files: 1, objects: 1, ignoring: ["man001", "SVC002"])
        #expect(onlyWarning.findings.count == 2)
        #expect(onlyWarning.exitCode(strict: false) == 0)
        #expect(onlyWarning.exitCode(strict: true) == 1)
        #expect(CheckReport(findings: Self.findings, files: 1, objects: 1).exitCode(strict: false) == 1)
        #expect(CheckReport(findings: [], files: 1, objects: 1).exitCode(strict: true) == 0)
    }

    @Test func json() throws {
        let text = CheckReport(findings: Self.findings, files: 15, objects: 18).jsonText(in: .english)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["version"] as? Int == 1)
        #expect(
            object["summary"] as? [String: Int] == ["files": 15, "objects": 18, "errors": 2, "warnings": 1, "infos": 1])
        let findings = try #require(object["findings"] as? [[String: Any]])
        #expect(findings[0]["message"] as? String == "clusterIP 10.0.0.1 is taken\nby \"x\"")
        #expect(findings[0]["evidence"] as? [String] == ["one", "two"])
        #expect(findings[0]["place"] is NSNull)
        let place = try #require(findings[1]["place"] as? [String: Any])
        #expect(place["line"] as? Int == 8)
        #expect(findings[1]["fix"] as? String == "nodePort: 31000")
    }
}
