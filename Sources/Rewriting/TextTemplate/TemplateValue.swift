/// A value while a template is filled in.
enum TemplateValue {
    /// What is not there: a group that no expression has.
    case nothing
    case truth(Bool)
    case number(Int)
    /// Above what `number` holds.
    case unsigned(UInt64)
    case text(String)
    case list([TemplateValue])
    case map([String: TemplateValue])
    case object(TemplateObject, any TemplateFields)

    /// Go: false, 0, nil and what is empty are not true.
    var isTrue: Bool {
        switch self {
        case .nothing: false
        case .truth(let value): value
        case .number(let number): number != 0
        case .unsigned(let number): number != 0
        case .text(let text): !text.isEmpty
        case .list(let values): !values.isEmpty
        case .map(let values): !values.isEmpty
        case .object: true
        }
    }

    /// The value as `{{ . }}` and `%v` print it.
    var printed: String {
        switch self {
        case .nothing: "<nil>"
        case .truth(let value): "\(value)"
        case .number(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .text(let text): text
        case .list(let values): "[" + values.map(\.printed).joined(separator: " ") + "]"
        case .map(let values):
            "map[" + values.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.printed)" }.joined(separator: " ")
                + "]"
        case .object(let object, _): "<\(object)>"
        }
    }

    var kind: String {
        switch self {
        case .nothing: "nothing"
        case .truth: "a truth value"
        case .number, .unsigned: "a number"
        case .text: "a text"
        case .list: "a list"
        case .map: "a map"
        case .object(let object, _): "\(object)"
        }
    }
}

/// What has fields by name; which ones, `TemplateObject` says.
protocol TemplateFields {
    /// nil where there is no such field.
    func value(of field: String, in object: TemplateObject) -> TemplateValue?
    /// The method `.Meta`.
    func metadata(_ label: String) -> String
}
