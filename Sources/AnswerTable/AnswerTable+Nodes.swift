import DNSWire
import Glibc

// MARK: - Nodes

extension AnswerTable {
    /// A node for the name in the scratch, not visible yet; nil (and `isFull`) when the arena is full.
    func write(_ suffix: Suffix, _ cell: ZoneCell, _ sets: [SetImage], traits: NodeTraits, isExplicit: Bool)
        -> Arena.Reference?
    {
        // The directory's length is an octet, in words.
        let sets = sets.prefix(127).map { shortened($0, cell) }
        let label = name.firstLabel
        let isSingle = sets.count == 1 && sets[0].isSingleRecord
        let labelAt = Node.headerSize + (isSingle ? 8 : sets.count * StoredSet.entrySize)
        let size = sets.reduce(labelAt + wholeWords(label)) { $0 + $1.room }
        guard let reference = arena.allocate(size) else {
            noteFull()
            for set in sets { giveBack(set.suffix) }
            return nil
        }
        let at = arena.pointer(reference)
        var bits = traits.rawValue
        if isExplicit { bits |= Node.explicit }
        if isSingle && sets[0].suffix != nil { bits |= Node.splitsTarget }
        Node.writeHeader(
            to: at, suffix: arena.reference(suffix.at), label: label, directoryWords: (labelAt - Node.headerSize) / 8,
            traits: bits)
        (at + labelAt).copyMemory(from: name.words, byteCount: wholeWords(label))
        var place = labelAt + wholeWords(label)
        for (index, set) in sets.enumerated() {
            set.write(
                to: at, entry: at + (Node.headerSize + index * StoredSet.entrySize), place: &place, isSingle: isSingle)
        }
        return reference
    }

    /// The set with its targets' end left to a suffix, where that is possible: targets in lower case, all below one name
    /// that others are below as well. Endpoints' names are told in three places or more (SRV, PTR). The use is counted.
    private func shortened(_ set: SetImage, _ cell: ZoneCell) -> SetImage {
        if set.type == Wire.soa { return located(set, cell) }
        guard let before = StoredSet.octetsBeforeTarget(set.type) else { return set }
        var common: Suffix?
        for record in 0..<set.count {
            let suffix = set[record].withUnsafeBytes { targetSuffix($0.dropFirst(before), set, cell) }
            guard let suffix, suffix.at == common?.at ?? suffix.at else {
                if let suffix { dropUnused(suffix) }
                if let common { dropUnused(common) }
                return set
            }
            common = suffix
        }
        var shortened = set
        common?.uses += 1
        shortened.suffix = common.map { arena.reference($0.at) }
        return shortened
    }

    /// A SOA that knows where the zone's origin begins in its two names (RFC 1035 3.3.13: MNAME, RNAME, 20 octets).
    private func located(_ set: SetImage, _ cell: ZoneCell) -> SetImage {
        guard set.count == 1 else { return set }
        var located = set
        var at = 0
        var places: [UInt8] = []
        for _ in 0..<2 {
            let octets = set[0][at...]
            guard let length = originPlace(in: octets, cell) else { return set }
            places.append(UInt8(length))
            at += length + cell.length
        }
        located.inZone = (places[0], places[1])
        return located
    }

    /// How many octets of the name at the front stand before the zone's origin; nil where it is not in the zone.
    private func originPlace(in octets: ArraySlice<UInt8>, _ cell: ZoneCell) -> Int? {
        withUnsafeTemporaryAllocation(byteCount: FoldedName.capacity, alignment: 16) { padded in
            padded.copyBytes(from: octets.prefix(255))
            guard other.read(padded.baseAddress!, available: min(octets.count, 255)) else { return nil }
            let place = other.length - cell.length
            let isInZone =
                place >= 0 && other.hasLabel(at: place)
                && sameOctets(cell.origin, other.words + place, length: cell.length)
            return isInZone ? place : nil
        }
    }

    /// One use less of a suffix.
    func giveBack(_ reference: Arena.Reference?) {
        guard let reference else { return }
        let suffix = Suffix(at: arena.pointer(reference))
        suffix.uses -= 1
        dropUnused(suffix)
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
