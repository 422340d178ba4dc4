import DNSWire
import Findings

/// Master files (RFC 1035 5): the way in for the `file` plugin, `check` and `zones/`.
///
/// Text is taken apart into entries here, so that every finding has its line; what stands behind an entry's type is
/// libldns's to read. `$ORIGIN` and `$TTL` are known, `$INCLUDE` and `$GENERATE` are not.
package enum ZoneFile {
    /// The zone of a file.
    /// - Parameter origin: the zone that the file is said to have, and what relative names in it are relative to until
    ///   its `$ORIGIN` says otherwise; nil: the SOA record says it.
    /// - Returns: the zone, nil where a finding is an error; findings in the order of lines.
    package static func read(path: String, origin: DomainName? = nil) -> (zone: StaticZone?, findings: [Finding]) {
        do throws(SystemError) {
            return read(bytes: try bytes(ofFile: path), file: path, origin: origin)
        } catch {
            let finding = Finding("ZON001", .error, "the file cannot be read: \(error)", at: SourcePlace(file: path))
            return (nil, [finding])
        }
    }

    /// The zone of a text; `file` is what findings call it.
    package static func read(
        text: String, file: String, origin: DomainName? = nil
    ) -> (zone: StaticZone?, findings: [Finding]) {
        read(bytes: Array(text.utf8), file: file, origin: origin)
    }

    private static func read(
        bytes: [UInt8], file: String, origin: DomainName?
    ) -> (zone: StaticZone?, findings: [Finding]) {
        var entries = ZoneEntries(bytes)
        var parser = ZoneParser(origin: origin)
        var builder = ZoneBuilder(file: file)
        var faults: [ZoneSyntaxError] = []
        while faults.count < maximumFindings {
            do throws(ZoneSyntaxError) {
                guard let entry = try entries.next() else { break }
                if let record = try parser.record(of: entry) { builder.records.append(record) }
            } catch {
                faults.append(error)
            }
        }
        let syntax = faults.map { fault in
            Finding(
                "ZON001", .error, "\(fault.reason): \"\(fault.text)\"", at: SourcePlace(file: file, line: fault.line),
                fix: fault.fix)
        }
        let zone = builder.zone(origin: origin, isWhole: faults.isEmpty)
        let findings = (syntax + builder.findings).sorted { ($0.place?.line ?? 0) < ($1.place?.line ?? 0) }
        return (findings.contains { $0.severity == .error } ? nil : zone, limited(findings))
    }

    /// How many findings one file gives at most; a file of another kind would give one for each line.
    static let maximumFindings = 100

    /// The errors and then the warnings up to the limit; the last one says how many more there are.
    private static func limited(_ findings: [Finding]) -> [Finding] {
        guard findings.count > maximumFindings else { return findings }
        let weighed = findings.filter { $0.severity == .error } + findings.filter { $0.severity != .error }
        var kept = Array(weighed.prefix(maximumFindings))
        kept[maximumFindings - 1].evidence.append("\(findings.count - maximumFindings) more findings are not shown")
        return kept
    }
}
