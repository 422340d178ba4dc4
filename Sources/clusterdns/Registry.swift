import ClusterZone
import DNSWire
import Diagnosis
import Findings
import Manifests
import NetworkAddress
import ServiceRegistry
import StaticZones

// What the subcommands take from files: the one place where they meet the registry.

extension RegistryOptions {
    /// The manifests read once, as `serve` would read them.
    /// - Throws: `UsageError` where a path cannot be read.
    func snapshot() throws -> ManifestSnapshot {
        try clusterdns.snapshot(manifests, ManifestOptions(serviceCIDRs: serviceCidr, podCIDRs: podCidr))
    }

    /// The zones as `serve` would have them.
    func zones() throws -> RegistryZones {
        var zones = RegistryZones(cluster: try clusterZone(), external: try externalZones())
        zones.apply(try snapshot().events, now: 1) { _, _ in }
        return zones
    }
}

private func snapshot(_ manifests: [String], _ options: ManifestOptions) throws -> ManifestSnapshot {
    do {
        return try ManifestSnapshot(paths: manifests, options: options)
    } catch let error as ManifestError {
        throw UsageError("\(error)")
    }
}

/// The objects behind addresses and names, for `lookup --manifests`.
func registryIndex(manifests: [String], domain: DomainName) throws -> RegistryIndex {
    var zones = RegistryZones(cluster: try ClusterZone(ClusterZoneOptions(domain: domain)))
    zones.apply(try snapshot(manifests, ManifestOptions()).events, now: 1) { _, _ in }
    return RegistryIndex(zones)
}

/// What is wrong in a set of files, and how many files and objects were read.
func loadFindings(
    _ options: RegistryOptions, zoneFiles: [String]
) throws -> (findings: [Finding], files: Int, objects: Int) {
    let snapshot = try options.snapshot()
    let zones = zoneFiles.map { ZoneFile.read(path: $0).findings }
    return (
        snapshot.findings + zones.flatMap { $0 }, snapshot.fileCount + zoneFiles.count, snapshot.objectCount
    )
}
