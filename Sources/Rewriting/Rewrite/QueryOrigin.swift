import NetworkAddress

/// Between whom a query went, for the variables of `edns0` rules: `{client_ip}`, `{server_port}`, `{protocol}`.
package struct QueryOrigin: Sendable, Hashable {
    package var client: IPAddress
    package var clientPort: UInt16
    package var server: IPAddress
    package var serverPort: UInt16
    /// `udp`, `tcp`
    package var transport: String

    package init(
        client: IPAddress, clientPort: UInt16, server: IPAddress, serverPort: UInt16, transport: String = "udp"
    ) {
        self.client = client
        self.clientPort = clientPort
        self.server = server
        self.serverPort = serverPort
        self.transport = transport
    }
}
