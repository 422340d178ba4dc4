import FileWatch
import Findings
import Logging
import ServiceLifecycle
import StaticZones

/// Static zones from master files: served when they are good, watched, and left as they were when they are not.
actor ZoneFileService: ServiceLifecycle.Service {
    private let paths: [String]
    private let publisher: ZonePublisher
    private let log: Logger

    init(paths: [String], publisher: ZonePublisher, log: Logger) {
        self.paths = paths.map(FileWatch.absolute)
        self.publisher = publisher
        self.log = log
    }

    /// Reads all files.
    func load() async {
        for path in paths { await load(path) }
    }

    private func load(_ path: String) async {
        let (zone, findings) = ZoneFile.read(path: path)
        for finding in findings {
            switch finding.severity {
            case .error: log.error("\(finding)")
            case .warning: log.warning("\(finding)")
            case .info: log.debug("\(finding)")
            }
        }
        guard let zone else {
            log.error(
                "the zone file is not served as it is now; what was served before stays", metadata: ["file": "\(path)"])
            return
        }
        publisher.replace(file: path, by: zone)
        log.info(
            "zone loaded",
            metadata: [
                "file": "\(path)", "zone": "\(zone.origin)", "serial": "\(zone.serial)",
                "names": "\(zone.changes.count)",
            ])
    }

    func run() async throws {
        guard !paths.isEmpty else {
            try? await gracefulShutdown()
            return
        }
        let watch = try FileWatch(paths)
        for await change in watch.changes.cancelOnGracefulShutdown() {
            switch change {
            case .everything: await load()
            case .paths(let changed):
                for path in paths where changed.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) {
                    await load(path)
                }
            }
        }
    }
}
