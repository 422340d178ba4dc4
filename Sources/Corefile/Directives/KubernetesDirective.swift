import DNSWire
import Findings
import NetworkAddress

// plugin/kubernetes/setup.go

extension KubernetesSettings {
    private static let options = [
        "endpoint_pod_names", "pods", "namespaces", "endpoint", "tls", "labels", "namespace_labels", "fallthrough",
        "ttl",
        "noendpoints", "zonal", "ignore", "kubeconfig", "multicluster", "startup_timeout", "apiserver_qps",
        "apiserver_burst", "apiserver_max_inflight", "compat", "extended_errors", "manifests", "state", "service_cidr",
        "pod_cidr",
    ]
    /// What older releases took: they load, and change nothing.
    private static let gone: Set<String> = ["upstream", "resyncperiod", "transfer", "wildcard"]

    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        zones = try context.zones(directive.arguments)
        guard zones.contains(where: { !$0.isReverse }) else {
            throw directive.fault("kubernetes needs a zone that is no reverse zone", at: directive.arguments.first)
        }
        for option in directive.options { try read(option, of: directive, in: &context) }
        if !namespaces.isEmpty, namespaceLabels != nil {
            throw directive.fault("namespaces and namespace_labels exclude each other")
        }
        if isZonal, ignoresEndpoints { throw directive.fault("zonal needs endpoints: noendpoints excludes it") }
        if !manifests.isEmpty, endpoint != nil || kubeconfig != nil {
            throw directive.fault("manifests are in place of an API: endpoint and kubeconfig exclude them")
        }
    }

    private mutating func read(
        _ option: Directive, of directive: Directive, in context: inout BlockContext
    ) throws(CorefileError) {
        switch option.name.text {
        case "pods":
            let mode = try option.only("disabled, insecure or verified")
            guard let value = Pods(rawValue: mode.text) else {
                throw option.fault("pods is disabled, insecure or verified, not \"\(mode.text)\"", at: mode)
            }
            pods = value
        case "ttl":
            try option.require(1...1, "seconds")
            ttl = try option.ttl(option.arguments[0], 0...3600)
            if ttl == 0 {
                context.warn("a TTL of 0 makes every lookup of a pod a query", at: option.arguments[0], .unusualTTL)
            } else if ttl > 300 {
                context.warn(
                    "a TTL of \(ttl): a changed Service stays unseen that many seconds", at: option.arguments[0],
                    .unusualTTL)
            }
        case "fallthrough": fallsThrough = try context.fallsThrough(option)
        case "ignore":
            let what = try option.only("empty_service")
            guard what.text == "empty_service" else {
                throw option.fault("ignore takes empty_service, not \"\(what.text)\"", at: what)
            }
            ignoresEmptyServices = true
        case "startup_timeout": startupTimeout = try option.duration(try option.only("one duration"))
        case "endpoint_pod_names": usesEndpointPodNames = try option.flag()
        case "noendpoints": ignoresEndpoints = try option.flag()
        case "zonal": isZonal = try option.flag()
        case "namespaces":
            for name in try option.several("names") where !namespaces.contains(name.text) {
                namespaces.append(name.text)
            }
        case "labels": labels = try option.several("a label selector").map(\.text).joined(separator: " ")
        case "namespace_labels":
            namespaceLabels = try option.several("a label selector").map(\.text).joined(separator: " ")
        case "endpoint", "tls", "kubeconfig": try readConnection(option, in: &context)
        case "apiserver_qps", "apiserver_burst", "apiserver_max_inflight":
            let value = try option.only("one number")
            guard let number = Double(value.text), number >= 0 else {
                throw option.fault("\(option.name.text) takes a number from 0, not \"\(value.text)\"", at: value)
            }
            context.note("\(option.name.text) has no effect: a few long requests are made, not many", at: option.name)
        case "multicluster": throw directive.fault("multicluster is not here yet", at: option.name)
        case _ where Self.gone.contains(option.name.text):
            context.warn("\(option.name.text) went from CoreDNS and has no effect", at: option.name)
        default: try readEmbedded(option, of: directive, in: &context)
        }
    }

    /// How the API is reached.
    private mutating func readConnection(
        _ option: Directive, in context: inout BlockContext
    ) throws(CorefileError) {
        switch option.name.text {
        case "endpoint":
            let urls = try option.several("a URL")
            endpoint = urls[0].text
            if urls.count > 1 { context.warn("only the first endpoint is used", at: urls[1]) }
        case "tls":
            try option.require(3...3, "files of a certificate, a key and an authority")
            tls = TLS(
                certificate: option.arguments[0].text, key: option.arguments[1].text,
                authority: option.arguments[2].text)
        default:
            try option.require(1...2, "a file and a context")
            kubeconfig = option.arguments[0].text
            self.context = option.arguments.count > 1 ? option.arguments[1].text : nil
        }
    }

    /// What CoreDNS does not have: the embedded registry, and answers as CoreDNS gives them.
    private mutating func readEmbedded(
        _ option: Directive, of directive: Directive, in context: inout BlockContext
    ) throws(CorefileError) {
        switch option.name.text {
        case "compat":
            let what = try option.only("coredns")
            guard what.text == "coredns" else {
                throw option.fault("compat takes coredns, not \"\(what.text)\"", at: what)
            }
            isCoreDNSCompatible = true
        case "extended_errors": hasExtendedErrors = try option.flag()
        case "manifests":
            for path in try option.several("files or folders") { manifests.append(context.existingPath(path)) }
        case "state": state = context.path(try option.only("one folder").text)
        case "service_cidr":
            for block in try option.several("blocks of addresses") { serviceCIDRs.append(try option.cidr(block)) }
        case "pod_cidr":
            for block in try option.several("blocks of addresses") { podCIDRs.append(try option.cidr(block)) }
        default: throw directive.unknown(option, known: Self.options)
        }
    }
}

extension Directive {
    /// That a word stands alone.
    /// - Returns: true.
    func flag() throws(CorefileError) -> Bool {
        try requireNoArgument()
        return true
    }

    /// All arguments, of which there is one at least.
    func several(_ what: String) throws(CorefileError) -> [Token] {
        guard !arguments.isEmpty else { throw fault("\(name.text) takes \(what)") }
        return arguments
    }
}

extension DomainName {
    /// Whether it is below in-addr.arpa or ip6.arpa.
    var isReverse: Bool { isAtOrBelow(.inAddrArpa) || isAtOrBelow(.ip6Arpa) }
}
