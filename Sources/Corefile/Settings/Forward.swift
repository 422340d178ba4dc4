import DNSWire
import NetworkAddress

/// `forward FROM TO… { … }` (CoreDNS plugin/forward).
package struct ForwardSettings: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        /// `10.0.0.1`, `dns://[2001:db8::1]:5353`, `tls://9.9.9.9%dns.quad9.net`.
        case server(UpstreamAddress)
        /// `/etc/resolv.conf`: its nameservers, as they are at any time.
        case resolvConf(String)
    }

    package enum Policy: String, Sendable, Hashable {
        case random, roundRobin = "round_robin", sequential
    }

    package struct TLS: Sendable, Hashable {
        /// Files; nil is the system's roots, and no client certificate.
        package var certificate: String?
        package var key: String?
        package var authority: String?

        package init(certificate: String? = nil, key: String? = nil, authority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    package struct HealthCheck: Sendable, Hashable {
        package var interval: Duration = .milliseconds(500)
        package var recursionDesired = true
        package var domain = DomainName.root

        package init() {}
    }

    package var from: DomainName
    /// 1 to 15.
    package var to: [Target]
    package var except: [DomainName] = []
    package var forcesTCP = false
    package var prefersUDP = false
    /// How long an idle connection is kept.
    package var expire: Duration = .seconds(10)
    /// Failures in a row after which an upstream is asked less; 0 is never.
    package var maxFails = 2
    package var maxIdleConnections: Int?
    package var tls: TLS?
    package var tlsServerName: String?
    package var policy = Policy.random
    package var healthCheck = HealthCheck()
    /// Queries in flight; above it REFUSED. 0 is no limit of its own.
    package var maxConcurrent = 0
    /// Rcodes for which the next `forward` line of the block is asked.
    package var next: [ResponseCode] = []
    /// Rcodes for which another upstream of this line is asked.
    package var failover: [ResponseCode] = []
    /// All upstreams down: SERVFAIL at once. CoreDNS sprays; here failing fast is what is done, so this only says so.
    package var failsFast = true
    /// How long one upstream is waited for.
    package var readTimeout: Duration = .seconds(2)
    package var sourceAddress: IPAddress?

    package init(from: DomainName, to: [Target]) {
        self.from = from
        self.to = to
    }
}

/// Where a query is sent on to.
package struct UpstreamAddress: Sendable, Hashable, CustomStringConvertible {
    package enum Transport: String, Sendable, Hashable {
        case dns, tls
    }

    package var transport: Transport
    package var address: IPAddress
    package var port: UInt16
    /// `%name` behind a TLS address.
    package var serverName: String?

    package init(transport: Transport = .dns, address: IPAddress, port: UInt16? = nil, serverName: String? = nil) {
        self.transport = transport
        self.address = address
        self.port = port ?? (transport == .tls ? 853 : 53)
        self.serverName = serverName
    }

    /// As CoreDNS's `to` label has it: `10.0.0.1:53`, `[2001:db8::1]:53`.
    package var description: String { address.text(port: port) }
}
