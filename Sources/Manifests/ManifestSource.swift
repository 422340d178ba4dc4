import FileWatch
import Findings
import Glibc
import Logging
import ServiceRegistry
import StateFile
import Synchronization

/// The embedded registry: folders and files of manifests, watched, with what an API server would add.
///
///     let source = try ManifestSource(paths: ["cluster/"], options: ManifestOptions(), log: log)
///     try await source.run { events in ... }
package final class ManifestSource: RegistrySource {
    private let paths: [String]
    private let watch: FileWatch
    private let log: Logger
    private let state: AllocationStore?
    private let core: Mutex<Core>
    private let rescans: AsyncStream<Void>
    private let askRescan: AsyncStream<Void>.Continuation

    fileprivate struct Core {
        var files: ManifestFiles
        var plane: ControlPlane
    }

    /// - Parameter state: where allocations are kept across restarts; nil: nowhere.
    /// - Throws: `ManifestError` for a path that is not there, `FileWatchError`.
    package init(paths: [String], options: ManifestOptions, state: StateFile?, log: Logger) throws {
        self.paths = try ManifestSource.check(paths)
        self.log = log
        self.state = state.map(AllocationStore.init)
        let remembered = try self.state?.read() ?? [:]
        core = Mutex(Core(files: ManifestFiles(self.paths), plane: ControlPlane(options, remembered: remembered)))
        watch = try FileWatch(self.paths)
        (rescans, askRescan) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func rescan() { askRescan.yield() }

    /// What Services were given that did not ask for a certain one.
    package var allocations: [ObjectName: Allocation] { core.withLock { $0.plane.given } }

    /// The texts of the manifests as the files are now; one that goes while they are read is left out.
    /// - Parameter limit: octets of all together.
    /// - Throws: `ManifestError` where there is more.
    package func texts(limit: Int) throws(ManifestError) -> [(name: String, octets: [UInt8])] {
        var left = limit
        var texts: [(name: String, octets: [UInt8])] = []
        for path in paths.flatMap(ManifestFiles.manifests) {
            guard let octets = ManifestFiles.contents(path) else { continue }
            left -= octets.count
            guard left >= 0 else {
                throw ManifestError(description: "the manifests have more than \(limit >> 20) MiB")
            }
            texts.append((path, octets))
        }
        return texts
    }

    package func run(into sink: @escaping RegistrySink) async throws {
        step(sink, isFirst: true) { $0.readAll() }
        await withTaskGroup(of: Void.self) { group in
            // One at a time: `step` is the only writer, whoever asks for it.
            let (work, enqueue) = AsyncStream.makeStream(of: Work.self)
            group.addTask { for await change in self.watch.changes { enqueue.yield(.changed(change)) } }
            group.addTask { for await _ in self.rescans { enqueue.yield(.rescan) } }
            for await item in work {
                switch item {
                case .changed(.paths(let paths)): step(sink) { $0.read(changed: paths) }
                case .changed(.everything): step(sink) { $0.readAll() }
                case .rescan: step(sink) { $0.readAll(again: true) }
                }
            }
            group.cancelAll()
        }
    }

    private enum Work: Sendable {
        case changed(FileChange)
        case rescan
    }

    /// Reads, completes, remembers, and tells, in this order.
    private func step(
        _ sink: RegistrySink, isFirst: Bool = false, _ read: @Sendable (inout ManifestFiles) -> ManifestFiles.Round
    ) {
        let (outcome, findings) = core.withLock { core -> (ControlPlane.Outcome, [Finding]) in
            let round = read(&core.files)
            guard isFirst || !round.changes.isEmpty else { return (ControlPlane.Outcome(), round.findings) }
            let outcome = core.plane.apply(round.changes)
            return (outcome, round.findings + core.placed(outcome.faults))
        }
        for finding in findings { tell(finding) }
        do {
            try state?.write(outcome.allocations)
        } catch {
            log.error(
                "the state file cannot be written; addresses given now are forgotten at a restart",
                metadata: [
                    "reason": "\(error)"
                ])
        }
        let events = isFirst ? outcome.events + [.synced] : outcome.events
        if !events.isEmpty { sink(RegistryBatch(events)) }
    }

    private func tell(_ finding: Finding) {
        switch finding.severity {
        case .error: log.error("\(finding)")
        case .warning: log.warning("\(finding)")
        case .info: log.debug("\(finding)")
        }
    }

    private static func check(_ paths: [String]) throws -> [String] {
        for path in paths where access(path, R_OK) != 0 {
            throw ManifestError(description: "\(path): \(String(cString: strerror(errno)))")
        }
        return paths.map(FileWatch.absolute)
    }
}

/// A manifest folder or file that cannot be used.
package struct ManifestError: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

extension ManifestSource.Core {
    /// Findings about allocations, at their objects' places.
    fileprivate func placed(_ faults: [AllocationFault]) -> [Finding] { files.findings(of: faults) }
}

extension ManifestFiles {
    /// What giving out addresses found, at the places of its objects and without what they keep quiet.
    func findings(of faults: [AllocationFault]) -> [Finding] {
        faults.compactMap { fault in
            let key = ObjectKey(.service, fault.service)
            guard !ignoredCodes(of: key).contains(fault.code) else { return nil }
            return fault.finding(at: place(of: key))
        }
    }
}
