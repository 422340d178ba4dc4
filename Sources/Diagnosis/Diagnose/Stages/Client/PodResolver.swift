import DNSWire
import NetworkAddress
import ServiceRegistry

/// The resolver configuration that the kubelet writes for a Pod (pkg/kubelet/network/dns/dns.go, GetPodDNS).
///
///     let resolver = PodResolver(pod, clusterDomain: domain, clusterDNS: [address])
///     resolver.text       // the Pod's /etc/resolv.conf
///     resolver.reason     // namespace shop, dnsPolicy ClusterFirst
package struct PodResolver: Hashable, Sendable {
    package enum Base: Hashable, Sendable {
        /// The cluster's name server, and ns.svc.zone, svc.zone, zone before the node's search list.
        case cluster
        /// The node's own resolver.
        case node
        /// Nothing.
        case empty
    }

    package var base: Base
    package var nameservers: [String] = []
    package var searches: [String] = []
    /// `ndots:5`, in the order in which they came.
    package var options: [String] = []
    /// What the kubelet leaves out, with an event DNSConfigForming: it is more than it allows.
    package var omittedNameservers: [String] = []
    package var omittedSearches: [String] = []
    /// The node's resolv.conf decides, and nobody gave it.
    package var needsNode: Bool
    /// `namespace shop, dnsPolicy ClusterFirst`.
    package var reason: String

    /// The kubelet's limits (pkg/apis/core/validation, MaxDNSNameservers and the expanded ones of search lists).
    package static let maximumNameservers = 3
    package static let maximumSearches = 32
    package static let maximumSearchLength = 2048
    /// A longer name is left out by itself (apimachinery, DNS1123SubdomainMaxLength).
    package static let maximumNameLength = 253

    /// - Parameters:
    ///   - clusterDNS: the addresses that the kubelet was told (clusterDNS in its configuration).
    ///   - node: the resolv.conf that the kubelet was told (resolvConf in its configuration), where it is known.
    package init(_ pod: Pod, clusterDomain: DomainName, clusterDNS: [IPAddress], node: ResolverFile? = nil) {
        var base: Base
        switch pod.dnsPolicy {
        case "None": base = .empty
        case "Default": base = .node
        case "ClusterFirstWithHostNet": base = .cluster
        // A word that is no policy is taken for ClusterFirst.
        default: base = pod.hostNetwork ? .node : .cluster
        }
        // A kubelet that was told no address has no other resolver to give than its node's.
        if base == .cluster, clusterDNS.isEmpty { base = .node }
        self.base = base
        needsNode = base == .node && node == nil
        reason = "namespace \(pod.name.namespace), dnsPolicy \(pod.dnsPolicy)"
        if pod.hostNetwork { reason += ", hostNetwork" }

        let nodeSearches = (node?.search ?? []).map {
            $0.text.count > 1 && $0.text.hasSuffix(".") ? String($0.text.dropLast()) : $0.text
        }
        switch base {
        case .cluster:
            let zone = String("\(clusterDomain)".dropLast())
            nameservers = clusterDNS.map(\.description)
            searches = uniqued(["\(pod.name.namespace).svc.\(zone)", "svc.\(zone)", zone] + nodeSearches)
            options = ["ndots:\(ResolverConfiguration.clusterFirstNdots)"]
        case .node:
            nameservers = (node?.nameservers ?? []).map(\.text)
            searches = nodeSearches
            options = (node?.options ?? []).map(\.text)
        case .empty: break
        }
        if let own = pod.dnsConfig {
            nameservers = uniqued(nameservers + own.nameservers)
            searches = uniqued(searches + own.searches)
            merge(own.options)
            reason += ", dnsConfig"
        }
        keepLimits()
    }

    /// An option of the Pod takes the place of one with its name.
    private mutating func merge(_ own: [PodDNSConfig.Option]) {
        for option in own {
            let text = option.value.map { $0.isEmpty ? option.name : "\(option.name):\($0)" } ?? option.name
            if let index = options.firstIndex(where: { $0.prefix { $0 != ":" } == option.name }) {
                options[index] = text
            } else {
                options.append(text)
            }
        }
    }

    private mutating func keepLimits() {
        omittedNameservers = Array(nameservers.dropFirst(PodResolver.maximumNameservers))
        nameservers = Array(nameservers.prefix(PodResolver.maximumNameservers))
        let all = searches
        searches = searches.prefix(PodResolver.maximumSearches).filter {
            $0.utf8.count <= PodResolver.maximumNameLength
        }
        while searches.reduce(searches.count - 1, { $0 + $1.utf8.count }) > PodResolver.maximumSearchLength {
            searches.removeLast()
        }
        omittedSearches = all.filter { !searches.contains($0) }
    }

    /// The Pod's /etc/resolv.conf, as container runtimes write it.
    package var text: String {
        (searches.isEmpty ? "" : "search \(searches.joined(separator: " "))\n")
            + nameservers.map { "nameserver \($0)\n" }.joined()
            + (options.isEmpty ? "" : "options \(options.joined(separator: " "))\n")
    }
}

private func uniqued(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
}
