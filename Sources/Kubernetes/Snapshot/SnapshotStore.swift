import Foundation
import GRDB
import Glibc
import Logging
import ServiceRegistry
import StateFile
import Synchronization
import Threads

/// The cluster as last known, in the state file: each object as the API's protobuf has it, cut down to what is kept, and the
/// resourceVersion up to which each watch has told. Written behind the serving path, on a thread of its own.
///
/// A version is written with the last object that it covers, never before: a process killed at any moment takes up its
/// watches at a version whose changes the file has.
final class SnapshotStore: Sendable {
    /// Changes wait this long for others to be written with, in microseconds.
    private static let pause: UInt32 = 1_000_000
    /// A version alone, moved on by bookmarks, is written every so many pauses.
    private static let versionPauses = 30
    /// Objects in one transaction at most.
    private static let batch = 4096

    private let file: StateFile
    private let identity: String
    private let log: Logger
    private let pending = Mutex(Pending())
    /// Held while writing: why the last try failed, nil where it did not.
    private let writing = Mutex<String?>(nil)
    private let isStopping = Atomic<Bool>(false)
    /// The file was damaged while it was written: it has only what changed since.
    private let isLost = Atomic<Bool>(false)

    private struct Pending {
        /// As they are now; nil: deleted.
        var objects: [Resource: [ObjectName: RegistryObject?]] = [:]
        var versions: [Resource: String] = [:]
        var pauses = 0
    }

    /// A watch as it was.
    struct Saved: Equatable {
        let version: String
        /// Seconds since 1970.
        let seen: Int64
    }

    /// - Parameter identity: which cluster and which part of it; what was kept of another one is dropped.
    init(file: StateFile, identity: String, log: Logger) {
        self.file = file
        self.identity = identity
        self.log = log
    }

    // MARK: - Reading

    /// Every object kept, resource by resource in the order asked for, and the watches that can be taken up. Without one of
    /// `resources` there is no snapshot.
    /// - Throws: where a part of it cannot be read: half a cluster is none. A damaged file is set aside before.
    func read(_ resources: [Resource]) throws -> (objects: [RegistryObject], watches: [Resource: Saved])? {
        do {
            guard try isOurs() else {
                try clear()
                return nil
            }
            return try file.database.read { db in
                var saved: [Resource: Saved] = [:]
                for row in try Row.fetchAll(db, sql: "SELECT resource, version, seen FROM watch") {
                    guard let resource = Resource(rawValue: row["resource"]) else { continue }
                    saved[resource] = Saved(version: row["version"], seen: row["seen"])
                }
                guard resources.allSatisfy({ saved[$0] != nil }) else { return nil }
                var objects: [RegistryObject] = []
                for resource in resources { try SnapshotStore.read(resource, from: db, &objects) }
                return (objects, saved)
            }
        } catch {
            // What is kept from now on does not go behind what could not be read.
            _ = file.beginAnew(because: error)
            try? clear()
            throw error
        }
    }

    private static func read(
        _ resource: Resource, from db: Database, _ objects: inout [RegistryObject]
    ) throws {
        var decoder = ObjectDecoder(resource, keeping: .stored)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT content FROM object WHERE resource = ?", arguments: [resource.rawValue])
        while let row = try rows.next() {
            let object = try row.withUnsafeData(atIndex: 0) { data in
                try data?.withUnsafeBytes { try decoder.object($0) }
            }
            if let object { objects.append(object.object) }
        }
    }

    private func isOurs() throws -> Bool {
        try file.database.read { try String.fetchOne($0, sql: "SELECT identity FROM cluster") } == identity
    }

    private func clear() throws {
        try file.database.write { db in
            try db.execute(sql: "DELETE FROM object; DELETE FROM watch; DELETE FROM cluster")
            try db.execute(sql: "INSERT INTO cluster VALUES (?)", arguments: [identity])
        }
    }

    // MARK: - Writing

    func start() {
        NamedThread.detach("snapshot") {
            while !self.isStopping.load(ordering: .acquiring) {
                usleep(SnapshotStore.pause)
                // Behind everything else: the thread's own niceness (setpriority(2), "C library/kernel differences").
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
                self.write(all: false)
            }
        }
    }

    /// Writes what is left.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        write(all: true)
    }

    /// Remembers what has changed, to be written soon.
    /// - Parameter version: all changes up to it are noted; nil: a list is under way.
    func note(_ resource: Resource, _ events: [RegistryEvent], version: String?) {
        pending.withLock { pending in
            for event in events {
                switch event {
                case .put(let object): pending.objects[resource, default: [:]][object.key.name] = .some(object)
                case .delete(let key): pending.objects[resource, default: [:]][key.name] = .some(nil)
                case .synced: break
                }
            }
            if let version { pending.versions[resource] = version }
        }
    }

    private func write(all: Bool) {
        let work = pending.withLock { pending -> Pending? in
            pending.pauses += 1
            guard all || !pending.objects.isEmpty || pending.pauses >= SnapshotStore.versionPauses else { return nil }
            defer { pending = Pending() }
            return pending
        }
        guard let work, !work.objects.isEmpty || !work.versions.isEmpty, !isLost.load(ordering: .acquiring) else {
            return
        }
        writing.withLock { fault in
            do {
                try write(work)
                fault = nil
            } catch  where file.beginAnew(because: error) {
                isLost.store(true, ordering: .releasing)
                log.error("no snapshot is kept until the next start: what was in the damaged file is lost")
            } catch {
                putBack(work)
                // It is tried again with each pause, and said once.
                guard fault != "\(error)" else { return }
                fault = "\(error)"
                log.error(
                    "the snapshot cannot be written; a restart without the API will not know what is new since",
                    metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Work that could not be written, behind what is newer: a later version must not be written without it.
    private func putBack(_ work: Pending) {
        pending.withLock { pending in
            for (resource, objects) in work.objects {
                pending.objects[resource, default: [:]].merge(objects) { newer, _ in newer }
            }
            pending.versions.merge(work.versions) { newer, _ in newer }
        }
    }

    private func write(_ work: Pending) throws {
        for (resource, objects) in work.objects {
            var rest = objects[...]
            while !rest.isEmpty {
                let end =
                    rest.index(rest.startIndex, offsetBy: SnapshotStore.batch, limitedBy: rest.endIndex)
                    ?? rest.endIndex
                try write(resource, rest[..<end])
                rest = rest[end...]
            }
        }
        try file.database.write { db in
            for (resource, version) in work.versions {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO watch VALUES (?, ?, ?)",
                    arguments: [resource.rawValue, version, Int64(time(nil))])
            }
        }
    }

    private func write(_ resource: Resource, _ objects: Slice<[ObjectName: RegistryObject?]>) throws {
        try file.database.write { db in
            let put = try db.cachedStatement(sql: "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)")
            let delete = try db.cachedStatement(
                sql: "DELETE FROM object WHERE resource = ? AND namespace = ? AND name = ?")
            for (name, object) in objects {
                let key: StatementArguments = [resource.rawValue, name.namespace, name.name]
                if let object {
                    try put.execute(arguments: key + [Data(ObjectEncoder.octets(of: object))])
                } else {
                    try delete.execute(arguments: key)
                }
            }
        }
    }
}
