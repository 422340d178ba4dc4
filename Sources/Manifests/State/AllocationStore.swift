import GRDB
import NetworkAddress
import ServiceRegistry
import StateFile

/// Allocated addresses and node ports, kept across restarts in the state file. They are written before they are served: a
/// process killed at any moment leaves every address that has ever been served.
struct AllocationStore: Sendable {
    let file: StateFile

    /// All allocations as last written.
    func read() throws -> [ObjectName: Allocation] {
        try file.database.read { db in
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
        try file.database.write { db in
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
