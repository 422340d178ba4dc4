import Diagnosis
import Findings

// What the subcommands take from a registry: the one place where they meet it.

/// Everything that is served from a set of manifests, zone by zone.
/// - Throws: `UsageError` where a manifest cannot be read.
func loadListing(manifests: [String], clusterDomain: String) throws -> RecordListing {
    throw UsageError("no registry can be read from manifests")
}

/// The objects behind addresses and names, for `lookup --manifests`.
func loadObjectIndex(manifests: [String], clusterDomain: String) throws -> any ObjectIndex {
    throw UsageError("no registry can be read from manifests")
}

/// What is wrong in a set of files, and how many files and objects were read.
func loadFindings(
    manifests: [String], zoneFiles: [String]
) throws -> (findings: [Finding], files: Int, objects: Int) {
    throw UsageError("no registry can be read from manifests")
}
