import DNSWire
import ServiceRegistry

extension PodResolver {
    /// The Pod that `NS/POD` means; without a namespace, one of `default`.
    /// - Throws: `UsageError` for anything else.
    package static func podName(_ text: String) throws(UsageError) -> ObjectName {
        let words = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(words.count), !words.contains("") else {
            throw UsageError("\"\(text)\" is no Pod: write NAMESPACE/POD")
        }
        return words.count == 2 ? ObjectName(words[0], words[1]) : ObjectName("default", words[0])
    }

    /// The resolver of a Pod of a registry, with the addresses of the registry's DNS Service.
    /// - Throws: `UsageError` where the registry does not have the Pod, or its node's resolv.conf decides and is not given.
    package init(of name: ObjectName, in facts: ClusterFacts, node: ResolverFile? = nil) throws(UsageError) {
        guard let pod = facts.registry.pods[name] else {
            let others = facts.pods(in: name.namespace).prefix(3).map(\.name.name)
            let hint = others.isEmpty ? "" : "; namespace \(name.namespace) has \(others.joined(separator: ", "))"
            throw UsageError("there is no Pod \(name)\(hint)")
        }
        self.init(pod, clusterDomain: facts.domain, clusterDNS: ClusterDNS(facts).addresses, node: node)
        guard !needsNode else {
            throw UsageError("Pod \(name) has its node's resolver (\(reason)): give the node's --resolv-conf")
        }
    }

    /// What a library makes of it.
    /// - Throws: `UsageError` for an address or a name in dnsConfig that is none.
    package var configuration: ResolverConfiguration {
        get throws(UsageError) { try ResolverConfiguration(parsing: text, file: reason) }
    }
}
