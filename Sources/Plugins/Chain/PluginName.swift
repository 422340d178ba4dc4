/// The plugins that can give an answer or be named as enabled, by the names that CoreDNS's metrics have.
package enum PluginName: UInt8, CaseIterable, Sendable {
    /// The server itself: no block, or none of its plugins, had anything to say.
    case none
    case acl, any, autopath, bind, bufsize, cache, chaos, debug, dns64, errors, file, forward, health, hosts
    case k8sExternal, kubernetes, loadbalance, local, log, loop, metadata, minimal, nsid, pprof, prometheus, ready
    case reload, rewrite, template, timeouts, whoami

    package var label: String {
        switch self {
        case .none: ""
        case .k8sExternal: "k8s_external"
        default: "\(self)"
        }
    }
}
