import DNSWire
import Findings

/// A server block of a Corefile, understood: what is served where, and by which plugins.
package struct ServerBlock: Sendable, Hashable {
    /// The zones with their ports; a CIDR has become its reverse zones.
    package var keys: [ServerKey]
    /// In the order in which a query meets them (CoreDNS plugin.cfg), whatever the order in the file.
    package var plugins: [PluginSettings]
    package var place: SourcePlace

    package init(keys: [ServerKey], plugins: [PluginSettings], place: SourcePlace) {
        self.keys = keys
        self.plugins = plugins
        self.place = place
    }
}

/// `tls://example.org:853`: what a block answers for, and where.
package struct ServerKey: Sendable, Hashable {
    package enum Scheme: String, Sendable, Hashable {
        case dns, tls, https, https3, quic, grpc
    }

    package var scheme: Scheme
    package var zone: DomainName
    package var port: UInt16
    package var place: SourcePlace

    package init(scheme: Scheme = .dns, zone: DomainName, port: UInt16, place: SourcePlace) {
        self.scheme = scheme
        self.zone = zone
        self.port = port
        self.place = place
    }
}

/// What a plugin's lines in a block ask for. A plugin that may stand several times has a case for each line.
package enum PluginSettings: Sendable, Hashable {
    case acl(ACLSettings)
    case any
    case autopath(AutopathSettings)
    case bind(BindSettings)
    case bufsize(BufsizeSettings)
    case cache(CacheSettings)
    case chaos(ChaosSettings)
    case debug
    case dns64(DNS64Settings)
    case errors(ErrorsSettings)
    case file(FileSettings)
    case forward(ForwardSettings)
    case health(HealthSettings)
    case hosts(HostsSettings)
    case k8sExternal(K8sExternalSettings)
    case kubernetes(KubernetesSettings)
    case loadbalance(LoadbalanceSettings)
    case local
    case log(LogSettings)
    case loop
    case metadata
    case minimal
    case nsid(NSIDSettings)
    case pprof(PprofSettings)
    case prometheus(PrometheusSettings)
    case ready(ReadySettings)
    case reload(ReloadSettings)
    case rewrite(RewriteSettings)
    case template(TemplateSettings)
    case timeouts
    case whoami
}

/// Which names a plugin hands on that it does not have.
package enum Fallthrough: Sendable, Hashable {
    case none
    case all
    /// Names at or below these.
    case zones([DomainName])

    /// Names at or below which a question goes on.
    package var names: [DomainName] {
        switch self {
        case .none: []
        case .all: [.root]
        case .zones(let zones): zones
        }
    }
}

/// `:8080`, `127.0.0.1:9153`, `localhost:9153`: where a plugin's pages are.
package struct PageAddress: Sendable, Hashable {
    /// nil is every address.
    package var host: String?
    package var port: UInt16

    package init(host: String? = nil, port: UInt16) {
        self.host = host
        self.port = port
    }
}
