import Findings
import Foundation
import Manifests
import ServiceRegistry
import Testing

@testable import Diagnosis

private func service(_ name: String, _ spec: String) -> String {
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: \(name), namespace: shop}\nspec: \(spec)\n"
}

private func checked(_ yaml: String) throws -> CheckReport {
    let facts = try facts(yaml)
    return CheckReport(findings: RegistryCheck.findings(facts), files: 1, objects: facts.registry.objectCount)
}

@Suite struct RegistryCheckTests {
    @Test func aCollisionIsToldOnce() throws {
        let spec = "{type: NodePort, clusterIP: 10.96.9.9, ports: [{port: 80, nodePort: 30080}]}"
        let slices = ["a", "b"].map { name in
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n"
                + "metadata: {name: \(name)-1, namespace: shop, labels: {kubernetes.io/service-name: \(name)}}\n"
                + "ports: [{port: 80}]\nendpoints: [{addresses: [10.0.0.3]}]\n"
        }
        let report = try checked(service("a", spec) + service("b", spec) + slices.joined())
        #expect(report.findings.map(\.code) == ["SVC002", "SVC003"])
    }

    @Test func portsWithoutNamesAreToldOnce() throws {
        let report = try checked(
            service("a", "{ports: [{port: 80}, {port: 81}], type: ExternalName, externalName: a.b}"))
        #expect(report.findings.filter { $0.severity != .info }.map(\.code) == ["SVC005"])
    }

    /// What follows from an object's fault is not told beside it.
    @Test func onlyTheCauseIsTold() throws {
        let report = try checked(service("a", "{clusterIP: none, selector: {app: a}, ports: [{port: 80}]}"))
        #expect(report.findings.map(\.code) == ["MAN004"])
    }

    @Test func whatAnObjectKeepsQuietIsNotTold() throws {
        let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {app: other}}\n"
        let yaml = service("a", "{selector: {app: a}, ports: [{port: 80}]}") + pod
        let loud = try checked(yaml)
        #expect(loud.count(.error) == 1)
        let code = loud.findings[0].code
        let quiet = try checked(
            yaml.replacing("name: a,", with: "name: a, annotations: {clusterdns.io/ignore: \"\(code)\"},"))
        #expect(quiet.count(.error) == 0, "\(quiet.findings)")
    }

    /// A folder of what people write has no Pods; what they are made of must fit all the same.
    @Test(arguments: [("", []), ("a", []), ("other", ["EPS001"])])
    func withoutPods(label: String, codes: [String]) throws {
        let workload =
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: shop}\n"
            + "spec: {template: {metadata: {labels: {app: \(label)}}}}\n"
        let yaml = service("a", "{selector: {app: a}, ports: [{port: 80}]}") + (label.isEmpty ? "" : workload)
        #expect(try checked(yaml).findings.map(\.code) == codes)
    }

    /// Healthy clusters bring no error and no warning.
    @Test(arguments: [
        "ok1-affinity-doubles-rules", "ok2-modern-kube-proxy", "ok3-seed-dump-verbatim", "ok4-publish-not-ready",
        "ok5-containerport-undeclared", "ok6-externalname-with-ports", "ok7-kube-proxy-log-verbatim",
    ])
    func healthy(folder: String) throws {
        let path = URL(filePath: #filePath).appending(path: "../../../EndToEnd/faults/healthy/\(folder)").standardized
        let snapshot = try ManifestSnapshot(
            paths: [path.appending(path: "manifests.yaml").path], options: ManifestOptions())
        #expect(RegistryCheck.findings(ClusterFacts(snapshot)).filter { $0.severity != .info }.isEmpty)
    }

    /// The cost is that of each Service: ten times the Services, about ten times the time.
    @Test func manyServicesAreCheckedInTheirTime() throws {
        func time(_ count: Int) throws -> Duration {
            let yaml = (0..<count).map { number in
                service("s\(number)", "{selector: {app: s\(number)}, ports: [{port: 80, targetPort: http}]}")
            }.joined()
            let facts = try facts(yaml)
            return ContinuousClock().measure { _ = RegistryCheck.findings(facts) }
        }
        let few = try time(100)
        let many = try time(1000)
        #expect(many < few * 40 + .milliseconds(200), "\(few) \(many)")
    }

    @Test func chineseText() throws {
        let report = try checked(service("a", "{clusterIP: none, ports: [{port: 80}]}"))
        #expect(
            report.text(in: .chinese)
                == "facts.yaml:5:19: error MAN004: spec.clusterIP \"none\" 不是 IP 地址；无头 Service 应写 None\n"
                + "1 个文件，已加载 \(report.objects) 个对象，1 个错误，0 个警告\n")
    }
}
