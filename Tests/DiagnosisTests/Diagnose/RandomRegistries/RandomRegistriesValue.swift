import TestSupport

/// A value of a manifest, the keys of mappings in their order.
indirect enum ManifestValue: Equatable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case null
    case list([ManifestValue])
    case map([Entry])

    struct Entry: Equatable, Sendable {
        var key: String
        var value: ManifestValue
    }

    /// What stands at a path, numbers for the items of lists; setting nil takes it away, setting a key makes the mappings
    /// on the way.
    subscript(path: String...) -> ManifestValue? {
        get { value(at: path[...]) }
        set { set(newValue, at: path[...]) }
    }

    private func value(at path: ArraySlice<String>) -> ManifestValue? {
        guard let key = path.first else { return self }
        switch self {
        case .map(let entries): return entries.first { $0.key == key }?.value.value(at: path.dropFirst())
        case .list(let items):
            return Int(key).flatMap { items.indices.contains($0) ? items[$0].value(at: path.dropFirst()) : nil }
        default: return nil
        }
    }

    private mutating func set(_ new: ManifestValue?, at path: ArraySlice<String>) {
        guard let key = path.first else {
            self = new ?? .null
            return
        }
        let rest = path.dropFirst()
        switch self {
        case .list(var items):
            guard let index = Int(key), items.indices.contains(index) else { return }
            if new == nil, rest.isEmpty { items.remove(at: index) } else { items[index].set(new, at: rest) }
            self = .list(items)
        case .map(var entries):
            if let index = entries.firstIndex(where: { $0.key == key }) {
                if new == nil, rest.isEmpty {
                    entries.remove(at: index)
                } else {
                    entries[index].value.set(new, at: rest)
                }
            } else if new != nil {
                var value = ManifestValue.map([])
                value.set(new, at: rest)
                entries.append(Entry(key: key, value: value))
            }
            self = .map(entries)
        default:
            self = .map([])
            set(new, at: path)
        }
    }

    var string: String? { if case .text(let text) = self { text } else { nil } }
    var items: [ManifestValue] { if case .list(let items) = self { items } else { [] } }
}

extension ManifestValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(number) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
    init(arrayLiteral items: ManifestValue...) { self = .list(items) }
    init(dictionaryLiteral entries: (String, ManifestValue)...) {
        self = .map(entries.map { Entry(key: $0.0, value: $0.1) })
    }
    init(_ labels: [(String, String)]) { self = .map(labels.map { Entry(key: $0.0, value: .text($0.1)) }) }
}

/// Writes values as people and programs do: block or flow style, quoted or not, lists indented or not, keys in any order.
struct ManifestWriter {
    var random: SplitMix64
    private let quotes: String
    private let listIndent: String
    private let flows: Int
    private let shuffles: Bool

    init(_ random: SplitMix64) {
        var random = random
        quotes = ["", "'", "\""].randomElement(using: &random)!
        listIndent = Bool.random(using: &random) ? "  " : ""
        flows = [0, 20, 60].randomElement(using: &random)!
        shuffles = Int.random(in: 0..<4, using: &random) == 0
        self.random = random
    }

    /// Blocks only, nothing quoted that need not be.
    init(plain random: SplitMix64) {
        self.random = random
        (quotes, listIndent, flows, shuffles) = ("", "", 0, false)
    }

    /// The lines of a block.
    mutating func block(_ value: ManifestValue, _ indent: String = "") -> [String] {
        switch value {
        case .map(let entries) where !entries.isEmpty:
            var lines: [String] = []
            for entry in shuffles ? entries.shuffled(using: &random) : entries {
                let isNested = entry.value.isCollection && Int.random(in: 0..<100, using: &random) >= flows
                if isNested {
                    lines.append("\(indent)\(entry.key):")
                    let isList = if case .list = entry.value { true } else { false }
                    lines += block(entry.value, indent + (isList ? listIndent : "  "))
                } else {
                    lines.append("\(indent)\(entry.key): \(ManifestWriter.json(entry.value, scalar: scalar))")
                }
            }
            return lines
        case .list(let items) where !items.isEmpty:
            return items.flatMap { item -> [String] in
                var lines = block(item, indent + "  ")
                lines[0] = indent + "- " + lines[0].dropFirst(indent.utf8.count + 2)
                return lines
            }
        default: return [indent + ManifestWriter.json(value, scalar: scalar)]
        }
    }

    private func scalar(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter == true && text.allSatisfy { $0.isLetter || $0.isNumber || "-./_".contains($0) }
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
            || text.split(separator: ".").count == 4 && text.allSatisfy { $0.isNumber || $0 == "." }
        if isPlain, quotes.isEmpty { return text }
        let mark = quotes.isEmpty ? "\"" : quotes
        return mark + text + mark
    }

    /// On one line; as JSON where scalars are.
    static func json(_ value: ManifestValue, scalar: (String) -> String = { "\"\($0)\"" }) -> String {
        switch value {
        case .text(let text): scalar(text)
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .null: "null"
        case .list(let items): "[" + items.map { json($0, scalar: scalar) }.joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\"\($0.key)\": \(json($0.value, scalar: scalar))" }.joined(separator: ", ") + "}"
        }
    }
}

extension ManifestValue {
    fileprivate var isCollection: Bool {
        switch self {
        case .map(let entries): !entries.isEmpty
        case .list(let items): !items.isEmpty
        default: false
        }
    }
}
