import DNSWire
import Diagnosis
import Findings
import Glibc
import Manifests
import ServiceRegistry
import Testing

/// Registries without a fault of the client's bring nothing of this stage.
@Suite struct ClientHealthTests {
    private static let folder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/EndToEnd"

    static let registries: [String] = {
        let faults = ["faults", "faults/healthy"].flatMap { group in
            entries(of: "\(folder)/\(group)").map { "\(folder)/\(group)/\($0)/manifests.yaml" }
        }
        let seeds = entries(of: "\(folder)/registries").filter { $0.hasSuffix(".yaml") }.map {
            "\(folder)/registries/\($0)"
        }
        return (faults + seeds).filter { access($0, R_OK) == 0 }
    }()

    private static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    @Test func thereAreSome() { #expect(Self.registries.count > 20) }

    @Test(arguments: registries) func nothing(path: String) throws {
        let facts = ClusterFacts(try ManifestSnapshot(paths: [path], options: ManifestOptions()))
        let server = try #require(ClusterDNS(facts).addresses.first)
        for service in facts.registry.services.keys.sorted() {
            var asked = try inquiry("\(service.name).\(service.namespace)", facts)
            #expect(asked.examine(.client).serious == [], "\(service)")
            asked.client.resolvConf = TextInput(
                file: "resolv.conf",
                text:
                    "nameserver \(server)\nsearch \(service.namespace).svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
            )
            #expect(asked.examine(.client).serious == [], "\(service)")
            asked.client.resolvConf = nil
            for pod in facts.registry.pods.values where !pod.hostNetwork {
                asked.client.pod = pod.name
                #expect(asked.examine(.client).serious == [], "\(service) from \(pod.name)")
            }
        }
    }

    @Test func fault15() throws {
        let facts = ClusterFacts(
            try ManifestSnapshot(
                paths: ["\(Self.folder)/faults/15-resolv-nameserver/manifests.yaml"], options: ManifestOptions()))
        var asked = try inquiry("hostnames.default", facts)
        asked.client.resolvConf = TextInput(
            file: "resolv.conf",
            text:
                "nameserver 8.8.8.8\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
        )
        let report = asked.examine(.client)
        #expect(report.serious == ["RSV001"])
        #expect(report.findings[0].message.contains("8.8.8.8") && report.findings[0].message.contains("10.0.0.10"))
        #expect(report.findings[0].severity == .error)
    }
}
