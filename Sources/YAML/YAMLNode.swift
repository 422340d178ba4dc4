/// One value of a YAML document, with the place where it begins; lines and columns count from 1.
package struct YAMLNode: Sendable {
    package enum Content: Sendable {
        case scalar(String, ScalarForm)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// How a scalar stood: only one without quotes may be a number, a boolean or null.
    package enum ScalarForm: Sendable {
        case quoted
        case plain
        /// YAML 1.1's null (yaml.org/type/null): a plain scalar, or nothing at all.
        case null
    }

    package var content: Content
    private var lineNumber: UInt32
    private var columnNumber: UInt32

    package init(_ content: Content, line: Int, column: Int) {
        self.content = content
        lineNumber = UInt32(line)
        columnNumber = UInt32(column)
    }

    /// A scalar as written.
    package init(_ text: String, isPlain: Bool, line: Int, column: Int) {
        let isNull = isPlain && text.utf8.count <= 4 && ["", "~", "null", "Null", "NULL"].contains(text)
        self.init(.scalar(text, isNull ? .null : isPlain ? .plain : .quoted), line: line, column: column)
    }

    package var line: Int { Int(lineNumber) }
    package var column: Int {
        get { Int(columnNumber) }
        set { columnNumber = UInt32(newValue) }
    }

    /// The text of a scalar, nil for anything else and for null.
    package var text: String? {
        guard case .scalar(let text, let form) = content, form != .null else { return nil }
        return text
    }

    package var isNull: Bool { if case .scalar(_, .null) = content { true } else { false } }

    /// A plain scalar that Kubernetes' YAML reader takes for a number, boolean or null: as a label's value it would be
    /// refused, as nodePort it is wanted.
    package var isPlain: Bool { plainText != nil }

    private var plainText: String? {
        guard case .scalar(let text, let form) = content, form != .quoted else { return nil }
        return text
    }

    /// YAML 1.1's booleans, plain.
    package var boolean: Bool? {
        guard let text = plainText else { return nil }
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": return true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": return false
        default: return nil
        }
    }

    /// A plain whole number, decimal, octal (0644, 0o644) or hexadecimal.
    package var integer: Int? {
        guard let text = plainText else { return nil }
        if let number = Int(text), !text.utf8.starts(with: [UInt8(ascii: "0")]) { return number }
        let digits = text.replacing("_", with: "")
        if digits.hasPrefix("0x") { return Int(digits.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0o") { return Int(digits.dropFirst(2), radix: 8) }
        if digits.count > 1, digits.hasPrefix("0") { return Int(digits.dropFirst(), radix: 8) }
        return Int(digits)
    }

    /// `{{ .Values.name }}`, not rendered: to YAML a mapping whose key is a mapping.
    package var isTemplate: Bool { pairs?.first?.key.pairs != nil }

    package var items: [YAMLNode]? { if case .sequence(let items) = content { items } else { nil } }

    package var pairs: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// The value of a mapping's key; nil where there is none or it is null.
    package subscript(key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        // By place: a loop over the pairs would copy each.
        for place in pairs.indices {
            guard case .scalar(let text, let form) = pairs[place].key.content, form != .null, text == key else {
                continue
            }
            return pairs[place].value.isNull ? nil : pairs[place].value
        }
        return nil
    }

    /// What the value is, for a message: `a list`, `the text "80"`.
    package var kindText: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(_, .null): "nothing"
        case .scalar(let text, .plain): text
        case .scalar(let text, .quoted): "the text \"\(text)\""
        }
    }
}

/// Why a document could not be read, and where.
package struct YAMLFault: Error {
    package var message: String
    package var line: Int
    package var column: Int
}
