import Corefile
import DNSWire

/// The `rewrite` rules of a server block (CoreDNS plugin/rewrite): what they make of a query, and of its answer.
///
///     let rules = try RewriteRules([RewriteSettings(change: .name(.suffix("a.example"), with: "b.example", answers: [.auto]))])
///     guard let rewritten = try rules.apply(to: query, from: origin, metadata: { _ in nil }) else { return answer(query) }
///     return rewritten.restore(answer(rewritten.query), for: query)
///
/// Names are compared as lower-case text with the final dot. It never changes: any thread may use it.
package final class RewriteRules: Sendable {
    private let rules: [RewriteRule]
    private let test: QueryTest

    /// - Throws: `RewriteError` for the first rule that cannot be: no regular expression, more groups used than there
    ///   are, data that is none.
    package init(_ settings: [RewriteSettings]) throws(RewriteError) {
        var rules: [RewriteRule] = []
        for (place, rule) in settings.enumerated() {
            do throws(RuleFault) {
                rules.append(try RewriteRule(rule))
            } catch {
                throw RewriteError(rule: place, reason: error.reason)
            }
        }
        self.rules = rules
        test = QueryTest(rules)
    }

    /// What the rules make of a query with one question.
    /// - Parameter metadata: the value of a label of the metadata, nil or empty where it has none.
    /// - Returns: nil where no rule changes the query or looks at its answer.
    /// - Throws: `InvalidRewrittenName` where a rule's result is no domain name.
    package func apply(
        to query: Message, from origin: QueryOrigin, metadata: (String) -> String?
    ) throws(InvalidRewrittenName) -> RewrittenQuery? {
        guard var question = query.questions.first else { return nil }
        var result = RewrittenQuery(query: query)
        for rule in rules {
            let isDone: Bool
            switch rule.action {
            case .name(_, let substitution, let answers):
                let old = NameText.of(question.name)
                guard let new = substitution.apply(to: old) else { continue }
                guard let name = NameText.name(new) else {
                    throw InvalidRewrittenName(name: String(decoding: new, as: UTF8.self))
                }
                question.name = name
                result.changes += answers.changes(from: old, to: new)
                isDone = true
            case .type(let from, let to):
                isDone = question.type == from
                if isDone { question.type = to }
            case .recordClass(let from, let to):
                isDone = question.recordClass == from
                if isDone { question.recordClass = to }
            case .answer(let match, let change):
                isDone = match.matches(NameText.of(question.name))
                if isDone { result.changes.append(change) }
            case .cname(let substitution):
                isDone = true
                result.targets.append(substitution)
            case .option(let option):
                let data = option.data.octets(for: question, from: origin, metadata: metadata)
                switch option.apply(data, to: &result.query.edns) {
                case .ignored: isDone = false
                case .done(let changes):
                    isDone = true
                    result.changes += changes
                    if option.action != .unset { result.optionCodes.insert(option.code) }
                }
            }
            if isDone, rule.mode == .stop { break }
        }
        result.query.questions[0] = question
        return result.isOfNoConsequence(for: query) ? nil : result
    }

    /// Whether `apply` could be other than nil for a query: exact but for metadata, replaced options and rules that
    /// change nothing; then it is true.
    ///
    /// Makes no memory, but for states that RE2 sees for the first time.
    /// - Parameter nameInWire: the question's name, uncompressed, in lower case.
    package func mayTouch(
        nameInWire: UnsafeRawPointer, type: RecordType, recordClass: RecordClass, hasEDNS: Bool
    ) -> Bool {
        test.passes(nameInWire: nameInWire, type: type, recordClass: recordClass, hasEDNS: hasEDNS)
    }
}
