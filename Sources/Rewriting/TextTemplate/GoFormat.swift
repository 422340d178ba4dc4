/// Go's fmt, for what templates print.
enum GoFormat {
    /// The widest field, so that a template cannot ask for gigabytes.
    static let maximumWidth = 1024

    /// fmt.Sprint: a blank between two operands neither of which is a text.
    static func joined(_ values: [TemplateValue]) -> String {
        var out = ""
        var wasText = true
        for (place, value) in values.enumerated() {
            let isText = if case .text = value { true } else { false }
            if place > 0, !wasText, !isText { out += " " }
            out += value.printed
            wasText = isText
        }
        return out
    }

    /// What stands between `%` and the verb.
    private struct Flags {
        var minus = false
        var plus = false
        var zero = false
        var sharp = false
        var blank = false
        var width = 0
        var precision: Int?

        /// Reads flags, width and precision off the text.
        init(readingFrom text: inout Substring) throws(TemplateFunctionFault) {
            while let first = text.first, "-+0# ".contains(first) {
                switch first {
                case "-": minus = true
                case "+": plus = true
                case "0": zero = true
                case "#": sharp = true
                default: blank = true
                }
                text.removeFirst()
            }
            width = try Flags.number(&text) ?? 0
            if text.first == "." {
                text.removeFirst()
                precision = try Flags.number(&text) ?? 0
            }
        }

        private static func number(_ text: inout Substring) throws(TemplateFunctionFault) -> Int? {
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            text.removeFirst(digits.count)
            guard !digits.isEmpty else { return nil }
            guard let number = Int(digits), number <= maximumWidth else {
                throw TemplateFunctionFault(reason: "a field is wider than \(maximumWidth)")
            }
            return number
        }

        func padded(_ text: String, isNumber: Bool) -> String {
            let missing = width - text.unicodeScalars.count
            guard missing > 0 else { return text }
            if minus { return text + String(repeating: " ", count: missing) }
            guard zero else { return String(repeating: " ", count: missing) + text }
            let sign = isNumber && (text.hasPrefix("-") || text.hasPrefix("+")) ? text.prefix(1) : ""
            return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
        }
    }

    /// fmt.Sprintf with the verbs %v %s %q %d %x %X %o %b %c %t and %%; a verb that does not fit its operand, one
    /// without and operands that are left over are shown as Go shows them: `%!d(string=hi)`.
    static func format(_ format: String, _ values: [TemplateValue]) throws(TemplateFunctionFault) -> String {
        var rest = format[...]
        var out = ""
        var next = 0
        while let mark = rest.firstIndex(of: "%") {
            out += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            let flags = try Flags(readingFrom: &rest)
            guard let verb = rest.popFirst() else {
                out += "%!(NOVERB)"
                break
            }
            if verb == "%" {
                out += "%"
            } else if next < values.count {
                out += field(verb, values[next], flags)
                next += 1
            } else {
                out += "%!\(verb)(MISSING)"
            }
        }
        out += rest
        guard next < values.count else { return out }
        let extra = values[next...].map { "\(goType($0))=\($0.printed)" }
        return out + "%!(EXTRA \(extra.joined(separator: ", ")))"
    }

    private static func field(_ verb: Character, _ value: TemplateValue, _ flags: Flags) -> String {
        switch (verb, value) {
        case ("v", .nothing): return flags.padded("<nil>", isNumber: false)
        case ("v", .number), ("v", .unsigned), ("d", .number), ("d", .unsigned): return number(value, 10, flags)
        case ("x", .number), ("x", .unsigned): return number(value, 16, flags)
        case ("X", .number), ("X", .unsigned): return number(value, 16, flags).uppercased()
        case ("o", .number), ("o", .unsigned): return number(value, 8, flags)
        case ("b", .number), ("b", .unsigned): return number(value, 2, flags)
        case ("c", .number(let code)):
            let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
            return flags.padded(String(Character(scalar)), isNumber: false)
        case ("t", .truth), ("v", .truth): return flags.padded(value.printed, isNumber: false)
        case ("s", .text(let text)), ("v", .text(let text)):
            if verb == "v", flags.sharp { return flags.padded(GoEscape.quoted(text), isNumber: false) }
            return flags.padded(cut(text, flags), isNumber: false)
        case ("q", .text(let text)): return flags.padded(GoEscape.quoted(cut(text, flags)), isNumber: false)
        case ("x", .text(let text)): return flags.padded(hexadecimal(text), isNumber: false)
        case ("X", .text(let text)): return flags.padded(hexadecimal(text).uppercased(), isNumber: false)
        case (_, .list(let values)):
            return "[" + values.map { field(verb, $0, flags) }.joined(separator: " ") + "]"
        case (_, .map(let values)):
            let sorted = values.sorted { $0.key < $1.key }
            let parts = sorted.map { field(verb, .text($0.key), flags) + ":" + field(verb, $0.value, flags) }
            return "map[" + parts.joined(separator: " ") + "]"
        case ("v", .object): return value.printed
        default: return "%!\(verb)(\(goType(value))=\(value.printed))"
        }
    }

    private static func cut(_ text: String, _ flags: Flags) -> String {
        guard let precision = flags.precision else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
    }

    private static func hexadecimal(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func number(_ value: TemplateValue, _ radix: Int, _ flags: Flags) -> String {
        var digits: String
        var isNegative = false
        switch value {
        case .number(let number):
            digits = String(number.magnitude, radix: radix)
            isNegative = number < 0
        case .unsigned(let number): digits = String(number, radix: radix)
        default: return value.printed
        }
        if let precision = flags.precision, digits.count < precision {
            digits = String(repeating: "0", count: precision - digits.count) + digits
        }
        if flags.sharp { digits = (radix == 16 ? "0x" : radix == 8 ? "0" : radix == 2 ? "0b" : "") + digits }
        let sign = isNegative ? "-" : flags.plus ? "+" : flags.blank ? " " : ""
        return flags.padded(sign + digits, isNumber: true)
    }

    private static func goType(_ value: TemplateValue) -> String {
        switch value {
        case .nothing: "<nil>"
        case .truth: "bool"
        case .number: "int"
        case .unsigned: "uint64"
        case .text: "string"
        case .list: "[]string"
        case .map: "map[string]string"
        case .object: "*dns.Msg"
        }
    }
}
