import GRDB
import Glibc
import Logging
import NetworkAddress
import ServiceRegistry

/// Allocated addresses and node ports, kept across restarts in `DIR/clusterdns.sqlite`.
///
/// Allocations are written before they are served, each batch in one transaction, in SQLite's write-ahead log: a process
/// killed at any moment leaves a file that opens, with every address that has ever been served.
final class StateFile: Sendable {
    static let name = "clusterdns.sqlite"
    /// `cdns`: tells our files from other programs'.
    private static let applicationID = 0x6364_6E73

    private let database: DatabaseQueue

    /// Opens the file, or makes it. One that is damaged or another program's is set aside as `clusterdns.sqlite.broken-N`
    /// and said.
    /// - Throws: `StateError` where the folder cannot be used.
    init(directory: String, log: Logger) throws {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StateError(
                description: "--state \(directory): \(String(cString: strerror(errno == 0 ? ENOTDIR : errno)))")
        }
        guard access(directory, W_OK) == 0 else {
            throw StateError(description: "--state \(directory): \(String(cString: strerror(errno)))")
        }
        let path = directory + "/" + StateFile.name
        do {
            database = try StateFile.open(path)
        } catch {
            let aside = (1...).lazy.map { (number: Int) -> String in "\(path).broken-\(number)" }
                .first { (name: String) -> Bool in access(name, F_OK) != 0 }!
            guard rename(path, aside) == 0 else { throw StateError(description: "\(path): \(error)") }
            for ending in ["-wal", "-shm"] { rename(path + ending, aside + ending) }
            log.error(
                "the state file cannot be read and was set aside; allocations begin anew",
                metadata: [
                    "file": "\(aside)", "reason": "\(error)",
                ])
            database = try StateFile.open(path)
        }
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
        try migrator.migrate(database)
        return database
    }

    /// All allocations as last written.
    func read() throws -> [ObjectName: Allocation] {
        try database.read { db in
            var out: [ObjectName: Allocation] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT namespace, service, address FROM address") {
                guard let address = IPAddress(row["address"] as String) else { continue }
                out[ObjectName(row["namespace"], row["service"]), default: Allocation()].addresses.append(address)
            }
            for row in try Row.fetchAll(db, sql: "SELECT namespace, service, protocol, port, nodePort FROM nodePort") {
                guard let transport = TransportProtocol(rawValue: row["protocol"]) else { continue }
                let key = PortKey(transport: transport, port: row["port"])
                out[ObjectName(row["namespace"], row["service"]), default: Allocation()].nodePorts[key] =
                    row["nodePort"]
            }
            return out
        }
    }

    /// Writes the allocations of some Services in one transaction; nil: there is none any more.
    func write(_ changes: [ObjectName: Allocation?]) throws {
        guard !changes.isEmpty else { return }
        try database.write { db in
            for (name, allocation) in changes {
                let key: StatementArguments = [name.namespace, name.name]
                try db.execute(sql: "DELETE FROM address WHERE namespace = ? AND service = ?", arguments: key)
                try db.execute(sql: "DELETE FROM nodePort WHERE namespace = ? AND service = ?", arguments: key)
                for address in allocation?.addresses ?? [] {
                    try db.execute(sql: "INSERT INTO address VALUES (?, ?, ?)", arguments: key + [address.description])
                }
                for (port, nodePort) in allocation?.nodePorts ?? [:] {
                    try db.execute(
                        sql: "INSERT INTO nodePort VALUES (?, ?, ?, ?, ?)",
                        arguments: key + [port.transport.rawValue, port.port, nodePort])
                }
            }
        }
    }
}

/// The state folder cannot be used.
package struct StateError: Error, CustomStringConvertible {
    package let description: String
}
