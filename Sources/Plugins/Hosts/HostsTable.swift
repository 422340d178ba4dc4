import AnswerTable
import Corefile
import DNSWire
import Findings
import NetworkAddress
import Synchronization

/// The names of a `hosts` line: in the answer table for workers, and as they were read for tasks.
///
/// They lie in two sets of zones, one of names and one of reverse names: a hosts file has a PTR record only where a PTR
/// record is asked for. Both are zones of the root, which have what the file has and know nothing of the names around it:
/// a name above one of the file's is marked, so that it counts as missing (`HostsStep`).
package final class HostsTable: Sendable {
    package let settings: HostsSettings
    /// The line's zones, or the block's.
    package let zones: [DomainName]
    let names = ZoneSet()
    let reverse = ZoneSet()
    /// The names that wildcards stand below.
    let wildcards: Slot<NameList>
    private let state = Mutex(HostsFile())

    package init(_ settings: HostsSettings, zones: [DomainName], epochs: Epochs) {
        self.settings = settings
        self.zones = settings.zones.isEmpty ? zones : settings.zones
        wildcards = Slot(NameList([]), epochs: epochs)
    }

    var contents: HostsFile { state.withLock { $0 } }
    /// For `coredns_hosts_entries`.
    package var entries: Int { state.withLock { $0.entries } }

    /// Names at or below which it has a say now: those that it has, where all others go on to the next plugin.
    package var claims: [DomainName] { contents.claims(settings, zones) }

    /// What has to be done where the file has changed.
    package struct Update: Sendable {
        package let contents: HostsFile
        /// Of the names' zone and of the reverse names'.
        package let changes: (names: [RecordChange], reverse: [RecordChange])
        /// `HostsTable.claims` from then on: nobody may answer there directly any more when the update is applied.
        package let claims: [DomainName]

        /// What could not be read, once for each change.
        package var findings: [Finding] { contents.findings }
    }

    /// Compares a file with what is served.
    /// - Parameter text: the file's; nil where there is none: then the lines of the Corefile are all there is.
    package func update(_ text: String?) -> Update {
        var new = HostsFile()
        for (content, path) in [(text, settings.file), (settings.inline.joined(separator: "\n"), "Corefile")] {
            if let content { new.read(content, path: path, zones: zones, hasReverse: settings.hasReverse) }
        }
        let old = contents
        let ttl = settings.ttl
        return Update(
            contents: new,
            changes: (
                HostsTable.changes(from: old.names, to: new.names) { $0.sets(ttl: ttl) },
                HostsTable.changes(from: old.reverse, to: new.reverse) { names in
                    [RecordSet(.ptr, ttl: ttl, names.map { .ptr($0) })]
                }
            ), claims: new.claims(settings, zones))
    }

    /// Names that are gone, the deepest first; names above others, which have nothing; then what is new or different.
    private static func changes<Value: Equatable>(
        from old: [DomainName: Value], to new: [DomainName: Value], _ sets: (Value) -> [RecordSet]
    ) -> [RecordChange] {
        let (oldAbove, newAbove) = (namesAbove(old.keys), namesAbove(new.keys))
        let gone = oldAbove.union(old.keys).filter { new[$0] == nil && !newAbove.contains($0) }
        let marked = newAbove.filter { new[$0] == nil && (old[$0] != nil || !oldAbove.contains($0)) }
        return gone.sorted { $0.labelCount > $1.labelCount }.map { .remove($0) }
            + marked.sorted { $0.labelCount < $1.labelCount }.map { .set($0, [], .unanswerable) }
            + new.filter { old[$0.key] != $0.value }.map { .set($0.key, sets($0.value)) }
    }

    /// The names above, below the root.
    private static func namesAbove(_ names: some Sequence<DomainName>) -> Set<DomainName> {
        var above: Set<DomainName> = []
        for name in names {
            var next = name.parent
            while let each = next, !each.isRoot, above.insert(each).inserted { next = each.parent }
        }
        return above
    }

    // MARK: The table's writer

    /// The two zones of an answer table.
    package struct Zones: Sendable {
        let names, reverse: AnswerTable.Zone
    }

    /// Makes the zones, empty, and lets them be asked.
    package func open(in table: AnswerTable) -> Zones {
        let zones = Zones(names: table.makeZone(origin: .root), reverse: table.makeZone(origin: .root))
        for (zone, set) in [(zones.names, names), (zones.reverse, reverse)] {
            table.apply([.set(.root, [], .unanswerable)], to: [zone])
            table.serve([zone], in: set)
        }
        return zones
    }

    /// From now on the new contents are served. Call it with one update before the next is made.
    package func apply(_ update: Update, to zones: Zones, in table: AnswerTable) {
        table.apply(update.changes.names, to: [zones.names])
        table.apply(update.changes.reverse, to: [zones.reverse])
        wildcards.replace(by: NameList(Array(update.contents.wildcards.keys)))
        state.withLock { $0 = update.contents }
    }

    /// Takes everything out of the table; nobody may ask the step any more.
    package func close(_ zones: Zones, in table: AnswerTable) {
        for (zone, set) in [(zones.names, names), (zones.reverse, reverse)] {
            table.serve([], in: set)
            table.dropZone(zone)
        }
    }
}

extension HostsFile {
    func claims(_ settings: HostsSettings, _ zones: [DomainName]) -> [DomainName] {
        let own = Array(reverse.keys)
        return settings.fallsThrough == .all ? own + names.keys + wildcards.keys : own + zones
    }
}
