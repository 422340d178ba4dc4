import ClusterZone
import DNSWire
import Findings
import ServiceRegistry

/// Who asks, and the resolver configuration that it asks with.
struct AskingClient: Sendable {
    /// The Pod, where one was named and the registry has it.
    var pod: Pod?
    /// What the kubelet makes for the Pod.
    var computed: PodResolver?
    /// The resolv.conf that is in force: the one given, else the kubelet's; nil: a node's that nobody gave.
    var file: ResolverFile?
    /// `file` was given, not computed.
    var isGiven: Bool
    /// `web-0 in shop`, or the file's name.
    var label: String
    /// The Pod's namespace; else the one of the search list's entry ns.svc.zone.
    var namespace: String?

    /// nil: neither a Pod that is known nor a file.
    init?(_ inquiry: Inquiry, _ dns: ClusterDNS) {
        let given = inquiry.client.resolvConf.map { ResolverFile(parsing: $0.text, file: $0.file) }
        let pod = inquiry.client.pod.flatMap { inquiry.facts.registry.pods[$0] }
        guard pod != nil || given != nil else { return nil }
        self.pod = pod
        isGiven = given != nil
        file = given
        if let pod {
            var node: ResolverFile?
            if !inquiry.client.nodeSearch.isEmpty {
                node = ResolverFile(
                    parsing: "search \(inquiry.client.nodeSearch.map { "\($0)" }.joined(separator: " "))")
            }
            var resolver = PodResolver(
                pod, clusterDomain: inquiry.facts.domain, clusterDNS: dns.addresses, node: node)
            // Of the node only the search list is known.
            if resolver.base == .node { resolver.needsNode = true }
            computed = resolver
            if file == nil, !resolver.needsNode { file = ResolverFile(parsing: resolver.text) }
        }
        label = pod.map { "\($0.name.name) in \($0.name.namespace)" } ?? given?.file ?? ""
        namespace = pod?.name.namespace ?? file?.clusterNamespace(in: inquiry.facts.domain)
    }

    /// `Pod shop/web-0`
    var object: String? { pod.map { "\(ObjectKey(.pod, $0.name))" } }

    /// What the client would type for the name asked: `web.shop` from another namespace where just `web` was asked for;
    /// nil for an address.
    func typed(for asked: AskedName) -> String? {
        if case .address = asked.subject { return nil }
        guard case .service(let service) = asked.subject else { return asked.text }
        let isBare = asked.text.contains("/") || !asked.text.contains(".")
        guard isBare else { return asked.text }
        return namespace == nil || namespace == service.namespace
            ? service.name : "\(service.name).\(service.namespace)"
    }

    /// The names that it asks in turn; nil where its search list is not known, or an address is asked for.
    func plan(for asked: AskedName, rules: ResolverRules, ndots: Int? = nil) -> SearchPlan? {
        guard let file, let typed = typed(for: asked) else { return nil }
        return try? SearchPlan(typed, search: file.domains, ndots: ndots ?? file.ndots, rules: rules)
    }
}

extension ResolverFile {
    /// The namespace of the first entry ns.svc.zone.
    func clusterNamespace(in domain: DomainName) -> String? {
        for entry in domains {
            guard let labels = entry.lowercased.labels(above: domain), labels.count == 2,
                labels[1].elementsEqual("svc".utf8)
            else { continue }
            return DomainName.text(of: labels[0])
        }
        return nil
    }
}
