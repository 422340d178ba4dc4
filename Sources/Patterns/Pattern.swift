import CRE2

/// A regular expression in RE2's syntax, which is that of Go's regexp; matching takes time linear in the text.
///
///     let pattern = try Pattern(#"^(.*)\.svc\.foo\.com\.$"#)
///     pattern.matches("web.svc.foo.com.")                        // true
///     pattern.firstMatch(in: Array("web.svc.foo.com.".utf8))     // [0..<16, 0..<3]
///
/// It never changes: any number of threads may match with one.
package final class Pattern: Sendable {
    /// As it was given.
    package let text: String
    /// The names of the groups; the first one is the whole match and has none.
    package let groupNames: [String?]

    // A const RE2 may be used from any thread (re2.h); ours alone until `deinit`.
    private nonisolated(unsafe) let raw: OpaquePointer

    /// The longest expression, octets: CoreDNS plugin/rewrite and plugin/template have the same bound.
    package static let maximumLength = 10_000

    /// - Throws: `PatternError` with RE2's text where this is no regular expression, or where it is too long.
    package init(_ text: String, ignoringCase: Bool = false) throws(PatternError) {
        guard text.utf8.count <= Pattern.maximumLength else {
            throw PatternError(
                pattern: text, reason: "it has \(text.utf8.count) octets, over \(Pattern.maximumLength)")
        }
        let spelled = Pattern.spelled(Array(text.utf8))
        var reason = [CChar](repeating: 0, count: 512)
        let made = spelled.withUnsafeBytes { bytes in
            cre2_compile(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, !ignoringCase, &reason,
                reason.count)
        }
        guard let made else {
            let octets = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw PatternError(pattern: text, reason: String(decoding: octets, as: UTF8.self))
        }
        self.text = text
        raw = made
        groupNames = [nil] + Pattern.names(made)
    }

    deinit { cre2_free(raw) }

    /// Capturing groups, without the whole match.
    package var groupCount: Int { groupNames.count - 1 }

    /// Whether it matches anywhere in the text. Makes no memory, but for states that RE2 sees for the first time.
    package func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = text.baseAddress else { return cre2_matches(raw, "", 0) }
        return UnsafeRawPointer(start).withMemoryRebound(to: CChar.self, capacity: text.count) {
            cre2_matches(raw, $0, text.count)
        }
    }

    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    /// Where the leftmost match is, as octets of the text: the whole match, then each group, nil for one that took no
    /// part; nil where it does not match.
    package func firstMatch(in text: [UInt8]) -> [Range<Int>?]? {
        var groups = [cre2_group](repeating: cre2_group(start: -1, end: -1), count: groupNames.count)
        let count = Int32(groups.count)
        let found = text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return cre2_find(raw, "", 0, &groups, count) }
            return UnsafeRawPointer(start).withMemoryRebound(to: CChar.self, capacity: text.count) {
                cre2_find(raw, $0, text.count, &groups, count)
            }
        }
        return found ? groups.map { $0.start < 0 ? nil : $0.start..<$0.end } : nil
    }

    private static func names(_ raw: OpaquePointer) -> [String?] {
        var name = [CChar](repeating: 0, count: maximumLength + 1)
        return (0..<cre2_group_count(raw)).map { group in
            guard cre2_group_name(raw, group + 1, &name, name.count) else { return nil }
            return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

/// Why a text is no regular expression.
package struct PatternError: Error, Hashable, CustomStringConvertible {
    package let pattern: String
    /// RE2's own words: `missing ): a(b`.
    package let reason: String

    package var description: String { "\"\(pattern)\" is no regular expression: \(reason)" }
}
