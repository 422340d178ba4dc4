import CLinux
import Corefile
import Diagnosis
import Glibc
import NetworkAddress
import Server

/// Where a server block listens: its port on the addresses that `bind` names, or on all.
enum Listening {
    /// - Throws: `UsageError` for what is neither an address nor an interface of this machine.
    static func addresses(of key: ServerKey, _ binds: [BindSettings]) throws -> [ListenAddress] {
        let wanted = binds.flatMap(\.addresses)
        guard !wanted.isEmpty else { return ListenAddress.all(port: key.port) }
        let interfaces = Interfaces()
        let except = Set(try binds.flatMap(\.except).flatMap { try interfaces.addresses(of: $0) })
        var found: [IPAddress] = []
        for word in wanted {
            for address in try interfaces.addresses(of: word)
            where !except.contains(address) && !found.contains(address) {
                found.append(address)
            }
        }
        return found.map { ListenAddress(address: $0, port: key.port) }
    }
}

extension ListenAddress {
    /// All addresses of both families.
    static func all(port: UInt16) -> [ListenAddress] {
        [
            ListenAddress(address: IPAddress(v4: 0), port: port),
            ListenAddress(address: IPAddress(v6High: 0, low: 0), port: port),
        ]
    }
}

/// This machine's interfaces (getifaddrs(3)). Link-local addresses need a scope that nobody gives: they are left out.
private struct Interfaces {
    private var addresses: [String: [IPAddress]] = [:]

    init() {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return }
        defer { freeifaddrs(first) }
        var each = first
        while let entry = each {
            defer { each = entry.pointee.ifa_next }
            guard let socket = entry.pointee.ifa_addr, let address = Interfaces.address(socket) else { continue }
            addresses[String(cString: entry.pointee.ifa_name), default: []].append(address)
        }
    }

    private static func address(_ socket: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        let octets = UnsafeRawPointer(socket)
        switch Int32(socket.pointee.sa_family) {
        case AF_INET:
            return IPAddress(v4: UInt32(bigEndian: octets.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        case AF_INET6:
            let high = UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            return high >> 54 == 0x3FA ? nil : IPAddress(v6High: high, low: low)
        default: return nil
        }
    }

    func addresses(of word: String) throws -> [IPAddress] {
        if let address = IPAddress(word) { return [address] }
        guard let found = addresses[word] else {
            throw UsageError("bind: \(word) is no address and no interface of this machine")
        }
        return found
    }
}
