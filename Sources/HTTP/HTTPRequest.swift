/// What an HTTP client asks, and over which way.
package struct HTTPRequest: Sendable {
    package var method: String
    /// `http://` or `https://`; any other scheme is refused.
    package var url: String
    /// Fields are sent in this order; User-Agent and Accept only if they are here.
    package var headers: [(name: String, value: String)]
    /// Sent with its length; nil sends none.
    package var body: [UInt8]?
    package var tls: TLSOptions
    /// `http://`, `https://` or `socks5h://` and where the proxy is. nil: what HTTPS_PROXY and NO_PROXY say, which is none
    /// for this machine itself, as in Go's net/http (ProxyFromEnvironment).
    package var proxy: String?
    /// The path of the Unix socket that is connected to in place of the URL's host.
    package var unixSocket: String?
    /// For the address, the TCP connection and the TLS handshake together.
    package var connectTimeout: Duration

    package init(
        _ url: String, method: String = "GET", headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        tls: TLSOptions = TLSOptions(), proxy: String? = nil, unixSocket: String? = nil,
        connectTimeout: Duration = .seconds(5)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.tls = tls
        self.proxy = proxy
        self.unixSocket = unixSocket
        self.connectTimeout = connectTimeout
    }
}

/// Whom a TLS client trusts, and how it shows who it is.
package struct TLSOptions: Sendable, Hashable {
    /// Certificates or a key in PEM.
    package enum PEM: Sendable, Hashable {
        case file(String)
        case data([UInt8])
    }

    /// The only authorities that are trusted; nil for the system's.
    package var authority: PEM?
    /// The client's certificate, with those between it and its authority behind it.
    package var certificate: PEM?
    package var key: PEM?
    /// False trusts every server.
    package var verifies: Bool
    /// The name that is announced (SNI) and that the server's certificate must have; nil for the URL's host.
    package var serverName: String?

    package init(
        authority: PEM? = nil, certificate: PEM? = nil, key: PEM? = nil, verifies: Bool = true,
        serverName: String? = nil
    ) {
        self.authority = authority
        self.certificate = certificate
        self.key = key
        self.verifies = verifies
        self.serverName = serverName
    }
}
