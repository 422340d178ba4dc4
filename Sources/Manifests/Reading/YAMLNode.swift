/// One value of a YAML document, with the place where it begins; lines and columns count from 1.
struct YAMLNode {
    indirect enum Content {
        /// A scalar as written, and whether it stood without quotes: only then may it be a number, a boolean or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    var content: Content
    var line: Int
    var column: Int

    /// The text of a scalar, nil for anything else and for null.
    var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }

    /// YAML 1.1's null (yaml.org/type/null): a plain scalar, or nothing at all.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// A plain scalar that Kubernetes' YAML reader takes for a number, boolean or null: as a label's value it would be
    /// refused, as nodePort it is wanted.
    var isPlain: Bool { if case .scalar(_, isPlain: true) = content { true } else { false } }

    /// YAML 1.1's booleans, plain.
    var boolean: Bool? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": return true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": return false
        default: return nil
        }
    }

    /// A plain whole number, decimal, octal (0644, 0o644) or hexadecimal.
    var integer: Int? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        let digits = text.replacing("_", with: "")
        if digits.hasPrefix("0x") { return Int(digits.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0o") { return Int(digits.dropFirst(2), radix: 8) }
        if digits.count > 1, digits.hasPrefix("0") { return Int(digits.dropFirst(), radix: 8) }
        return Int(digits)
    }

    var items: [YAMLNode]? { if case .sequence(let items) = content { items } else { nil } }

    var pairs: [(key: YAMLNode, value: YAMLNode)]? { if case .mapping(let pairs) = content { pairs } else { nil } }

    /// The value of a mapping's key; nil where there is none or it is null.
    subscript(key: String) -> YAMLNode? {
        guard let value = pairs?.first(where: { $0.key.text == key })?.value, !value.isNull else { return nil }
        return value
    }

    /// What the value is, for a message: `a list`, `the text "80"`.
    var kindText: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let text, let isPlain): isNull ? "nothing" : isPlain ? text : "the text \"\(text)\""
        }
    }
}

/// Why a document could not be read, and where.
struct YAMLFault: Error {
    var message: String
    var line: Int
    var column: Int
}
