import CLinux
import Glibc
import NetworkAddress

/// An address and port to listen on, over UDP and TCP.
///
///     127.0.0.1:5300    [::1]:5300    10.96.0.10    :53 (all addresses)    127.0.0.1:0 (a free port)
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// The addresses that a text means: one, or for `:PORT` all of IPv4 and all of IPv6. nil where it is none.
    package static func parse(_ text: String, defaultPort: UInt16 = 53) -> [ListenAddress]? {
        if let address = IPAddress(text) { return [ListenAddress(address: address, port: defaultPort)] }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            guard text.hasPrefix("["), text.hasSuffix("]"), let address = IPAddress(text.dropFirst().dropLast())
            else { return nil }
            return [ListenAddress(address: address, port: defaultPort)]
        }
        let host = text[..<colon]
        if host.isEmpty {
            return [
                ListenAddress(address: IPAddress(v4: 0), port: port),
                ListenAddress(address: IPAddress(v6High: 0, low: 0), port: port),
            ]
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard let address = IPAddress(isBracketed ? host.dropFirst().dropLast() : host),
            (address.family == .v6) == isBracketed
        else { return nil }
        return [ListenAddress(address: address, port: port)]
    }

    /// All addresses of the family.
    package var isWildcard: Bool { address.high == 0 && address.low == 0 }

    package var description: String {
        address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }

    var family: Int32 { address.family == .v4 ? AF_INET : AF_INET6 }

    /// Calls `body` with the address as the kernel takes it.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result) rethrows -> Result {
        var storage = sockaddr_storage()
        let length: Int
        switch address.family {
        case .v4:
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            v4.sin_addr.s_addr = address.v4.bigEndian
            length = MemoryLayout<sockaddr_in>.size
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
        case .v6:
            var v6 = sockaddr_in6()
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &v6.sin6_addr) { $0.copyBytes(from: address.bytes) }
            length = MemoryLayout<sockaddr_in6>.size
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        }
        return try withUnsafePointer(to: &storage) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body($0, socklen_t(length)) }
        }
    }
}
