import GRDB
import Logging
import NetworkAddress
import ServiceRegistry
import StateFile
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct SnapshotStoreTests {
    private let folder: TestFolder
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { folder = try TestFolder() }

    /// Another process would open the file so.
    private func store(_ identity: String = "https://api") throws -> SnapshotStore {
        SnapshotStore(file: try StateFile(directory: folder.path, log: log), identity: identity, log: log)
    }

    /// A store that belongs to the cluster: what is kept is this cluster's from its first look on.
    private func fresh(_ identity: String = "https://api") throws -> SnapshotStore {
        let store = try store(identity)
        _ = try store.read([.services])
        return store
    }

    /// Everything kept, and the versions of the watches.
    private func read(
        _ resources: [Resource], _ identity: String = "https://api"
    ) throws -> (objects: [ObjectKey: RegistryObject], versions: [Resource: String]) {
        var objects: [ObjectKey: RegistryObject] = [:]
        guard let saved = try store(identity).read(resources) else { return ([:], [:]) }
        for object in saved.objects { objects[object.key] = object }
        return (objects, saved.watches.mapValues(\.version))
    }

    private static func service(_ name: String, port: UInt16 = 80) -> RegistryObject {
        var service = Service(name: ObjectName("shop", name))
        service.ports = [Service.Port(name: "http", port: port, target: .name("web"))]
        service.clusterIPs = [IPAddress("10.96.0.1")!, IPAddress("fd00::1")!]
        service.labels = ["app": name]
        return .service(service)
    }

    private static let slice: RegistryObject = {
        var slice = EndpointSlice(name: ObjectName("shop", "web-1"), serviceName: "web", addressType: .ipv4)
        slice.endpoints = [
            Endpoint(addresses: [IPAddress("10.0.0.1")!], isReady: false, hostname: "h"),
            Endpoint(addresses: [IPAddress("10.0.0.2")!], isReady: true, hostname: ""),
        ]
        slice.ports = [EndpointPort(name: "http", port: 8080)]
        return .endpointSlice(slice)
    }()

    private static let pod: RegistryObject = {
        var pod = Pod(name: ObjectName("shop", "p"))
        pod.addresses = [IPAddress("10.0.0.1")!]
        return .pod(pod)
    }()

    private func tables(_ object: [RegistryObject]) -> [ObjectKey: RegistryObject] {
        Dictionary(uniqueKeysWithValues: object.map { ($0.key, $0) })
    }

    // MARK: -

    @Test func whatIsNotedIsReadBack() throws {
        let namespace = RegistryObject.namespace(Namespace(name: "shop", labels: ["a": "b"]))
        let objects = [namespace, Self.service("web"), Self.slice, Self.pod]
        let resources = [Resource.namespaces, .services, .endpointSlices, .pods]
        let store = try fresh()
        for (resource, object) in zip(resources, objects) {
            store.note(resource, [.put(object), .synced], version: "\(resource)-7")
        }
        store.stop()
        let kept = try read(resources)
        #expect(kept.objects == tables(objects))
        #expect(kept.versions == Dictionary(uniqueKeysWithValues: resources.map { ($0, "\($0)-7") }))
        #expect(try read([.services]).objects == tables([objects[1]]), "no more than is asked for")
    }

    @Test func theLastWordCounts() throws {
        let store = try fresh()
        store.note(.services, ["a", "b", "c"].map { .put(Self.service($0)) }, version: "1")
        store.note(.services, [.put(Self.service("a", port: 81))], version: "2")
        store.note(.services, [.delete(ObjectKey(.service, ObjectName("shop", "b")))], version: "3")
        store.note(.services, [.delete(ObjectKey(.service, ObjectName("shop", "nosuch")))], version: "4")
        store.stop()
        let first = try read([.services])
        #expect(first.objects == tables([Self.service("a", port: 81), Self.service("c")]))
        #expect(first.versions == [.services: "4"])
        // What was written before can go, change and come back too.
        let later = try fresh()
        later.note(.services, [.delete(ObjectKey(.service, ObjectName("shop", "a")))], version: "5")
        later.note(.services, [.put(Self.service("b")), .put(Self.service("c", port: 90))], version: "6")
        later.stop()
        let second = try read([.services])
        #expect(second.objects == tables([Self.service("b"), Self.service("c", port: 90)]))
        #expect(second.versions == [.services: "6"])
    }

    @Test func aVersionComesOnlyWithItsObjects() throws {
        let store = try fresh()
        store.note(.services, [.put(Self.service("a"))], version: nil)
        store.stop()
        let unfinished = try read([.services])
        #expect(unfinished.objects.isEmpty && unfinished.versions.isEmpty, "a list that was not read to its end")
        let later = try fresh()
        later.note(.services, [.put(Self.service("b"))], version: "9")
        later.stop()
        #expect(try read([.services]).objects == tables([Self.service("a"), Self.service("b")]))
    }

    /// A write that fails, as on a full disk, is made up for before a later version is written.
    @Test func aWriteThatFailsIsMadeUpFor() throws {
        let file = try StateFile(directory: folder.path, log: log)
        let store = SnapshotStore(file: file, identity: "https://api", log: log)
        _ = try store.read([.services])
        store.note(.services, [.put(Self.service("a")), .put(Self.service("b"))], version: "1")
        store.stop()
        try file.database.write {
            try $0.execute(
                sql: "CREATE TRIGGER full BEFORE INSERT ON object BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        }
        store.note(.services, [.put(Self.service("c")), .put(Self.service("a", port: 81))], version: "2")
        store.stop()
        #expect(try read([.services]).versions == [.services: "1"])
        try file.database.write { try $0.execute(sql: "DROP TRIGGER full") }
        store.note(.services, [.put(Self.service("a", port: 82))], version: "3")
        store.stop()
        let kept = try read([.services])
        #expect(kept.objects == tables([Self.service("a", port: 82), Self.service("b"), Self.service("c")]))
        #expect(kept.versions == [.services: "3"])
    }

    @Test func anotherClusterIsDropped() throws {
        let store = try fresh()
        store.note(.services, [.put(Self.service("a"))], version: "1")
        store.stop()
        let other = try read([.services], "https://other")
        #expect(other.objects.isEmpty && other.versions.isEmpty)
        let again = try read([.services])
        #expect(again.objects.isEmpty && again.versions.isEmpty, "for good")
    }

    @Test func withoutOneResourceThereIsNoSnapshot() throws {
        let store = try fresh()
        store.note(.services, [.put(Self.service("a"))], version: "1")
        store.note(.endpointSlices, [.put(Self.slice)], version: "2")
        store.stop()
        let missing = try read([.services, .endpointSlices, .pods])
        #expect(missing.objects.isEmpty && missing.versions.isEmpty)
        #expect(try read([.services, .endpointSlices]).objects.count == 2)
    }

    @Test(arguments: [255, 256, 4096, 4097, 10_000]) func manyObjects(_ count: Int) throws {
        let store = try fresh()
        store.note(.services, (0..<count).map { .put(Self.service("s\($0)")) }, version: "1")
        store.stop()
        let kept = try read([.services])
        #expect(kept.objects.count == count)
        #expect(kept.objects == tables((0..<count).map { Self.service("s\($0)") }))
    }

    /// The thread writes by itself, within two seconds.
    @Test(.timeLimit(.minutes(1))) func itIsWrittenWithoutAStop() async throws {
        let store = try fresh()
        store.start()
        store.note(.services, [.put(Self.service("a"))], version: "1")
        for _ in 0..<100 {
            if try read([.services]).objects.count == 1 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        store.stop()
        #expect(try read([.services]).versions == [.services: "1"])
    }

    @Test(arguments: ["no database at all", "SQLite format 3\0 and then nothing that makes sense", ""])
    func aFileThatCannotBeReadIsSetAside(_ text: String) throws {
        try folder.write(StateFile.name, text)
        let store = try fresh()
        let kept = try store.read([.services])
        #expect(kept == nil)
        store.note(.services, [.put(Self.service("a"))], version: "1")
        store.stop()
        #expect(try read([.services]).objects.count == 1)
        // An empty file is a new one.
        if !text.isEmpty { #expect(try folder.read(StateFile.name + ".broken-1") == text) }
    }

    @Test func anotherProgramsFileIsSetAside() throws {
        let path = folder.path + "/" + StateFile.name
        do {
            let foreign = try DatabaseQueue(path: path)
            try foreign.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
            try foreign.close()
        }
        #expect(try read([.services]).versions.isEmpty)
        let aside = try DatabaseQueue(path: path + ".broken-1")
        #expect(try aside.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM theirs") } == 0)
    }
}
