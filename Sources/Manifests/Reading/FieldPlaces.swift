import Findings
import Synchronization
import YAML

/// Where single fields of manifests' objects stand, and what documents that were not understood speak of: a file is read
/// again when something in it is asked for the first time.
package final class FieldPlaces: Sendable {
    private struct Mark: Hashable, Comparable {
        var line: Int
        var column: Int

        static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
    }

    /// Objects by where they begin.
    private struct File: Sendable {
        var objects: [Mark: YAMLNode] = [:]
        /// In their order.
        var marks: [Mark] = []

        /// Where the object begins that has a place in it.
        func mark(around place: Mark) -> Mark? {
            var low = 0
            var high = marks.count
            while low < high {
                let middle = (low + high) / 2
                if marks[middle] <= place { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : marks[low - 1]
        }
    }

    /// Texts that are in no file, by their names.
    private let documents: [String: [UInt8]]
    private let files = Mutex<[String: File]>([:])
    private let unread = Mutex<[SourcePlace: DocumentWords]>([:])

    package init(documents: [String: [UInt8]] = [:]) { self.documents = documents }

    /// The place of a field's value, or of its key where the value is a mapping or a list; nil where it is not there.
    /// - Parameters:
    ///   - path: keys, and the numbers of list items: `["spec", "ports", "0", "targetPort"]`.
    ///   - object: where the object begins.
    package func place(of path: [String], ofObjectAt object: SourcePlace) -> SourcePlace? {
        let file = file(object.file)
        guard var node = file.objects[Mark(line: object.line, column: object.column)] else { return nil }
        var place = object
        for word in path {
            if let items = node.items {
                guard let index = Int(word), items.indices.contains(index) else { return nil }
                node = items[index]
                place = SourcePlace(file: object.file, line: node.line, column: node.column)
            } else if let pair = node.pairs?.first(where: { $0.key.text == word }) {
                node = pair.value
                let mark = node.pairs == nil && node.items == nil && !node.isNull ? node : pair.key
                place = SourcePlace(file: object.file, line: mark.line, column: mark.column)
            } else {
                return nil
            }
        }
        return place
    }

    /// What stands in the document around a place, as far as text goes: it is no YAML; nil where the file is gone.
    package func words(ofDocumentAround place: SourcePlace) -> DocumentWords? {
        words(place) { contents(place.file).map { DocumentWords($0, around: place.line) } }
    }

    /// What stands in the object that has a place in it.
    package func words(ofObjectAround place: SourcePlace) -> DocumentWords? {
        let file = file(place.file)
        guard let mark = file.mark(around: Mark(line: place.line, column: place.column)) else { return nil }
        let start = SourcePlace(file: place.file, line: mark.line, column: mark.column)
        return words(start) { file.objects[mark].map(DocumentWords.init) }
    }

    private func words(_ place: SourcePlace, _ make: () -> DocumentWords?) -> DocumentWords? {
        if let words = unread.withLock({ $0[place] }) { return words }
        guard let words = make() else { return nil }
        unread.withLock { $0[place] = words }
        return words
    }

    private func file(_ name: String) -> File {
        files.withLock { files in
            if let file = files[name] { return file }
            let file = read(name)
            files[name] = file
            return file
        }
    }

    /// The whole text of a file, or of what stands for one.
    package func contents(_ name: String) -> [UInt8]? { documents[name] ?? ManifestFiles.contents(name) }

    private func read(_ name: String) -> File {
        var file = File()
        func remember(_ node: YAMLNode) {
            if let kind = node["kind"]?.text, kind.hasSuffix("List"), let items = node["items"]?.items {
                for item in items { remember(item) }
            } else {
                file.objects[Mark(line: node.line, column: node.column)] = node
            }
        }
        guard let bytes = contents(name) else { return file }
        bytes.withUnsafeBufferPointer { bytes in
            YAMLDocuments(bytes).forEach { if case .success(let document) = $0 { remember(document) } }
        }
        file.marks = file.objects.keys.sorted()
        return file
    }
}
