/// Why a function cannot be called with these arguments.
struct TemplateFunctionFault: Error {
    let reason: String
}

extension TemplateFunction {
    /// - Parameter arguments: as many as `arguments` says. `and` and `or` are the evaluation's part.
    func call(_ values: [TemplateValue]) throws(TemplateFunctionFault) -> TemplateValue {
        switch self {
        case .and: return values.first { !$0.isTrue } ?? values[values.count - 1]
        case .or: return values.first(where: \.isTrue) ?? values[values.count - 1]
        case .not: return .truth(!values[0].isTrue)
        case .eq:
            for other in values.dropFirst() where try TemplateFunction.areEqual(values[0], other) {
                return .truth(true)
            }
            return .truth(false)
        case .ne: return .truth(try !TemplateFunction.areEqual(values[0], values[1]))
        case .lt: return .truth(try TemplateFunction.isLess(values[0], values[1]))
        case .le: return .truth(try !TemplateFunction.isLess(values[1], values[0]))
        case .gt: return .truth(try TemplateFunction.isLess(values[1], values[0]))
        case .ge: return .truth(try !TemplateFunction.isLess(values[0], values[1]))
        case .len: return .number(try TemplateFunction.length(of: values[0]))
        case .index:
            var value = values[0]
            for index in values.dropFirst() { value = try TemplateFunction.element(of: value, at: index) }
            return value
        case .slice: return try TemplateFunction.slice(values)
        case .print: return .text(GoFormat.joined(values))
        case .println: return .text(values.map(\.printed).joined(separator: " ") + "\n")
        case .printf:
            guard case .text(let format) = values[0] else {
                throw TemplateFunctionFault(reason: "the format is \(values[0].kind)")
            }
            return .text(try GoFormat.format(format, Array(values.dropFirst())))
        case .parseInt: return try TemplateFunction.parse(values)
        }
    }

    private static func areEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFunctionFault) -> Bool {
        switch (a, b) {
        case (.nothing, .nothing): return true
        case (.nothing, _), (_, .nothing): return false
        case (.truth(let a), .truth(let b)): return a == b
        case (.text(let a), .text(let b)): return a == b
        case (.number(let a), .number(let b)): return a == b
        case (.unsigned(let a), .unsigned(let b)): return a == b
        case (.number, .unsigned), (.unsigned, .number): return false
        default: throw TemplateFunctionFault(reason: "\(a.kind) and \(b.kind) cannot be compared")
        }
    }

    private static func isLess(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFunctionFault) -> Bool {
        switch (a, b) {
        case (.text(let a), .text(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.number(let a), .number(let b)): return a < b
        case (.unsigned(let a), .unsigned(let b)): return a < b
        case (.number, .unsigned): return true
        case (.unsigned, .number): return false
        default: throw TemplateFunctionFault(reason: "\(a.kind) and \(b.kind) have no order")
        }
    }

    private static func length(of value: TemplateValue) throws(TemplateFunctionFault) -> Int {
        switch value {
        case .text(let text): return text.utf8.count
        case .list(let values): return values.count
        case .map(let values): return values.count
        case .nothing, .truth, .number, .unsigned, .object:
            throw TemplateFunctionFault(reason: "\(value.kind) has no length")
        }
    }

    private static func element(
        of value: TemplateValue, at index: TemplateValue
    ) throws(TemplateFunctionFault) -> TemplateValue {
        if case .map(let values) = value {
            guard case .text(let key) = index else { throw TemplateFunctionFault(reason: "the key is \(index.kind)") }
            // Go gives the zero value for a key that is not there.
            return values[key] ?? .text("")
        }
        guard case .number(let place) = index else {
            throw TemplateFunctionFault(reason: "the index is \(index.kind)")
        }
        guard place >= 0, place < (try length(of: value)) else {
            throw TemplateFunctionFault(reason: "index out of range: \(place)")
        }
        if case .list(let values) = value { return values[place] }
        if case .text(let text) = value { return .number(Int(Array(text.utf8)[place])) }
        throw TemplateFunctionFault(reason: "\(value.kind) has no index")
    }

    /// `slice x`, `slice x 1`, `slice x 1 3`; Go's third index, a capacity, has nothing to bound here.
    private static func slice(_ values: [TemplateValue]) throws(TemplateFunctionFault) -> TemplateValue {
        let count = try length(of: values[0])
        var bounds: [Int] = []
        for value in values.dropFirst() {
            guard case .number(let bound) = value else {
                throw TemplateFunctionFault(reason: "the index is \(value.kind)")
            }
            guard bound >= bounds.last ?? 0, bound <= count else {
                throw TemplateFunctionFault(reason: "index out of range: \(bound)")
            }
            bounds.append(bound)
        }
        let range = (bounds.first ?? 0)..<(bounds.count > 1 ? bounds[1] : count)
        if case .list(let elements) = values[0] { return .list(Array(elements[range])) }
        if case .text(let text) = values[0] { return .text(String(decoding: Array(text.utf8)[range], as: UTF8.self)) }
        throw TemplateFunctionFault(reason: "\(values[0].kind) cannot be sliced")
    }

    /// CoreDNS's own: `parseInt "7b" 16 8`, Go's strconv.ParseUint.
    private static func parse(_ values: [TemplateValue]) throws(TemplateFunctionFault) -> TemplateValue {
        guard case .text(let text) = values[0], case .number(let base) = values[1], case .number(let bits) = values[2]
        else { throw TemplateFunctionFault(reason: "a text, a base and a number of bits are wanted") }
        guard base == 0 || (2...36).contains(base) else {
            throw TemplateFunctionFault(reason: "\(base) is no base")
        }
        guard (0...64).contains(bits) else { throw TemplateFunctionFault(reason: "\(bits) is no number of bits") }
        guard let number = GoInteger.unsigned(text, base: base) else {
            throw TemplateFunctionFault(reason: "\"\(text)\" is no number of base \(base)")
        }
        guard bits == 0 || bits == 64 || number >> UInt64(bits) == 0 else {
            throw TemplateFunctionFault(reason: "\"\(text)\" does not fit \(bits) bits")
        }
        return Int(exactly: number).map { .number($0) } ?? .unsigned(number)
    }
}
