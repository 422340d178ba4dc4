import ArgumentParser
import ClusterZone
import Corefile
import DNSWire
import HTTP
import NetworkAddress
import Server

/// A server described by flags: a short way to write one server block.
struct FlagOptions: ParsableArguments {
    @OptionGroup var registry: RegistryOptions
    @OptionGroup(title: "A cluster's API as the registry") var cluster: ClusterOptions

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Master files of static zones, served as they are and read again when they change.",
            valueName: "file"))
    var zoneFile: [String] = []

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Addresses for UDP and TCP: 127.0.0.1:5300, [::1]:53, :53 for all, port 0 for a free one. (default: :53)",
            valueName: "addr:port"))
    var listen: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folder in which the cluster as last known, or allocated ClusterIPs and NodePorts, are kept across restarts.",
            valueName: "dir"))
    var state: String?

    @Option(help: ArgumentHelp("Where /health says that the process lives: `:8080`.", valueName: "addr:port"))
    var health: String?

    @Option(
        help: ArgumentHelp(
            "Where /ready says that the registry is served, and what is wrong: `:8181`.", valueName: "addr:port"))
    var ready: String?

    @Option(help: ArgumentHelp("Where /metrics is for Prometheus: `:9153`.", valueName: "addr:port"))
    var metrics: String?

    @Flag(
        name: .long,
        help: "Negative and old answers say why, to clients with EDNS: Extended DNS Errors (RFC 8914).")
    var extendedErrors = false

    var isEmpty: Bool { registry.manifests.isEmpty && zoneFile.isEmpty && !cluster.isGiven }

    func validate() throws {
        if !registry.manifests.isEmpty && cluster.isGiven {
            throw ValidationError("one registry: --manifests, or a cluster's API")
        }
        _ = try addresses()
        for (name, text) in [("--health", health), ("--ready", ready), ("--metrics", metrics)] {
            if let text { _ = try FlagOptions.page(text, name) }
        }
    }

    private func addresses() throws -> [ListenAddress] {
        try (listen.isEmpty ? [":53"] : listen).flatMap { text in
            guard let parsed = ListenAddress.parse(text) else {
                throw ValidationError("--listen \(text): want ADDRESS:PORT, [IPV6]:PORT or :PORT")
            }
            return parsed
        }
    }

    private static func page(_ text: String, _ name: String) throws -> PageAddress {
        guard let parsed = ListenAddress.parse(text)?.first else {
            throw ValidationError("\(name) \(text): want ADDRESS:PORT, [IPV6]:PORT or :PORT")
        }
        return PageAddress(host: text.hasPrefix(":") ? nil : "\(parsed.address)", port: parsed.port)
    }

    /// The block that the flags describe. It is for every name: what it does not know is refused.
    func block() throws -> ServedBlock {
        var plugins: [PluginSettings] = []
        if let health {
            var settings = HealthSettings()
            settings.address = try FlagOptions.page(health, "--health")
            plugins.append(.health(settings))
        }
        if let ready {
            var settings = ReadySettings()
            settings.address = try FlagOptions.page(ready, "--ready")
            plugins.append(.ready(settings))
        }
        if let metrics {
            var settings = PrometheusSettings()
            settings.address = try FlagOptions.page(metrics, "--metrics")
            plugins.append(.prometheus(settings))
        }
        // Zones of files come first, then the cluster's, then those of external addresses, unless they are below the
        // cluster's; what one does not have is asked of the next.
        var cluster = registry.settings(self.cluster)
        cluster.state = state
        cluster.hasExtendedErrors = extendedErrors
        let external = registry.externalZone.map(\.name)
        plugins += zoneFile.map { path in
            var file = FileSettings(file: path)
            file.fallsThrough = .zones(cluster.zones + external)
            return .file(file)
        }
        let isBelow = external.contains { name in cluster.zones.contains(where: name.isAtOrBelow) }
        if !isBelow { plugins.append(.kubernetes(cluster)) }
        if !external.isEmpty {
            var settings = K8sExternalSettings()
            settings.zones = external
            settings.ttl = registry.ttl
            settings.hasIngressHosts = true
            plugins.append(.k8sExternal(settings))
        }
        if isBelow { plugins.append(.kubernetes(cluster)) }
        return ServedBlock(
            places: [ServedBlock.Place(zone: .root, server: "dns://:53", addresses: try addresses())], plugins: plugins)
    }
}
