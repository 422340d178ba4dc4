/// Why a `rewrite` rule of a Corefile cannot be: one sentence, and which of the rules it is.
package struct RewriteError: Error, Hashable, CustomStringConvertible {
    /// Counted from 0 in the order of the settings.
    package let rule: Int
    package let reason: String

    package var description: String { "rewrite rule \(rule + 1): \(reason)" }
}

/// What a rule made of a query's name is no domain name; CoreDNS answers SERVFAIL.
package struct InvalidRewrittenName: Error, Hashable, CustomStringConvertible {
    package let name: String

    package var description: String { "invalid name after rewrite: \(name)" }
}

/// Why a rule cannot be, without its number.
struct RuleFault: Error {
    let reason: String
}
