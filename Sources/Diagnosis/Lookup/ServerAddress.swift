import NetworkAddress

/// Where a DNS server listens: `10.96.0.10`, `10.96.0.10:5353`, `[fd00::10]:53`, `fe80::1%eth0`.
package struct ServerAddress: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16
    /// The network interface of a link-local IPv6 address (RFC 4007 11), nil for every other address.
    package var interface: String?

    /// Where DNS servers listen unless told otherwise, RFC 1035 4.2.
    package static let standardPort: UInt16 = 53
    /// For DNS over TLS, RFC 7858 3.1.
    package static let tlsPort: UInt16 = 853

    package init(_ address: IPAddress, port: UInt16 = standardPort, interface: String? = nil) {
        self.address = address
        self.port = port
        self.interface = interface
    }

    /// An address with or without a port, which follows a colon (IPv6 then stands in brackets) or, as nslookup prints it,
    /// a `#`; nil where the text is something else, a host name for example.
    package init?(_ text: some StringProtocol, defaultPort: UInt16 = standardPort) {
        guard let (host, port) = ServerAddress.split(text, defaultPort: defaultPort) else { return nil }
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        if parts.count == 2 {
            guard address.family == .v6, !parts[1].isEmpty else { return nil }
            self.init(address, port: port, interface: String(parts[1]))
        } else {
            self.init(address, port: port)
        }
    }

    /// The host part and the port of `HOST`, `HOST:PORT`, `[HOST]:PORT` or `HOST#PORT`; nil where the port is no port or a
    /// bracket is not closed.
    package static func split(_ text: some StringProtocol, defaultPort: UInt16) -> (host: String, port: UInt16)? {
        func port(_ text: some StringProtocol) -> UInt16? { text.hasPrefix("+") ? nil : UInt16(text) }
        let text = String(text)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (host, defaultPort) }
            guard rest.hasPrefix(":"), let port = port(rest.dropFirst()) else { return nil }
            return (host, port)
        }
        if let mark = text.lastIndex(of: "#") {
            guard let port = port(text[text.index(after: mark)...]) else { return nil }
            return (String(text[..<mark]), port)
        }
        // More than one colon is an IPv6 address without brackets, which cannot carry a port.
        guard let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon else { return (text, defaultPort) }
        guard let port = port(text[text.index(after: colon)...]) else { return nil }
        return (String(text[..<colon]), port)
    }

    /// The address with its interface, without the port.
    package var host: String { interface.map { "\(address)%\($0)" } ?? "\(address)" }
}

extension ServerAddress: CustomStringConvertible {
    /// The address, with the port where it is not 53.
    package var description: String {
        guard port != ServerAddress.standardPort else { return host }
        return address.family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)"
    }
}
