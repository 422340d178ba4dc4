import GRDB
import Glibc
import Logging
import Synchronization

/// What is kept across restarts, in `DIR/clusterdns.sqlite`: allocated addresses, and the cluster as last known.
///
/// Written in SQLite's write-ahead log, each batch in one transaction: a process killed at any moment leaves a file that
/// opens.
package final class StateFile: Sendable {
    package static let name = "clusterdns.sqlite"
    /// `cdns`: tells our files from other programs'.
    private static let applicationID = 0x6364_6E73

    private let path: String
    private let log: Logger
    private let opened: Mutex<DatabaseQueue>

    package var database: DatabaseQueue { opened.withLock { $0 } }

    /// Opens the file, or makes it. One that is damaged or another program's is set aside as `clusterdns.sqlite.broken-N`
    /// and said.
    /// - Throws: `StateError` where the folder cannot be used.
    package init(directory: String, log: Logger) throws {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StateError(
                description: "--state \(directory): \(String(cString: strerror(errno == 0 ? ENOTDIR : errno)))")
        }
        guard access(directory, W_OK) == 0 else {
            throw StateError(description: "--state \(directory): \(String(cString: strerror(errno)))")
        }
        path = directory + "/" + StateFile.name
        self.log = log
        opened = Mutex(try StateFile.openOrBeginAnew(path, log))
    }

    /// Where an error of the database says that its file is damaged: sets it aside and begins a new one.
    /// - Returns: false for every other error, and where no new file can be made.
    package func beginAnew(because error: any Error) -> Bool {
        let code = (error as? DatabaseError)?.resultCode
        guard code == .SQLITE_CORRUPT || code == .SQLITE_NOTADB else { return false }
        return opened.withLock { database in
            do {
                try? database.close()
                try StateFile.setAside(path, error, log)
                database = try StateFile.open(path)
                return true
            } catch {
                log.error("no new state file can be made", metadata: ["file": "\(path)", "reason": "\(error)"])
                return false
            }
        }
    }

    private static func openOrBeginAnew(_ path: String, _ log: Logger) throws -> DatabaseQueue {
        do {
            return try open(path)
        } catch {
            try setAside(path, error, log)
            return try open(path)
        }
    }

    private static func setAside(_ path: String, _ reason: any Error, _ log: Logger) throws(StateError) {
        let aside = (1...).lazy.map { (number: Int) -> String in "\(path).broken-\(number)" }
            .first { (name: String) -> Bool in access(name, F_OK) != 0 }!
        guard rename(path, aside) == 0 else { throw StateError(description: "\(path): \(reason)") }
        for ending in ["-wal", "-shm"] { rename(path + ending, aside + ending) }
        log.error(
            "the state file cannot be read and was set aside; what it kept begins anew",
            metadata: ["file": "\(aside)", "reason": "\(reason)"])
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        // Durable at each commit, also when the machine loses power.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.read { db in
            let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard owner == applicationID || tables == 0 else {
                throw StateError(description: "it belongs to another program")
            }
        }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("allocations") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(
                sql: """
                    CREATE TABLE address (
                        namespace TEXT NOT NULL, service TEXT NOT NULL, address TEXT NOT NULL,
                        PRIMARY KEY (namespace, service, address)) WITHOUT ROWID;
                    CREATE TABLE nodePort (
                        namespace TEXT NOT NULL, service TEXT NOT NULL, protocol TEXT NOT NULL, port INTEGER NOT NULL,
                        nodePort INTEGER NOT NULL, PRIMARY KEY (namespace, service, protocol, port)) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("cluster") { db in
            // `content` is the object as Kubernetes' protobuf, cut down; `seen` seconds since 1970.
            try db.execute(
                sql: """
                    CREATE TABLE object (
                        resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL,
                        PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
                    CREATE TABLE watch (
                        resource TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
                    CREATE TABLE cluster (identity TEXT NOT NULL);
                    """)
        }
        try migrator.migrate(database)
        return database
    }
}

/// The state folder cannot be used.
package struct StateError: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}
