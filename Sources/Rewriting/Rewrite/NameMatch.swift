import Corefile
import Patterns

/// A test of a name, as text (`NameText`).
enum NameMatch: Sendable {
    case exact([UInt8])
    case prefix([UInt8])
    case suffix([UInt8])
    case substring([UInt8])
    case regex(Pattern)

    /// - Parameter text: how a text that is no regular expression is spelled.
    init(
        _ match: RewriteSettings.Match, ignoringCase: Bool = false, spelling text: (String) -> [UInt8]
    ) throws(RuleFault) {
        switch match {
        case .exact(let name): self = .exact(text(name))
        case .prefix(let part): self = .prefix(text(part))
        case .suffix(let part): self = .suffix(text(part))
        case .substring(let part): self = .substring(text(part))
        case .regex(let pattern): self = .regex(try NameMatch.pattern(pattern, ignoringCase: ignoringCase))
        }
    }

    static func pattern(_ text: String, ignoringCase: Bool = false) throws(RuleFault) -> Pattern {
        do throws(PatternError) {
            return try Pattern(text, ignoringCase: ignoringCase)
        } catch {
            throw RuleFault(reason: "\(error)")
        }
    }

    /// Makes no memory, but for what RE2 needs.
    func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .exact(let text): name.count == text.count && name.holds(text, at: 0)
        case .prefix(let text): name.holds(text, at: 0)
        case .suffix(let text): name.holds(text, at: name.count - text.count)
        case .substring(let text): name.place(of: text, from: 0) != nil
        case .regex(let pattern): pattern.matches(name)
        }
    }

    func matches(_ name: [UInt8]) -> Bool { name.withUnsafeBufferPointer { matches($0) } }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether `part` stands at the place; a place outside is none.
    func holds(_ part: [UInt8], at start: Int) -> Bool {
        guard start >= 0, start + part.count <= count else { return false }
        for offset in part.indices where self[start + offset] != part[offset] { return false }
        return true
    }

    /// Where `part` first stands at or behind `start`.
    func place(of part: [UInt8], from start: Int) -> Int? {
        var at = start
        while at + part.count <= count {
            if holds(part, at: at) { return at }
            at += 1
        }
        return nil
    }
}
