import ServiceRegistry
import YAML

/// What a document speaks of that did not become an object: its kind, if one is written, and all words in it. It says
/// which Service a broken document may be about.
package struct DocumentWords: Sendable {
    /// As written, nil where none is.
    package private(set) var kind: String?
    /// Runs of letters, digits and dashes, look-alikes as what they look like.
    private var words: Set<Substring> = []

    init(_ node: YAMLNode) {
        kind = node["kind"]?.text
        collect(node)
    }

    private mutating func collect(_ node: YAMLNode) {
        if let items = node.items {
            for item in items { collect(item) }
        } else if let pairs = node.pairs {
            for pair in pairs {
                collect(pair.key)
                collect(pair.value)
            }
        } else if let text = node.text {
            words.formUnion(DocumentWords.words(LookAlikes.plain(text)[...]))
        }
    }

    private static func words(_ text: Substring) -> [Substring] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "-") }
    }

    /// - Parameter line: a line of the document, from 1.
    init(_ bytes: [UInt8], around line: Int) {
        let text = LookAlikes.plain(String(decoding: bytes, as: UTF8.self))
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let here = min(max(line, 1), lines.count) - 1
        let first = lines[...here].lastIndex { $0.hasPrefix("---") } ?? 0
        let next = lines[(here + 1)...].firstIndex { $0.hasPrefix("---") } ?? lines.count
        for line in lines[first..<next] {
            let parts = DocumentWords.words(line)
            if kind == nil, parts.count > 1, parts[0] == "kind" { kind = String(parts[1]) }
            words.formUnion(parts)
        }
    }

    package func contains(_ word: String) -> Bool { words.contains(word[...]) }

    /// Whether its kind has a part in names; true where none is written.
    package var mayMatter: Bool {
        guard let kind, kind != "List" else { return true }
        return ObjectKind(manifest: kind) != nil || KindVersions.misspelt(kind, version: "v1") != nil
    }
}
