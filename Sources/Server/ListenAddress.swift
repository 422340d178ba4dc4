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
        address.text(port: port)
    }

    var family: Int32 { address.family == .v4 ? AF_INET : AF_INET6 }

    /// Calls `body` with the address as the kernel takes it.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result) rethrows -> Result {
        try address.withSockaddr(port: port, body)
    }
}
