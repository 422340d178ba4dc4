import Findings
import ServiceRegistry
import Testing

@testable import Diagnosis

@Suite struct LoadingTests {
    private static let collision = """
        apiVersion: v1
        kind: Service
        metadata: {name: webapp1, namespace: default}
        spec: {type: NodePort, clusterIP: 10.96.5.5, ports: [{port: 80, nodePort: 30080}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: shop-front, namespace: default}
        spec: {type: NodePort, clusterIP: 10.96.5.5, ports: [{port: 80, nodePort: 30080}]}
        """

    /// A collision is one finding of all that are read, and is told of both of its Services.
    @Test(arguments: [("webapp1", "shop-front", 4), ("shop-front", "webapp1", 9)])
    func collisionsAreToldOfBoth(name: String, other: String, line: Int) throws {
        let facts = try facts(Self.collision)
        #expect(facts.loadFindings.map(\.code).sorted() == ["SVC002", "SVC003"])
        let findings = facts.allocationFindings(of: ObjectName("default", name))
        #expect(findings.map(\.code) == ["SVC002", "SVC003"])
        for finding in findings {
            #expect(finding.object == "Service default/\(name)")
            #expect(finding.message.contains("Service default/\(other)"))
            #expect(finding.place?.line == line)
            #expect(finding.evidence.count == 1)
            #expect(finding.chinese?.message.contains("default/\(other)") == true)
        }
        #expect(findings[0].message.contains("10.96.5.5") && findings[1].message.contains("30080"))
        #expect(facts.allocationFindings(of: ObjectName("default", "kubernetes")).isEmpty)
    }

    @Test func anAnnotationKeepsACollisionQuietForItsObjectOnly() throws {
        let facts = try facts(
            Self.collision.replacing(
                "name: webapp1, namespace: default", with: "name: webapp1, annotations: {clusterdns.io/ignore: SVC003}")
        )
        #expect(facts.allocationFindings(of: ObjectName("default", "webapp1")).map(\.code) == ["SVC002"])
        #expect(facts.allocationFindings(of: ObjectName("default", "shop-front")).map(\.code) == ["SVC002", "SVC003"])
    }
}
