import Findings
import Glibc
import ServiceRegistry

/// What some manifests say, read once.
package struct ManifestSnapshot: Sendable {
    package var events: [RegistryEvent]
    /// In the order of their places.
    package var findings: [Finding]
    package var fileCount: Int
    package var objectCount: Int
    /// Where the objects that were read stand.
    package var places: [ObjectKey: SourcePlace]
    /// Codes that an object's annotation clusterdns.io/ignore keeps quiet.
    package var ignoredCodes: [ObjectKey: Set<String>]
    /// Each collision once; they are among `findings` too, but for those that an annotation keeps quiet.
    package var allocationFaults: [AllocationFault]
    /// What Services were given that did not ask for a certain one.
    package var allocations: [ObjectName: Allocation]
    /// Where single fields stand.
    package let fieldPlaces: FieldPlaces

    /// Services whose ClusterIP was given here, not written.
    package var allocated: Set<ObjectName> {
        Set(allocations.lazy.filter { !$0.value.addresses.isEmpty }.map(\.key))
    }

    /// - Parameter remembered: what Services were given formerly, and keep while they want it.
    /// - Throws: `ManifestError` for a path that is not there.
    package init(
        paths: [String], options: ManifestOptions, remembered: [ObjectName: Allocation] = [:]
    ) throws {
        for path in paths where access(path, R_OK) != 0 {
            throw ManifestError(description: "\(path): \(String(cString: strerror(errno)))")
        }
        var files = ManifestFiles(paths.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
        let round = files.readAll()
        self.init(files, round, options, remembered, FieldPlaces())
    }

    /// The same of texts that come from elsewhere: an API's lists, a running server.
    /// - Parameter documents: each with the name that places have for it; of two of one name the later counts.
    package init(
        documents: [(name: String, octets: [UInt8])], options: ManifestOptions,
        remembered: [ObjectName: Allocation] = [:]
    ) {
        let texts = Dictionary(documents.map { ($0.name, $0.octets) }, uniquingKeysWith: { $1 })
        var files = ManifestFiles([])
        let round = files.read(documents: texts)
        self.init(files, round, options, remembered, FieldPlaces(documents: texts))
    }

    private init(
        _ files: ManifestFiles, _ round: ManifestFiles.Round, _ options: ManifestOptions,
        _ remembered: [ObjectName: Allocation], _ fieldPlaces: FieldPlaces
    ) {
        var plane = ControlPlane(options, remembered: remembered)
        let outcome = plane.apply(round.changes)
        events = outcome.events + [.synced]
        allocationFaults = outcome.faults
        allocations = plane.given
        findings = (files.findings + files.findings(of: outcome.faults)).sorted {
            ($0.place ?? SourcePlace(file: ""), $0.code) < ($1.place ?? SourcePlace(file: ""), $1.code)
        }
        fileCount = files.fileCount
        places = files.places
        ignoredCodes = files.ignoredCodes
        objectCount = round.changes.values.count { $0 != nil }
        self.fieldPlaces = fieldPlaces
    }
}
