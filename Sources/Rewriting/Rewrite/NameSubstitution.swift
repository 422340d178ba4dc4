import Corefile
import Patterns

/// One name in place of another (CoreDNS plugin/rewrite/name.go), both as text.
enum NameSubstitution: Sendable {
    case exact([UInt8], with: [UInt8])
    case prefix([UInt8], with: [UInt8])
    case suffix([UInt8], with: [UInt8])
    /// Every place of it.
    case substring([UInt8], with: [UInt8])
    /// The whole name becomes the text, in which `{1}` is the first group and `{0}` the whole match.
    case regex(Pattern, with: [UInt8])
    /// The first name and what is below it: what undoes a rule for one query.
    case subtree([UInt8], with: [UInt8])

    init(_ match: NameMatch, with text: [UInt8]) {
        switch match {
        case .exact(let name): self = .exact(name, with: text)
        case .prefix(let part): self = .prefix(part, with: text)
        case .suffix(let part): self = .suffix(part, with: text)
        case .substring(let part): self = .substring(part, with: text)
        case .regex(let pattern): self = .regex(pattern, with: text)
        }
    }

    /// The new name; nil where the rule does not match.
    func apply(to name: [UInt8]) -> [UInt8]? {
        switch self {
        case .exact(let from, let text): return name == from ? text : nil
        case .prefix(let from, let text): return name.starts(with: from) ? text + name.dropFirst(from.count) : nil
        case .suffix(let from, let text): return name.ends(with: from) ? name.dropLast(from.count) + text : nil
        case .substring(let from, let text):
            guard !from.isEmpty, name.place(of: from) != nil else { return nil }
            return name.replacing(from, with: text)
        case .regex(let pattern, let text):
            guard let groups = pattern.firstMatch(in: name) else { return nil }
            var out = text
            for (number, group) in groups.enumerated() {
                let value = group.map { name[$0] } ?? []
                out = out.replacing(Array("{\(number)}".utf8), with: Array(value))
            }
            return out
        case .subtree(let from, let text):
            if name == from { return text }
            let cut = name.count - from.count
            guard cut > 0, name[cut - 1] == UInt8(ascii: "."), name.ends(with: from) else { return nil }
            return name[..<cut] + text
        }
    }

    /// - Throws: where the text uses more groups than the expression has.
    static func checkGroups(of pattern: Pattern, in text: String) throws(RuleFault) {
        let used = (0...100).count { Array(text.utf8).place(of: Array("{\($0)}".utf8)) != nil }
        guard used <= pattern.groupCount else {
            throw RuleFault(
                reason: "\"\(text)\" uses \(used) groups and \"\(pattern.text)\" has \(pattern.groupCount)")
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with part: [UInt8]) -> Bool { suffix(part.count).elementsEqual(part) }

    fileprivate func place(of part: [UInt8], from start: Int = 0) -> Int? {
        withUnsafeBufferPointer { $0.place(of: part, from: start) }
    }

    /// Every place of `part` from the left replaced.
    fileprivate func replacing(_ part: [UInt8], with text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        while let place = place(of: part, from: at) {
            out += self[at..<place] + text
            at = place + part.count
        }
        return out + self[at...]
    }
}
