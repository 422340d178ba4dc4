import DNSWire
import NetworkAddress

/// `kubernetes [ZONES…] { … }` (CoreDNS plugin/kubernetes), with the options for the embedded registry.
package struct KubernetesSettings: Sendable, Hashable {
    package enum Pods: String, Sendable, Hashable { case disabled, insecure, verified }

    package struct TLS: Sendable, Hashable {
        /// Files; nil: no client certificate.
        package var certificate: String?
        package var key: String?
        package var authority: String

        package init(certificate: String? = nil, key: String? = nil, authority: String) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    /// The block's where empty.
    package var zones: [DomainName] = []
    package var endpoint: String?
    package var tls: TLS?
    package var kubeconfig: String?
    package var context: String?
    package var namespaces: [String] = []
    package var namespaceLabels: String?
    package var labels: String?
    package var pods = Pods.disabled
    package var usesEndpointPodNames = false
    /// Seconds, 0 to 3,600.
    package var ttl: UInt32 = 5
    package var ignoresEndpoints = false
    package var fallsThrough = Fallthrough.none
    package var ignoresEmptyServices = false
    package var isZonal = false
    package var startupTimeout: Duration = .seconds(5)
    /// `compat coredns`: CoreDNS's answers where they are not RFC-true.
    package var isCoreDNSCompatible = false
    /// `extended_errors`: answers of the block say why they are negative or old (RFC 8914).
    package var hasExtendedErrors = false
    /// `manifests DIR…`: the embedded registry in place of an API.
    package var manifests: [String] = []
    /// The embedded registry also where there are no manifests: what only the command line can say.
    package var isEmbedded = false
    /// `state DIR`
    package var state: String?
    package var serviceCIDRs: [CIDR] = []
    package var podCIDRs: [CIDR] = []

    package init() {}
}
