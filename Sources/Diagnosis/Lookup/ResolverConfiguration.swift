import DNSWire
import NetworkAddress

/// What a resolver library takes from resolv.conf.
///
///     let file = try ResolverConfiguration(parsing: "search a.example\nnameserver 10.0.0.10\n", file: "resolv.conf")
///
/// Limits are glibc's (resolv/res_init.c, resolv.h), the library that most images carry: three name servers, ndots up
/// to 15, timeout up to 30 s, attempts up to 5; the search list has had no limit since glibc 2.26.
package struct ResolverConfiguration: Hashable, Sendable {
    package var nameservers: [ServerAddress] = []
    /// Name servers behind the third one: written, and never asked.
    package var surplusNameservers: [ServerAddress] = []
    package var search: [DomainName] = []
    package var ndots = 1
    /// Seconds to wait for one answer; nil where the file says nothing.
    package var timeout: Int?
    /// How often the list of servers is gone through; nil where the file says nothing.
    package var attempts: Int?
    /// Questions are spread over the servers instead of starting with the first one each time.
    package var rotate = false
    /// TCP from the start.
    package var useTCP = false
    /// EDNS in every query.
    package var edns0 = false

    package static let maximumNameservers = 3
    package static let maximumNdots = 15
    package static let maximumTimeout = 30
    package static let maximumAttempts = 5

    package init() {}

    /// The search list, ndots and nothing else of a Pod with dnsPolicy ClusterFirst, as the kubelet writes them
    /// (pkg/kubelet/network/dns/dns.go, generateSearchesForDNSClusterFirst).
    /// - Throws: `WireError` where the namespace or zone give no name.
    package static func search(
        inNamespace namespace: String, clusterDomain: DomainName
    ) throws(WireError) -> [DomainName] {
        let services = try clusterDomain.prepending("svc")
        return [try services.prepending(namespace), services, clusterDomain]
    }

    /// The ndots that the kubelet writes for ClusterFirst.
    package static let clusterFirstNdots = 5

    /// The cluster's domain as a Pod's search list shows it: what stands behind the label `svc`; nil where no entry has one.
    package var clusterDomain: DomainName? {
        for domain in search {
            var rest = domain
            for _ in 0..<2 {
                guard let label = rest.labels.first, let parent = rest.parent else { break }
                if label.elementsEqual("svc".utf8), !parent.isRoot { return parent }
                rest = parent
            }
        }
        return nil
    }
}
