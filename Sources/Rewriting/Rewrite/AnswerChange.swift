import Corefile
import DNSWire

/// What a rule that matched a query does to its answer.
enum AnswerChange: Sendable {
    case owner(NameSubstitution)
    /// The name in the data of CNAME, DNAME, MX, NAPTR, NS, PTR, SRV and SOA (its first).
    case value(NameSubstitution)
    /// Seconds.
    case ttl(ClosedRange<UInt32>)
    case rcode(from: ResponseCode, to: ResponseCode)
    /// An EDNS option that a rule set is not said to the client.
    case withoutOption(UInt16)
    /// The client's own option in place of the rule's.
    case option(EDNS.Option)

    /// `answer name|value`; nil for `auto`.
    static func stated(_ answer: RewriteSettings.Answers) throws(RuleFault) -> AnswerChange? {
        switch answer {
        case .auto: nil
        case .name(let from, let to): .owner(try substitution(from, to))
        case .value(let from, let to): .value(try substitution(from, to))
        }
    }

    private static func substitution(_ from: String, _ to: String) throws(RuleFault) -> NameSubstitution {
        let pattern = try NameMatch.pattern(from)
        try NameSubstitution.checkGroups(of: pattern, in: to)
        return .regex(pattern, with: NameText.absolute(to))
    }
}

extension ResourceRecord {
    /// - Parameter changes: in the order in which they are made. A name that would be none stays as it is.
    mutating func apply(_ changes: some Sequence<AnswerChange>) {
        var ownerText: [UInt8]?
        var valueText: [UInt8]?
        let value = data.rewritableName
        var isOwnerNew = false
        var isValueNew = false
        for change in changes {
            switch change {
            case .owner(let substitution):
                let text = ownerText ?? NameText.of(owner)
                let new = substitution.apply(to: text)
                isOwnerNew = isOwnerNew || new != nil
                ownerText = new ?? text
            case .value(let substitution):
                guard let value else { continue }
                let text = valueText ?? NameText.of(value)
                let new = substitution.apply(to: text)
                isValueNew = isValueNew || new != nil
                valueText = new ?? text
            case .ttl(let range): ttl = min(max(ttl, range.lowerBound), range.upperBound)
            case .rcode, .withoutOption, .option: continue
            }
        }
        if isOwnerNew, let name = ownerText.flatMap(NameText.name) { owner = name }
        if isValueNew, let name = valueText.flatMap(NameText.name) { data = data.replacingName(with: name) }
    }
}
