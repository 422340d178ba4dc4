import DNSWire
import Glibc

// MARK: - Nodes

extension AnswerTable {
    /// A node for the name in the scratch, not visible yet; nil (and `isFull`) when the arena is full.
    func write(_ suffix: Suffix, _ cell: ZoneCell, _ sets: [SetImage], traits: NodeTraits, isExplicit: Bool)
        -> Arena.Reference?
    {
        let sets = sets.map { shortened($0, cell) }
        let label = name.firstLabel
        let isSingle = sets.count == 1 && sets[0].isSingleRecord
        let labelAt = Node.headerSize + (isSingle ? 8 : sets.count * StoredSet.entrySize)
        let size = sets.reduce(labelAt + wholeWords(label)) { $0 + $1.room }
        guard let reference = arena.allocate(size) else {
            noteFull()
            for set in sets { giveBack(set.suffixes) }
            return nil
        }
        let at = arena.pointer(reference)
        at.storeBytes(of: arena.reference(suffix.at), as: Arena.Reference.self)
        at.storeBytes(of: UInt8(label), toByteOffset: 4, as: UInt8.self)
        at.storeBytes(of: UInt8((labelAt - Node.headerSize) / 8), toByteOffset: 5, as: UInt8.self)
        var bits = traits.rawValue
        if isExplicit { bits |= Node.explicit }
        if isSingle && !sets[0].suffixes.isEmpty { bits |= Node.splitsTarget }
        at.storeBytes(of: bits, toByteOffset: 6, as: UInt16.self)
        (at + labelAt).copyMemory(from: name.words, byteCount: wholeWords(label))
        var place = labelAt + wholeWords(label)
        for (index, set) in sets.enumerated() {
            set.write(
                to: at, entry: at + (Node.headerSize + index * StoredSet.entrySize), place: &place, isSingle: isSingle)
        }
        return reference
    }

    /// The set with its targets' ends left to suffixes, where that is possible: targets in lower case, whose names
    /// stand beside others. Endpoints' names are told in three places or more (SRV, PTR). The suffixes' uses are counted.
    private func shortened(_ set: SetImage, _ cell: ZoneCell) -> SetImage {
        guard let before = set.octetsBeforeTarget else { return set }
        var suffixes: [Arena.Reference] = []
        for octets in set.data {
            let suffix = octets.withUnsafeBytes { targetSuffix($0.dropFirst(before), set, cell) }
            guard let suffix else {
                giveBack(suffixes)
                return set
            }
            suffix.uses += 1
            suffixes.append(arena.reference(suffix.at))
        }
        var shortened = set
        shortened.suffixes = suffixes
        return shortened
    }

    /// Uses of suffixes that are no longer.
    func giveBack(_ suffixes: [Arena.Reference]) {
        for reference in suffixes {
            let suffix = Suffix(at: arena.pointer(reference))
            suffix.uses -= 1
            dropUnused(suffix)
        }
    }

    private func targetSuffix(_ target: Slice<UnsafeRawBufferPointer>, _ set: SetImage, _ cell: ZoneCell) -> Suffix? {
        withUnsafeTemporaryAllocation(byteCount: FoldedName.capacity, alignment: 16) { padded in
            padded.copyBytes(from: target)
            guard other.read(padded.baseAddress!, available: target.count), other.length == target.count,
                memcmp(other.words, padded.baseAddress!, target.count) == 0
            else { return nil }
            let start = other.firstLabel
            let length = other.length - start
            if let known = findSuffix(hash: other.hash(from: start), other.words + start, length: length, zone: nil) {
                return known
            }
            // A SRV record may come before the names that it leads to.
            let isInZone =
                other.length > cell.length && other.hasLabel(at: other.length - cell.length)
                && sameOctets(cell.origin, other.words + (other.length - cell.length), length: cell.length)
            return set.type == Wire.srv && isInZone ? self.suffix(above: other, in: cell) : nil
        }
    }
}
