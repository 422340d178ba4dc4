import Findings
import NetworkAddress
import ServiceRegistry
import Testing

@testable import Manifests

private let web = ObjectName("shop", "web")
private let db = ObjectName("shop", "db")

private let services = """
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec:
      selector:
        app: web
      ports:
      - port: 80
        targetPort: http
    ---
    apiVersion: v1
    kind: List
    items:
    - apiVersion: v1
      kind: Service
      metadata: {name: db, namespace: shop}
      spec:
        clusterIP: 10.96.7.7
        ports: [{port: 5432}]
    """

private func snapshot(_ remembered: [ObjectName: Allocation] = [:]) -> ManifestSnapshot {
    ManifestSnapshot(
        documents: [("services", Array(services.utf8)), ("broken", Array("a: [".utf8))], options: ManifestOptions(),
        remembered: remembered)
}

@Suite struct SnapshotTests {
    @Test func textsFromElsewhereAreReadAsFilesAre() throws {
        let snapshot = snapshot()
        #expect(snapshot.fileCount == 2 && snapshot.objectCount == 2)
        #expect(snapshot.findings.map { "\($0.place!) \($0.code)" } == ["broken:2:1 MAN001"])
        #expect(snapshot.places[ObjectKey(.service, web)] == SourcePlace(file: "services", line: 1, column: 1))
        #expect(snapshot.events.last == .synced)
        // default/kubernetes and kube-system/kube-dns are given theirs too.
        #expect(snapshot.allocated == [web, ControlPlane.kubernetes, ControlPlane.dns])
        #expect(snapshot.allocations[web]?.addresses == [IPAddress("10.96.1.1")!])
    }

    @Test func whatWasGivenFormerlyIsKept() throws {
        let former = Allocation(addresses: [IPAddress("10.96.3.3")!])
        let snapshot = snapshot([web: former, db: former])
        #expect(snapshot.allocations[web] == former)
        #expect(snapshot.allocations[db] == nil, "it says its address itself")
    }

    @Test(arguments: [
        (web, ["spec", "selector", "app"], 6, 10), (web, ["spec", "selector"], 5, 3),
        (web, ["spec", "ports", "0", "targetPort"], 9, 17), (web, ["metadata", "name"], 3, 18),
        (db, ["spec", "clusterIP"], 18, 16), (db, ["spec", "ports", "0", "port"], 19, 20),
    ])
    func placesOfFields(service: ObjectName, field: [String], line: Int, column: Int) throws {
        let snapshot = snapshot()
        let object = try #require(snapshot.places[ObjectKey(.service, service)])
        #expect(
            snapshot.fieldPlaces.place(of: field, ofObjectAt: object)
                == SourcePlace(file: "services", line: line, column: column))
    }

    @Test func fieldsThatAreNotThereHaveNoPlace() throws {
        let snapshot = snapshot()
        let object = try #require(snapshot.places[ObjectKey(.service, web)])
        for field in [["spec", "type"], ["spec", "ports", "1"], ["spec", "ports", "x"], ["kind", "x"]] {
            #expect(snapshot.fieldPlaces.place(of: field, ofObjectAt: object) == nil)
        }
        #expect(snapshot.fieldPlaces.place(of: ["kind"], ofObjectAt: SourcePlace(file: "nowhere", line: 1)) == nil)
    }
}
