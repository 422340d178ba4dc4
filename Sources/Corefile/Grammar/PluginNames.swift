import Findings

/// The plugins by name: in which order a query meets them, and which are here.
package enum PluginNames {
    /// CoreDNS's plugin.cfg of 2026, where rewrite, autopath and acl stand in front of cache.
    package static let order = [
        "root", "metadata", "geoip", "cancel", "proxyproto", "quic", "grpc_server", "https", "https3", "timeouts",
        "multisocket", "reload", "nsid", "bufsize", "bind", "debug", "trace", "ready", "health", "pprof", "shed",
        "prometheus", "errors", "log", "dnstap", "local", "dns64", "any", "chaos", "loadbalance", "tsig", "rewrite",
        "autopath", "acl", "cache", "header", "dnssec", "tls", "minimal", "template", "transfer", "hosts", "route53",
        "azure", "clouddns", "k8s_external", "kubernetes", "file", "auto", "secondary", "etcd", "loop", "forward",
        "grpc", "erratic", "whoami", "on", "sign", "view", "nomad",
    ]

    /// The ones that a Corefile may name, in their order.
    package static let known = order.filter { !absent.contains($0) }

    static let absent: Set<String> = [
        "geoip", "proxyproto", "quic", "grpc_server", "https", "https3", "trace", "dnstap", "tsig", "header", "dnssec",
        "tls", "transfer", "route53", "azure", "clouddns", "auto", "secondary", "etcd", "grpc", "erratic", "on", "sign",
        "view", "nomad",
    ]

    /// A plugin's place in the chain; nil for one that nobody knows.
    static func rank(of name: String) -> Int? { ranks[name] }

    private static let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })

    /// What is said of a plugin that is not here.
    static func fault(_ name: Token) -> CorefileError {
        let text = name.text
        if absent.contains(text) {
            return CorefileError(
                .unknownDirective, "\(text) is a plugin of CoreDNS that clusterdns does not have", at: name.place)
        }
        if text == "ocp_dnsnameresolver" {
            return CorefileError(
                .unknownDirective, "\(text) is a plugin of OpenShift that clusterdns does not have", at: name.place)
        }
        if text == "proxy" {
            return CorefileError(
                .unknownDirective, "proxy went with CoreDNS 1.5: write forward", at: name.place, fix: "forward")
        }
        let near = nearest(to: text, in: known)
        return CorefileError(
            .unknownDirective, "\"\(text)\" is no plugin" + (near.map { ": did you mean \"\($0)\"?" } ?? ""),
            at: name.place, fix: near)
    }
}

/// The word that somebody who wrote `text` may have meant: at most two edits away, one for a word of two or three letters.
func nearest(to text: String, in words: [String]) -> String? {
    let wanted = Array(text.lowercased().utf8)
    let allowed = min(2, wanted.count / 2)
    return words.compactMap { word in editDistance(wanted, Array(word.utf8), atMost: allowed).map { ($0, word) } }
        .min { $0.0 < $1.0 }?.1
}
