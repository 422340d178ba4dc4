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
                replace(cell, [], traits: .none, isExplicit: false)
            case .insert(_, let ttl, let data, let first):
                insert(cell, data.type.rawValue, data.wire, ttl: ttl, first: first)
            case .withdraw(_, let data):
                withdraw(cell, data)
            case .insertAll(let names):
                insert(names, to: zones)
            }
        }
        retireLeaving()
    }

    /// One record more at the name in the scratch.
    func insert(_ cell: ZoneCell, _ type: UInt16, _ octets: [UInt8], ttl: UInt32, first: Bool) {
        var sets = images(of: find(cell))
        if let place = sets.firstIndex(where: { $0.type == type }) {
            sets[place].insert(octets, first: first)
            sets[place].ttl = ttl
        } else {
            sets.append(SetImage(type: type, ttl: ttl, octets))
        }
        replace(cell, sets, traits: .none, isExplicit: true)
    }

    private func withdraw(_ cell: ZoneCell, _ data: RecordData) {
        var sets = images(of: find(cell))
        guard let place = sets.firstIndex(where: { $0.type == data.type.rawValue }) else { return }
        sets[place].remove(data.wire)
        if sets[place].count == 0 { sets.remove(at: place) }
        replace(cell, sets, traits: .none, isExplicit: !sets.isEmpty)
    }

    private func images(of node: Node?) -> [SetImage] {
        node.map { node in (0..<node.setCount).map { SetImage(node.set(at: $0), in: arena.base) } } ?? []
    }

    func find(_ cell: ZoneCell) -> Node? {
        index.find(
            hash: name.hash, zone: cell.reference, name.words, length: name.length, arena: arena.base)
    }

    private static let cutsAndWildcards = NodeTraits.delegation.rawValue | NodeTraits.wildcard.rawValue

    /// Gives the name in the scratch these sets. A name without sets that is not explicit stays while it has names
    /// below it, else it goes, and with it every empty non-terminal above that it alone held.
    private func replace(_ cell: ZoneCell, _ sets: [SetImage], traits: NodeTraits, isExplicit: Bool) {
        let old = find(cell)
        let isApex = name.length == cell.length
        if sets.isEmpty && !isExplicit {
            guard let old else { return }
            if !isApex && namesBelow(cell) == 0 {
                remove(old, cell)
                return
            }
        }
        guard let suffix = old?.suffix(in: arena.base) ?? suffix(above: name, in: cell) else { return }
        guard let reference = write(suffix, cell, sets, traits: traits, isExplicit: isExplicit) else {
            dropUnused(suffix)
            return
        }
        if traits.rawValue & AnswerTable.cutsAndWildcards != 0 {
            cell.flags.pointee.bitwiseOr(ZoneCell.hasCutsOrWildcards, ordering: .sequentiallyConsistent)
        }
        if let old {
            guard let place = index.place(hash: name.hash, of: arena.reference(old.at)) else { return }
            index.word(place).pointee.store(NameIndex.word(hash: name.hash, reference), ordering: .releasing)
            retire(old)
        } else {
            suffix.names += 1
            // Names above first: a name is never there while the one above it is not.
            if !isApex { makeParent(cell) }
            insertWord(name.hash, reference)
        }
        if isApex { cell.apex.pointee.store(reference, ordering: .releasing) }
    }

    /// Hands a node that nobody finds any more to the readers' pace, and with it the uses of the suffixes that its targets end in.
    func retire(_ node: Node) {
        for index in 0..<node.setCount where node.set(at: index).splitsTargets {
            giveBack(node.set(at: index).suffix)
        }
        leaving.append(.arena(arena.reference(node.at), size: node.size))
    }

    func insertWord(_ hash: UInt64, _ reference: Arena.Reference) {
        if (occupied + 1) * 4 > index.capacity * 3 { rebuildIndex() }
        if !index.insert(NameIndex.word(hash: hash, reference)) { occupied += 1 }
        live += 1
    }

    /// A larger index, or one of the same size without removed words.
    private func rebuildIndex() {
        let new = index.grown(live: live)
        leaving.append(.index(index.block))
        index = new
        occupied = live
        published.index.pointee.store(UInt(bitPattern: new.block), ordering: .sequentiallyConsistent)
    }
}
