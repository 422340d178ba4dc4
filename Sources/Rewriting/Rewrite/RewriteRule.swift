import Corefile
import DNSWire

/// One `rewrite` rule, ready to be tried.
struct RewriteRule: Sendable {
    enum Action: Sendable {
        case name(NameMatch, NameSubstitution, NameRuleAnswers)
        case type(from: RecordType, to: RecordType)
        case recordClass(from: RecordClass, to: RecordClass)
        /// Nothing but the answer changes.
        case answer(NameMatch, AnswerChange)
        case cname(NameSubstitution)
        case option(OptionRule)
    }

    let mode: RewriteSettings.Mode
    let action: Action

    init(_ settings: RewriteSettings) throws(RuleFault) {
        mode = settings.mode
        action =
            switch settings.change {
            case .name(let match, let text, let answers): try RewriteRule.name(match, text, answers)
            case .type(let from, let to): .type(from: from, to: to)
            case .recordClass(let from, let to): .recordClass(from: from, to: to)
            case .ttl(let match, let ttl):
                .answer(try NameMatch(match, spelling: NameText.absolute), .ttl(try RewriteRule.range(ttl)))
            case .rcode(let match, let from, let to):
                .answer(try NameMatch(match, spelling: NameText.absolute), .rcode(from: from, to: to))
            case .cname(let match, let text): try RewriteRule.cname(match, text)
            case .edns0(let rule): .option(try OptionRule(rule))
            }
    }

    private static func name(
        _ match: RewriteSettings.Match, _ text: String, _ answers: [RewriteSettings.Answers]
    ) throws(RuleFault) -> Action {
        let from = try NameMatch(match, spelling: NameText.absolute)
        if case .regex(let pattern) = from { try NameSubstitution.checkGroups(of: pattern, in: text) }
        let to = NameText.absolute(text)
        return .name(from, NameSubstitution(from, with: to), try NameRuleAnswers(answers, of: from, with: to))
    }

    /// Only whole names get a final dot (CoreDNS plugin/rewrite/cname_target.go). Its expressions are matched without
    /// regard to case: CoreDNS turns the expression into lower case, we the name.
    private static func cname(_ match: RewriteSettings.Match, _ text: String) throws(RuleFault) -> Action {
        if case .exact = match {
            let from = try NameMatch(match, spelling: NameText.absolute)
            return .cname(NameSubstitution(from, with: NameText.absolute(text)))
        }
        let from = try NameMatch(match, ignoringCase: true, spelling: NameText.part)
        return .cname(NameSubstitution(from, with: NameText.part(text)))
    }

    private static func range(_ ttl: RewriteSettings.TTL) throws(RuleFault) -> ClosedRange<UInt32> {
        switch ttl {
        case .fixed(let seconds): return seconds...seconds
        case .range(let least, let most):
            let (least, most) = (least ?? 0, most ?? UInt32(Int32.max))
            guard least <= most else { throw RuleFault(reason: "the TTL range \(least)-\(most) is empty") }
            return least...most
        }
    }
}

/// What a name rule does to the answers of the queries it changed.
struct NameRuleAnswers: Sendable {
    /// Each query's new name and what is below it becomes the old one, in owner names and in data.
    let undoesQuery: Bool
    let changes: [AnswerChange]

    /// `exact` rules always undo what they did; `suffix … answer auto` exchanges the two suffixes; the others undo it
    /// where `answer auto` is said.
    init(
        _ answers: [RewriteSettings.Answers], of match: NameMatch, with text: [UInt8]
    ) throws(RuleFault) {
        let isAuto = answers.contains(.auto)
        var stated: [AnswerChange] = []
        for answer in answers {
            guard let change = try AnswerChange.stated(answer) else { continue }
            if isAuto, case .owner = change {
                throw RuleFault(reason: "\"answer auto\" cannot stand with \"answer name\"")
            }
            stated.append(change)
        }
        switch match {
        case .exact: (undoesQuery, changes) = (true, stated)
        case .suffix(let suffix) where isAuto:
            undoesQuery = false
            let back = NameSubstitution.suffix(text, with: suffix)
            changes = [.owner(back), .value(back)] + stated
        case .prefix, .suffix, .substring, .regex: (undoesQuery, changes) = (isAuto, stated)
        }
    }

    func changes(from old: [UInt8], to new: [UInt8]) -> [AnswerChange] {
        guard undoesQuery else { return changes }
        let back = NameSubstitution.subtree(new, with: old)
        return [.owner(back), .value(back)] + changes
    }
}
