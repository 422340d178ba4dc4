import NetworkAddress

/// Where a rule sends packets: `10.244.0.5:9376`, `[fd00::5]:9376`.
package struct EndpointAddress: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// nil for a text that is not an address with a port.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(host) else { return nil }
        self.init(address, port)
    }

    package var description: String { address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}

extension EndpointAddress: Comparable {
    package static func < (a: EndpointAddress, b: EndpointAddress) -> Bool {
        (a.address, a.port) < (b.address, b.port)
    }
}
