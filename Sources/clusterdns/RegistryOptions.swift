import ArgumentParser
import ClusterZone
import Corefile
import DNSWire
import Manifests
import NetworkAddress

/// What `serve`, `records` and `check` are told of the cluster.
struct RegistryOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Manifests: folders (watched, with all below) and files.", valueName: "dir|file"))
    var manifests: [String] = []

    @Option(name: .long, help: ArgumentHelp("The cluster's domain.", valueName: "domain"))
    var clusterDomain = DomainName.Argument(ClusterZoneOptions.defaultDomain)

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Zones of which PTR records are answered: names, or blocks like 10.96.0.0/12.", valueName: "zone"))
    var reverseZone: [ReverseZone] = [ReverseZone(.inAddrArpa), ReverseZone(.ip6Arpa)]

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where Services get their ClusterIPs: one block for each family, the primary family first. "
                + "(default: \(ManifestOptions.defaultServiceCIDR))",
            valueName: "cidr"))
    var serviceCidr: [CIDR] = []

    @Option(
        name: .long, parsing: .upToNextOption, help: ArgumentHelp("Where Pods have their addresses.", valueName: "cidr")
    )
    var podCidr: [CIDR] = []

    @Option(
        name: .long,
        help: "Names like 10-0-0-1.default.pod: disabled, insecure (any address), verified (the Pods' addresses).")
    var pods = ClusterZoneOptions.Pods.disabled

    @Option(name: .long, help: "Seconds that answers may be kept, 0 to 3600.")
    var ttl: UInt32 = 5

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Zones of external addresses: SERVICE.NAMESPACE.ZONE, and the hosts of Ingresses in ZONE.",
            valueName: "zone"))
    var externalZone: [DomainName.Argument] = []

    func validate() throws {
        if ttl > 3600 { throw ValidationError("--ttl \(ttl): 0 to 3600 seconds") }
        if serviceCidr.count > 2 || Set(serviceCidr.map(\.family)).count != serviceCidr.count {
            throw ValidationError("--service-cidr: one block for each address family, not \(serviceCidr)")
        }
        _ = try clusterZone()
        _ = try externalZones()
    }

    /// The `kubernetes` line of a Corefile that says the same.
    func settings(_ cluster: ClusterOptions) -> KubernetesSettings {
        var settings = KubernetesSettings()
        settings.zones = [clusterDomain.name] + reverseZone.map(\.name)
        settings.ttl = ttl
        settings.pods = KubernetesSettings.Pods(rawValue: pods.rawValue)!
        settings.manifests = manifests
        settings.serviceCIDRs = serviceCidr
        settings.podCIDRs = podCidr
        cluster.describe(in: &settings)
        settings.isEmbedded = !cluster.isGiven
        return settings
    }

    func clusterZone(nameServerAddresses: [IPAddress] = []) throws -> ClusterZone {
        do {
            return try ClusterZone(
                ClusterZoneOptions(
                    domain: clusterDomain.name, reverseZones: reverseZone.map(\.name), ttl: ttl, pods: pods,
                    nameServerAddresses: nameServerAddresses))
        } catch {
            throw ValidationError("--cluster-domain \(clusterDomain.name): \(error)")
        }
    }

    func externalZones() throws -> [ExternalZone] {
        try externalZone.map { zone in
            do {
                return try ExternalZone(origin: zone.name, ttl: ttl)
            } catch {
                throw ValidationError("--external-zone \(zone.name): \(error)")
            }
        }
    }
}

extension DomainName {
    /// A domain name on the command line.
    struct Argument: ExpressibleByArgument {
        let name: DomainName

        init(_ name: DomainName) { self.name = name }

        init?(argument: String) {
            guard let name = try? DomainName(argument) else { return nil }
            self.init(name)
        }

        var defaultValueDescription: String { name.description }
    }
}

/// A reverse zone on the command line: its name, or the block whose addresses it is for.
struct ReverseZone: ExpressibleByArgument {
    let name: DomainName

    init(_ name: DomainName) { self.name = name }

    init?(argument: String) {
        if let block = CIDR(argument) {
            self.init(DomainName(reverseOf: block))
        } else if let name = try? DomainName(argument), name.isAtOrBelow(.inAddrArpa) || name.isAtOrBelow(.ip6Arpa) {
            self.init(name)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { name.description }
}

extension CIDR: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
    package var defaultValueDescription: String { description }
}

extension ClusterZoneOptions.Pods: ExpressibleByArgument {}
