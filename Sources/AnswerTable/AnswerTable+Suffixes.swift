import Glibc

// MARK: - Suffixes

extension AnswerTable {
    /// The suffix that the name is directly below, made if it is not there; nil (and `isFull`) when the arena is full.
    /// Whoever keeps it counts itself in `names` or `uses`.
    func suffix(above name: FoldedName, in cell: ZoneCell) -> Suffix? {
        let start = name.firstLabel
        let length = name.length - start
        let hash = name.hash(from: start)
        if let found = findSuffix(hash: hash, name.words + start, length: length, zone: cell.reference) { return found }
        guard let reference = arena.allocate(Suffix.size(length: length)) else {
            noteFull()
            return nil
        }
        let at = arena.pointer(reference)
        at.storeBytes(of: cell.reference, as: Arena.Reference.self)
        at.storeBytes(of: 0, toByteOffset: 4, as: UInt64.self)
        at.storeBytes(of: UInt32(length), toByteOffset: 12, as: UInt32.self)
        (at + Suffix.headerSize).copyMemory(from: name.words + start, byteCount: wholeWords(length))
        if (suffixesOccupied + 1) * 4 > suffixes.capacity * 3 {
            let grown = suffixes.grown(live: suffixesLive)
            free(suffixes.block)
            suffixes = grown
            suffixesOccupied = suffixesLive
        }
        if !suffixes.insert(NameIndex.word(hash: hash, reference)) { suffixesOccupied += 1 }
        suffixesLive += 1
        return Suffix(at: at)
    }

    /// The suffix of that name in a zone, or in whichever has it.
    func findSuffix(hash: UInt64, _ octets: UnsafeRawPointer, length: Int, zone: Arena.Reference?) -> Suffix? {
        suffixes.find(hash: hash, in: arena.base) { stored in
            let suffix = Suffix(at: stored)
            return suffix.length == length && zone.map { $0 == suffix.zone } ?? true
                && sameOctets(suffix.name, octets, length: length)
        }.map(Suffix.init)
    }

    /// How many names are directly below the name in the scratch.
    func namesBelow(_ cell: ZoneCell) -> UInt32 {
        findSuffix(hash: name.hash, name.words, length: name.length, zone: cell.reference)?.names ?? 0
    }

    /// Gives a suffix back that nothing is below any more and no target ends in.
    func dropUnused(_ suffix: Suffix) {
        guard suffix.names == 0, suffix.uses == 0 else { return }
        let reference = arena.reference(suffix.at)
        guard suffixes.remove(hash: hash(of: suffix), reference) else { return }
        suffixesLive -= 1
        leaving.append(.arena(reference, size: suffix.size))
    }

    private func hash(of suffix: Suffix) -> UInt64 {
        // Above the root is nothing.
        guard suffix.length > 0 else { return key.first }
        _ = other.read(suffix.name, available: suffix.length)
        return other.hash
    }
}
