import DNSWire

/// Why a text is no record in master-file form.
package struct MasterRecordError: Error, Hashable, CustomStringConvertible {
    /// The line that was read.
    package let text: String
    package let reason: String

    package var description: String { "\"\(text)\" is no record: \(reason)" }
}

extension ResourceRecord {
    /// The first record of a text in master-file form (RFC 1035 5.1): `web.example. 60 IN A 192.0.2.1`.
    ///
    /// Relative names are relative to the root, the class is IN and the TTL 3600 seconds where none is said, as in
    /// CoreDNS's DNS library (github.com/miekg/dns, NewRR).
    /// - Returns: nil where the text is blank or has only comments.
    package static func first(inMasterText text: String) throws(MasterRecordError) -> ResourceRecord? {
        var entries = ZoneEntries(Array(text.utf8))
        var parser = ZoneParser(origin: .root, defaultTTL: 3600, takesEveryClass: true)
        do throws(ZoneSyntaxError) {
            while let entry = try entries.next() {
                if let placed = try parser.record(of: entry) { return placed.record }
            }
            return nil
        } catch {
            throw MasterRecordError(text: error.text, reason: error.reason)
        }
    }
}
