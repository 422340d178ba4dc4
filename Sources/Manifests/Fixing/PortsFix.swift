import YAML

/// spec.ports of a Service with what belongs in its one entry.
struct PortsFix {
    let text: SourceText

    /// The changes; nil where there are several entries to which a field may belong, or where they are not written a
    /// field a line.
    func edits(_ spec: YAMLNode, misplaced: [(key: YAMLNode, value: YAMLNode)]) -> [SourceText.Edit]? {
        var edits: [SourceText.Edit] = []
        var moved: [(name: String, line: String)] = []
        for pair in misplaced {
            guard let value = text.value(ofKey: pair.key), pair.value.lastLine == pair.key.line else { return nil }
            let name = pair.key.text ?? ""
            moved.append((name, "\(name): \(value)"))
            edits.append(.lines(line: pair.key.line, []))
        }
        let entries = spec["ports"]?.items ?? []
        guard let first = entries.first else { return newEntry(spec, moved, edits, misplaced) }
        guard entries.count == 1 || entries.count == 2 && areHalves(entries) else { return nil }
        var known = Set(entries.flatMap { $0.pairs ?? [] }.compactMap(\.key.text))
        guard text.end(ofFlow: first) == nil else { return nil }
        if entries.count == 2 {
            guard let dash = dash(of: entries[1]) else { return nil }
            edits.append(.span(line: entries[1].line, column: dash, length: 1, " "))
        }
        let indent = String(repeating: " ", count: first.column - 1)
        let lines = moved.filter { known.insert($0.name).inserted }.map { indent + $0.line }
        if !lines.isEmpty { edits.append(.after(line: entries[entries.count - 1].lastLine, lines)) }
        return edits
    }

    /// No entry is written yet: the fields are one where the port is among them.
    private func newEntry(
        _ spec: YAMLNode, _ moved: [(name: String, line: String)], _ deletions: [SourceText.Edit],
        _ misplaced: [(key: YAMLNode, value: YAMLNode)]
    ) -> [SourceText.Edit]? {
        guard moved.contains(where: { $0.name == "port" }), let first = misplaced.first?.key, spec.pair("ports") == nil
        else { return nil }
        let indent = String(repeating: " ", count: first.column - 1)
        let lines = moved.enumerated().map { indent + ($0.offset == 0 ? "- " : "  ") + $0.element.line }
        return deletions.filter { $0.line != first.line } + [.lines(line: first.line, [indent + "ports:"] + lines)]
    }

    /// Two entries of which neither has a field of the other, in the same column.
    private func areHalves(_ entries: [YAMLNode]) -> Bool {
        let keys = entries.map { Set(($0.pairs ?? []).compactMap(\.key.text)) }
        return keys[0].isDisjoint(with: keys[1]) && entries[0].column == entries[1].column
            && entries.contains { $0["port"] == nil }
    }

    /// The column of a list item's dash, where nothing but it stands before the item.
    private func dash(of item: YAMLNode) -> Int? {
        let head = text.line(item.line).unicodeScalars.prefix(item.column - 1)
        let dashes = head.enumerated().filter { $0.element == "-" }
        guard dashes.count == 1, head.allSatisfy({ $0 == "-" || $0 == " " }) else { return nil }
        return dashes[0].offset + 1
    }
}
