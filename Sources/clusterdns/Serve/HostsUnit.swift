import AnswerTable
import Corefile
import DNSWire
import FileWatch
import Foundation
import Logging
import Metrics
import Plugins
import Synchronization

/// A `hosts` line at work: its file, watched, in the answer table.
final class HostsUnit: Sendable {
    struct Key: Hashable, Sendable {
        let settings: HostsSettings
        /// The block's.
        let zones: [DomainName]
    }

    let table: HostsTable
    private let writer: TableWriter
    private let zones: HostsTable.Zones
    private let log: Logger
    /// Told when the names are others.
    private let whenChanged: @Sendable () -> Void
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let modified = Mutex<Double?>(nil)
    /// One reading at a time, and none when the names are out of the table: whether they are.
    private let loading = Mutex(false)

    init(
        _ key: Key, _ writer: TableWriter, epochs: Epochs, log: Logger, whenChanged: @escaping @Sendable () -> Void
    ) {
        table = HostsTable(key.settings, zones: key.zones, epochs: epochs)
        self.writer = writer
        self.log = log
        self.whenChanged = whenChanged
        zones = writer.change { [table] in table.open(in: $0) }
        load()
    }

    private var path: String { FileWatch.absolute(table.settings.file) }

    var figures: HostsFigures {
        HostsFigures(file: table.settings.file, entries: table.entries, modified: modified.withLock { $0 })
    }

    /// Reads the file. What cannot be read now leaves what was served before.
    private func load() {
        loading.withLock { isRemoved in
            guard !isRemoved else { return }
            let text: String?
            do {
                text = try String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
            } catch {
                // CoreDNS serves the inline lines alone where there is no file.
                guard modified.withLock({ $0 == nil }) else {
                    log.warning(
                        "the hosts file cannot be read; what was served before stays", metadata: ["file": "\(path)"])
                    return
                }
                text = nil
            }
            let update = table.update(text)
            log.show(update.findings)
            writer.change { table.apply(update, to: zones, in: $0) }
            let time = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            modified.withLock { $0 = text == nil ? nil : time?.timeIntervalSince1970 }
        }
    }

    /// Watches from now on.
    /// - Throws: `FileWatchError`.
    func start() throws {
        let watch = try FileWatch([path])
        load()
        whenChanged()
        task.withLock {
            $0 = Task { [self] in
                for await _ in watch.changes {
                    load()
                    whenChanged()
                }
            }
        }
    }

    /// Ends watching.
    func stop() { task.withLock { $0?.cancel() } }

    /// Takes the names out of the table.
    func remove() {
        loading.withLock { isRemoved in
            guard !isRemoved else { return }
            isRemoved = true
            writer.change { table.close(zones, in: $0) }
        }
    }
}
