import DNSWire

// MARK: - Empty non-terminals

extension AnswerTable {
    /// Makes the name above the one in the scratch if it is not there, and those above that. The scratch is kept.
    func makeParent(_ cell: ZoneCell) {
        withParent { table in
            guard table.find(cell) == nil, let suffix = table.suffix(above: table.name, in: cell) else { return }
            guard let reference = table.write(suffix, cell, [], traits: .none, isExplicit: false) else {
                table.dropUnused(suffix)
                return
            }
            suffix.names += 1
            if table.name.length != cell.length { table.makeParent(cell) }
            table.insertWord(table.name.hash, reference)
        }
    }

    /// Takes the node of the name in the scratch out, and every empty non-terminal above that it alone held.
    func remove(_ node: Node, _ cell: ZoneCell) {
        guard index.remove(hash: name.hash, arena.reference(node.at)) else { return }
        live -= 1
        let suffix = node.suffix(in: arena.base)
        retire(node)
        suffix.names -= 1
        guard suffix.names == 0 else { return }
        dropUnused(suffix)
        withParent { table in
            guard table.name.length != cell.length, let parent = table.find(cell), !parent.isExplicit else { return }
            table.remove(parent, cell)
        }
    }

    /// Runs `body` with the scratch at the name above, then puts it back.
    private func withParent(_ body: (AnswerTable) -> Void) {
        let whole = name
        var parent = FoldedName(key: key)
        defer {
            name = whole
            parent.deallocate()
        }
        let start = whole.firstLabel
        guard start < whole.length else { return }
        _ = parent.read(whole.words + start, available: whole.length - start)
        name = parent
        body(self)
    }
}
