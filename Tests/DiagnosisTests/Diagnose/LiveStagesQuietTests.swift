import DNSWire
import Diagnosis
import Findings
import FoundationEssentials
import Manifests
import ServiceRegistry
import Testing

/// What is right about a server and its answers in every registry of the documents and every case of a fault elsewhere.
struct LiveStagesQuietTests {
    private static let folder = #filePath.part(upTo: "/DiagnosisTests/") + "/EndToEnd"

    static var manifests: [String] {
        let files = FileManager.default
        let registries = (try? files.contentsOfDirectory(atPath: folder + "/registries")) ?? []
        let faults = (try? files.contentsOfDirectory(atPath: folder + "/faults")) ?? []
        return registries.filter { $0.hasSuffix(".yaml") }.map { folder + "/registries/" + $0 }
            + faults.map { folder + "/faults/" + $0 + "/manifests.yaml" }.filter(files.fileExists)
    }

    @Test func thereAreManifests() { #expect(LiveStagesQuietTests.manifests.count > 10) }

    @Test(arguments: manifests) func neitherStageWarns(path: String) throws {
        let facts = ClusterFacts(try ManifestSnapshot(paths: [path], options: ManifestOptions()))
        for name in facts.registry.services.keys.sorted() {
            let inquiry = try inquiry("\(name.name).\(name.namespace)", facts)
            for stage in [Stage.server, .answers] {
                let report = inquiry.examine(stage)
                #expect(report.findings.filter { $0.severity != .info } == [], "\(name)")
            }
            #expect(!inquiry.examine(.answers).facts.isEmpty)
        }
    }
}

extension String {
    fileprivate func part(upTo mark: String) -> String {
        firstRange(of: mark).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
