import ClusterZone
import Corefile
import DNSWire
import Diagnosis
import Findings
import Glibc
import Kubernetes
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

func snapshot(_ manifests: [String], _ options: ManifestOptions) throws -> ManifestSnapshot {
    do {
        return try ManifestSnapshot(paths: manifests, options: options)
    } catch let error as ManifestError {
        throw UsageError("\(error)")
    }
}

/// What is wrong in a set of files, and how many files and objects were read.
/// - Parameter corefiles: read with what they import; the zone files that they name are read too, where they are there.
func loadFindings(
    _ options: RegistryOptions, zoneFiles: [String], corefiles: [String]
) throws -> (findings: [Finding], files: Int, objects: Int) {
    let snapshot = try options.snapshot()
    var facts = ClusterFacts(snapshot, domain: options.clusterDomain.name)
    facts.serviceCIDRs = options.serviceCidr
    facts.podCIDRs = options.podCidr
    facts.externalZones = options.externalZone.map(\.name)
    let read = corefiles.map(CorefileReading.init)
    let zones = read.flatMap(\.zoneFiles) + zoneFiles.map { ($0, nil) }
    return (
        read.flatMap(\.findings) + RegistryCheck.findings(facts)
            + zones.flatMap { path, origin in ZoneFile.read(path: path, origin: origin).findings },
        read.reduce(0) { $0 + $1.files } + snapshot.fileCount + Set(zones.map(\.0)).count, snapshot.objectCount
    )
}

/// One Corefile, read for what is wrong in it.
private struct CorefileReading {
    var findings: [Finding]
    var files = 1
    /// What its `file` lines name and is there, with their zones.
    var zoneFiles: [(path: String, origin: DomainName?)] = []

    init(path: String) {
        do throws(CorefileError) {
            let corefile = try Corefile.load(path: path, environment: ClusterConnection.processEnvironment)
            findings = corefile.findings
            // A pattern is no file.
            files = corefile.files.count { access($0, R_OK) == 0 }
            for case .file(let settings) in corefile.blocks.flatMap(\.plugins) where access(settings.file, R_OK) == 0 {
                zoneFiles += settings.zones.map { (settings.file, $0) }
            }
        } catch {
            findings = error.findings
        }
    }
}
