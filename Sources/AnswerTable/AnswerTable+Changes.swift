import DNSWire
import Synchronization

// MARK: - Changes

extension AnswerTable {
    /// Makes changes in order; each becomes visible by itself, at once.
    /// - Parameter zones: a change goes to the one with the longest origin that its owner is in; where there is none,
    ///   nothing changes.
    package func apply(_ changes: some Sequence<RecordChange>, to zones: [Zone]) {
        for change in changes {
            let owner = change.owner
            var longest: Zone?
            for zone in zones where zone.origin.wire.count > longest?.origin.wire.count ?? 0 {
                if owner.isAtOrBelow(zone.origin) { longest = zone }
            }
            guard let longest, let cell = cell(longest) else { continue }
            read(owner)
            switch change {
            case .set(_, let sets, let traits):
                replace(cell, sets.map(SetImage.init), traits: traits, isExplicit: true)
            case .remove:
                replace(cell, [], traits: [], isExplicit: false)
            case .insert(_, let ttl, let data, let first):
                insert(cell, data, ttl: ttl, first: first)
            case .withdraw(_, let data):
                withdraw(cell, data)
            }
        }
        retireLeaving()
    }

    private func insert(_ cell: ZoneCell, _ data: RecordData, ttl: UInt32, first: Bool) {
        var sets = images(of: find(cell))
        let octets = data.wire
        if let place = sets.firstIndex(where: { $0.type == data.type.rawValue }) {
            sets[place].data.removeAll { $0 == octets }
            sets[place].data.insert(octets, at: first ? 0 : sets[place].data.count)
            sets[place].ttl = ttl
        } else {
            sets.append(SetImage(type: data.type.rawValue, ttl: ttl, data: [octets], glue: []))
        }
        replace(cell, sets, traits: [], isExplicit: true)
    }

    private func withdraw(_ cell: ZoneCell, _ data: RecordData) {
        var sets = images(of: find(cell))
        guard let place = sets.firstIndex(where: { $0.type == data.type.rawValue }) else { return }
        let octets = data.wire
        sets[place].data.removeAll { $0 == octets }
        if sets[place].data.isEmpty { sets.remove(at: place) }
        replace(cell, sets, traits: [], isExplicit: !sets.isEmpty)
    }

    private func images(of node: Node?) -> [SetImage] {
        node.map { node in (0..<node.setCount).map { SetImage(node.set(at: $0)) } } ?? []
    }

    func find(_ cell: ZoneCell) -> Node? {
        index.find(
            hash: name.hash, zone: cell.reference, name.words, length: name.length, arena: arena.base)
    }

    /// Gives the name in the scratch these sets. A name without sets that is not explicit stays while it has names
    /// below it, else it goes, and with it every empty non-terminal above that it alone held.
    private func replace(_ cell: ZoneCell, _ sets: [SetImage], traits: NodeTraits, isExplicit: Bool) {
        let old = find(cell)
        if sets.isEmpty && !isExplicit {
            guard let old else { return }
            if old.childCount == 0 && name.length != cell.length {
                remove(old, cell)
                dropFromParent(cell)
                return
            }
        }
        guard let reference = write(cell.reference, sets, traits: traits, isExplicit: isExplicit) else { return }
        let node = Node(at: arena.pointer(reference))
        node.childCount = old?.childCount ?? 0
        if !traits.isDisjoint(with: [.delegation, .wildcard]) {
            cell.flags.pointee.bitwiseOr(ZoneCell.hasCutsOrWildcards, ordering: .sequentiallyConsistent)
        }
        let isApex = name.length == cell.length
        if let old {
            let oldReference = self.reference(of: old)
            let hash = name.hash
            guard let place = index.place(hash: hash, of: oldReference) else { return }
            index.word(place).pointee.store(NameIndex.word(hash: hash, reference), ordering: .releasing)
            leaving.append(.arena(oldReference, size: old.size))
        } else {
            // Names above first: a name is never there while the one above it is not.
            if !isApex { addToParent(cell) }
            insertWord(name.hash, reference)
        }
        if isApex { cell.apex.pointee.store(reference, ordering: .releasing) }
    }

    func reference(of node: Node) -> Arena.Reference {
        Arena.Reference((node.at - arena.base) / Arena.unit)
    }

    func remove(_ node: Node, _ cell: ZoneCell) {
        let reference = self.reference(of: node)
        guard let place = index.place(hash: name.hash, of: reference) else { return }
        index.word(place).pointee.store(NameIndex.removed, ordering: .releasing)
        live -= 1
        leaving.append(.arena(reference, size: node.size))
    }

    func insertWord(_ hash: UInt64, _ reference: Arena.Reference) {
        if (occupied + 1) * 4 > index.capacity * 3 { rebuildIndex() }
        if !index.insert(hash: hash, reference) { occupied += 1 }
        live += 1
    }

    /// A larger index, or one of the same size without removed words.
    private func rebuildIndex() {
        var capacity = index.capacity
        while live * 2 >= capacity { capacity *= 2 }
        let new = NameIndex.make(capacity: capacity)
        var scratch = FoldedName(key: key)
        defer { scratch.deallocate() }
        for place in 0..<UInt64(index.capacity) {
            let word = index.word(place).pointee.load(ordering: .relaxed)
            guard word != NameIndex.empty, word != NameIndex.removed else { continue }
            let node = Node(at: arena.pointer(Arena.Reference(truncatingIfNeeded: word)))
            _ = scratch.read(node.name, available: node.nameLength)
            _ = new.insert(hash: scratch.hash, Arena.Reference(truncatingIfNeeded: word))
        }
        leaving.append(.index(index.block))
        index = new
        occupied = live
        published.index.pointee.store(UInt(bitPattern: new.block), ordering: .sequentiallyConsistent)
    }
}
