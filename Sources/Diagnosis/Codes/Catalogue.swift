import Findings

/// What one code means: the same table makes the titles of findings, `diagnose --codes` and the page of all codes.
package struct CodeEntry: Sendable {
    package var code: String
    package var severity: Finding.Severity
    /// A few words: "selector matches nothing".
    package var title: Phrase
    /// What is so, and why names or connections fail of it.
    package var cause: Phrase
    /// What proves it: which facts the finding quotes and where they come from.
    package var evidence: Phrase
    /// What mends it.
    package var fix: Phrase

    package init(
        _ code: String, _ severity: Finding.Severity, _ title: Phrase, cause: Phrase, evidence: Phrase, fix: Phrase
    ) {
        self.code = code
        self.severity = severity
        self.title = title
        self.cause = cause
        self.evidence = evidence
        self.fix = fix
    }
}

/// Every code there is, never renumbered, never reused.
package enum Catalogue {
    package static let entries: [CodeEntry] =
        manifests + server + names + externalNames + clients + services + endpoints + proxies + outside + corefiles
        + zoneFiles

    private static let byCode = Dictionary(uniqueKeysWithValues: entries.map { ($0.code, $0) })

    package static func entry(_ code: String) -> CodeEntry? { byCode[code] }
}
