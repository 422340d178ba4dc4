// MARK: - Empty non-terminals

extension AnswerTable {
    /// Counts the name in the scratch at the name above it, which is made if it is not there. The scratch is kept.
    func addToParent(_ cell: ZoneCell) {
        withParent { table in
            if let parent = table.find(cell) {
                parent.childCount += 1
                return
            }
            guard let reference = table.write(cell.reference, [], traits: [], isExplicit: false) else { return }
            Node(at: table.arena.pointer(reference)).childCount = 1
            if table.name.length != cell.length { table.addToParent(cell) }
            table.insertWord(table.name.hash, reference)
        }
    }

    /// Takes the name in the scratch from the count of the name above it, which goes if nothing holds it any more.
    func dropFromParent(_ cell: ZoneCell) {
        withParent { table in
            guard let parent = table.find(cell) else { return }
            parent.childCount -= 1
            guard parent.childCount == 0, !parent.isExplicit, table.name.length != cell.length else { return }
            table.remove(parent, cell)
            table.dropFromParent(cell)
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
        _ = parent.read(whole.words + start, available: whole.length - start)
        name = parent
        body(self)
    }
}
