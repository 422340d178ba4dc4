import Findings
import Foundation
import Manifests
import ServiceRegistry
import Testing

@testable import Diagnosis

/// The fault cases whose cause is a name, and every healthy one: what the stages of names and of the outside say.
@Suite struct NameFaultTests {
    private static let folder = URL(filePath: #filePath).appending(path: "../../../EndToEnd/faults").standardized

    private struct Case: Decodable {
        var service: String
        var namespace: String
        var expectCode: String?
        var expectMentions: [String]
    }

    private func examine(_ name: String) throws -> (expected: Case, findings: [Finding]) {
        let folder = Self.folder.appending(path: name)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let expected = try decoder.decode(
            Case.self, from: Data(contentsOf: folder.appending(path: "case.json")))
        let cluster = ClusterFacts(
            try ManifestSnapshot(paths: [folder.appending(path: "manifests.yaml").path], options: ManifestOptions()))
        let asked = try AskedName(
            parsing: "\(expected.service).\(expected.namespace)", namespace: nil, domain: cluster.domain, facts: cluster
        )
        let inquiry = Inquiry(facts: cluster, asked: asked)
        let stages = Diagnosis.examine(inquiry, stages: [.input, .name, .outside])
        return (expected, stages.findings.filter { ["NAM", "EXT", "XTN", "ING"].contains($0.code.prefix(3)) })
    }

    @Test(arguments: [
        "03-no-such-service", "04-wrong-namespace", "07-externalname-is-ip", "08-externalname-target-missing",
        "13-ingress-backend-port",
    ])
    func faultCases(name: String) throws {
        let (expected, findings) = try examine(name)
        #expect(findings.filter { $0.severity != .info }.map(\.code) == [expected.expectCode])
        let text = try #require(findings.first).text
        for mention in expected.expectMentions { #expect(text.contains(mention), "\(mention)") }
    }

    @Test func othersAreNoMatterOfNames() throws {
        for parent in ["", "healthy/"] {
            let names = try FileManager.default.contentsOfDirectory(
                atPath: Self.folder.appending(path: parent).path)
            for name in names.sorted()
            where FileManager.default.fileExists(
                atPath: Self.folder.appending(path: "\(parent)\(name)/case.json").path)
            {
                let (expected, findings) = try examine(parent + name)
                guard !["NAM", "EXT", "ING"].contains(expected.expectCode?.prefix(3) ?? "") else { continue }
                #expect(findings.allSatisfy { $0.severity == .info }, "\(name): \(findings)")
            }
        }
    }
}
