import AnswerTable
import DNSWire
import FileWatch
import Findings
import Logging
import StaticZones
import Synchronization

/// Static zones from master files: served when they are good, watched, and left as they were when they are not.
final class FileUnit: Sendable {
    /// A master file, and the zones that it is of; none: the one that its SOA names.
    struct Source: Hashable, Sendable {
        let path: String
        let origins: [DomainName]

        init(path: String, origins: [DomainName] = []) {
            self.path = FileWatch.absolute(path)
            self.origins = origins
        }
    }

    let set = ZoneSet()
    private let sources: [Source]
    private let writer: TableWriter
    private let log: Logger
    /// Told when the zones are others.
    private let whenChanged: @Sendable () -> Void
    private struct Key: Hashable {
        let path: String
        let origin: DomainName?
    }
    private struct Served {
        /// By where they come from.
        var zones: [Key: AnswerTable.Zone] = [:]
        var isRemoved = false
    }
    private let served = Mutex(Served())
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(
        _ sources: [Source], _ writer: TableWriter, log: Logger, whenChanged: @escaping @Sendable () -> Void
    ) {
        self.sources = sources
        self.writer = writer
        self.log = log
        self.whenChanged = whenChanged
    }

    /// Where the zones are, as far as there are any.
    var origins: [DomainName] { served.withLock { $0.zones.values.map(\.origin) } }

    /// Reads all files.
    func load() {
        for source in sources { load(source) }
    }

    /// Watches from now on.
    /// - Throws: `FileWatchError`.
    func start() throws {
        guard !sources.isEmpty else { return }
        let watch = try FileWatch(sources.map(\.path))
        task.withLock {
            $0 = Task { [self] in
                for await change in watch.changes {
                    switch change {
                    case .everything: load()
                    case .paths(let changed):
                        for source in sources
                        where changed.contains(where: { source.path == $0 || source.path.hasPrefix($0 + "/") }) {
                            load(source)
                        }
                    }
                }
            }
        }
    }

    /// Ends watching.
    func stop() { task.withLock { $0?.cancel() } }

    /// Takes the zones out of the table.
    func remove() {
        let zones = served.withLock { served in
            served.isRemoved = true
            defer { served.zones = [:] }
            return Array(served.zones.values)
        }
        writer.change { table in
            table.serve([], in: set)
            for zone in zones { table.dropZone(zone) }
        }
    }

    private func load(_ source: Source) {
        let origins: [DomainName?] = source.origins.isEmpty ? [nil] : source.origins
        for origin in origins { load(Key(path: source.path, origin: origin)) }
    }

    private func load(_ key: Key) {
        let (zone, findings) = ZoneFile.read(path: key.path, origin: key.origin)
        for finding in findings {
            switch finding.severity {
            case .error: log.error("\(finding)")
            case .warning: log.warning("\(finding)")
            case .info: log.debug("\(finding)")
            }
        }
        guard let zone else {
            log.error(
                "the zone file is not served as it is now; what was served before stays",
                metadata: ["file": "\(key.path)"])
            return
        }
        replace(key, by: zone)
        log.info(
            "zone loaded",
            metadata: [
                "file": "\(key.path)", "zone": "\(zone.origin)", "serial": "\(zone.serial)",
                "names": "\(zone.changes.count)",
            ])
    }

    private func replace(_ key: Key, by zone: StaticZone) {
        let isOther = served.withLock { served in
            guard !served.isRemoved else { return false }
            let old = served.zones[key]
            let new = writer.change { table in
                let new = table.makeZone(origin: zone.origin)
                table.apply(zone.changes, to: [new])
                return new
            }
            served.zones[key] = new
            let zones = served.zones.sorted { $0.key.path < $1.key.path }.map(\.value)
            writer.change { table in
                table.serve(zones, in: set)
                if let old { table.dropZone(old) }
            }
            return old?.origin != zone.origin
        }
        if isOther { whenChanged() }
    }
}
