import Corefile
import DNSWire
import Glibc
import Patterns

/// What workers ask of a block's rules for each query: flat, so that nothing is retained for a rule that is no regular
/// expression.
struct QueryTest: Sendable {
    private enum Kind: UInt8 {
        case exact, prefix, suffix, substring, regex
        case type, recordClass
        case always
        case withEDNS
        /// True with EDNS; without, the rules behind it are not tried.
        case endWithoutEDNS
    }

    private struct Step {
        var kind: Kind
        /// A type or class, the place of a pattern, or where the text begins.
        var value: Int = 0
        /// The text's octets.
        var count: Int = 0
    }

    private var steps: [Step] = []
    private var text: [UInt8] = []
    private var patterns: [Pattern] = []
    private var readsName = false

    init(_ rules: [RewriteRule]) {
        for rule in rules {
            switch rule.action {
            case .name(let match, _, _), .answer(let match, _): add(match)
            case .type(let from, _): steps.append(Step(kind: .type, value: Int(from.rawValue)))
            case .recordClass(let from, _): steps.append(Step(kind: .recordClass, value: Int(from.rawValue)))
            case .cname: steps.append(Step(kind: .always))
            case .option(let option):
                // There is nothing to unset, and yet that is the end.
                let ends = option.action == .unset && rule.mode == .stop
                steps.append(Step(kind: !option.needsEDNS ? .always : ends ? .endWithoutEDNS : .withEDNS))
            }
        }
    }

    private mutating func add(_ match: NameMatch) {
        readsName = true
        switch match {
        case .exact(let part): add(.exact, part)
        case .prefix(let part): add(.prefix, part)
        case .suffix(let part): add(.suffix, part)
        case .substring(let part): add(.substring, part)
        case .regex(let pattern):
            steps.append(Step(kind: .regex, value: patterns.count))
            patterns.append(pattern)
        }
    }

    private mutating func add(_ kind: Kind, _ part: [UInt8]) {
        steps.append(Step(kind: kind, value: text.count, count: part.count))
        text += part
    }

    /// - Parameter nameInWire: in lower case, uncompressed.
    func passes(
        nameInWire: UnsafeRawPointer, type: RecordType, recordClass: RecordClass, hasEDNS: Bool
    ) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NameText.maximumLength) { buffer in
            guard let start = buffer.baseAddress else { return true }
            let length = readsName ? NameText.write(wire: nameInWire, to: start) : 0
            let name = UnsafeBufferPointer(start: start, count: length)
            return steps.withUnsafeBufferPointer { steps in
                text.withUnsafeBufferPointer { text in
                    for step in steps {
                        switch step.kind {
                        case .type: if Int(type.rawValue) == step.value { return true }
                        case .recordClass: if Int(recordClass.rawValue) == step.value { return true }
                        case .always: return true
                        case .withEDNS: if hasEDNS { return true }
                        case .endWithoutEDNS: return hasEDNS
                        case .regex: if patterns[step.value].matches(name) { return true }
                        case .exact, .prefix, .suffix, .substring:
                            guard step.count <= length, let all = text.baseAddress else { continue }
                            let part = all + step.value
                            let found =
                                switch step.kind {
                                case .exact: length == step.count && memcmp(start, part, length) == 0
                                case .prefix: memcmp(start, part, step.count) == 0
                                case .suffix: memcmp(start + (length - step.count), part, step.count) == 0
                                default:
                                    (0...(length - step.count)).contains { memcmp(start + $0, part, step.count) == 0 }
                                }
                            if found { return true }
                        }
                    }
                    return false
                }
            }
        }
    }
}
