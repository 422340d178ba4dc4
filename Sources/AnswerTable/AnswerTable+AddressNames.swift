import DNSWire
import Glibc
import NetworkAddress

// MARK: - Endpoints by the thousand

extension AnswerTable {
    /// Makes names below one owner, and the PTR records that lead back to them. Where a name is new, its node is written
    /// as it will lie, without a `SetImage` before; what is there already goes the ordinary way.
    func insert(_ names: AddressNames, to zones: [Zone]) {
        read(names.owner)
        // A target is left to a suffix, which is in lower case, only where it is told so.
        let isLowerCase = names.owner.wire.withUnsafeBytes { memcmp($0.baseAddress!, name.words, $0.count) == 0 }
        let cells = zones.compactMap(cell)
        guard isLowerCase, let cell = cellOfName(among: cells) else { return apply(names.changes, to: zones) }
        var owner: Suffix?
        withUnsafeTemporaryAllocation(byteCount: FoldedName.capacity, alignment: 16) { text in
            names.forEach { label, address in
                guard text.put(label, names.owner.wire), name.read(text.baseAddress!, available: 255) else { return }
                guard let below = owner ?? suffix(above: name, in: cell) else { return }
                if owner == nil { below.uses += 1 }
                owner = below
                insertAddress(address, below, cell, ttl: names.ttl)

                text.put(reverseOf: address)
                _ = name.read(text.baseAddress!, available: 255)
                guard let cell = cellOfName(among: cells) else { return }
                insertPointer(to: label, below, cell, ttl: names.ttl)
            }
        }
        giveBack(owner.map { arena.reference($0.at) })
    }

    /// An address of the name in the scratch, which is directly below `suffix`.
    private func insertAddress(_ address: UnsafeRawBufferPointer, _ suffix: Suffix, _ cell: ZoneCell, ttl: UInt32) {
        let type = address.count == 4 ? RecordType.a.rawValue : RecordType.aaaa.rawValue
        guard find(cell) == nil else { return insert(cell, type, Array(address), ttl: ttl, first: false) }
        insertSingle(suffix, cell, type, ttl: ttl, traits: 0, room: address.count) {
            $0.copyMemory(from: address.baseAddress!, byteCount: address.count)
        }
    }

    /// A PTR record of the name in the scratch; it leads to a label below `target`.
    private func insertPointer(to label: UnsafeRawBufferPointer, _ target: Suffix, _ cell: ZoneCell, ttl: UInt32) {
        guard find(cell) == nil else {
            let whole = Array(label) + UnsafeRawBufferPointer(start: target.name, count: target.length)
            return insert(cell, Wire.ptr, whole, ttl: ttl, first: false)
        }
        guard let suffix = suffix(above: name, in: cell) else { return }
        let isMade = insertSingle(
            suffix, cell, Wire.ptr, ttl: ttl, traits: Node.splitsTarget, room: 4 + label.count
        ) {
            $0.storeBytes(of: arena.reference(target.at), as: Arena.Reference.self)
            ($0 + 4).copyMemory(from: label.baseAddress!, byteCount: label.count)
        }
        if isMade { target.uses += 1 } else { dropUnused(suffix) }
    }

    /// Gives the name in the scratch, which is not there yet and is directly below `suffix`, a single record.
    /// - Parameter fill: writes its data, `room` octets as `StoredSet` has them.
    /// - Returns: false (and `isFull`) when the arena is full.
    @discardableResult
    private func insertSingle(
        _ suffix: Suffix, _ cell: ZoneCell, _ type: UInt16, ttl: UInt32, traits: UInt16, room: Int,
        _ fill: (UnsafeMutableRawPointer) -> Void
    ) -> Bool {
        let label = name.firstLabel
        let labelAt = Node.headerSize + 8
        guard let reference = arena.allocate(labelAt + wholeWords(label) + wholeWords(room)) else {
            noteFull()
            return false
        }
        let node = arena.pointer(reference)
        Node.writeHeader(
            to: node, suffix: arena.reference(suffix.at), label: label, directoryWords: 1,
            traits: traits | Node.explicit)
        StoredSet.writeHead(to: node + Node.headerSize, type, ttl: ttl)
        (node + labelAt).copyMemory(from: name.words, byteCount: wholeWords(label))
        fill(node + (labelAt + wholeWords(label)))
        suffix.names += 1
        // Names above first; where this is not the first below one, that one is there.
        if suffix.names == 1 { makeParent(cell) }
        insertWord(name.hash, reference)
        return true
    }

    /// The zone with the longest origin that the name in the scratch is in.
    private func cellOfName(among cells: [ZoneCell]) -> ZoneCell? {
        var longest: ZoneCell?
        for cell in cells where cell.length > longest?.length ?? 0 && cell.holds(name) { longest = cell }
        return longest
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes a label, its length in front, and the rest of the name.
    /// - Returns: false where there is no room for the whole of a name.
    fileprivate func put(_ label: UnsafeRawBufferPointer, _ rest: [UInt8]) -> Bool {
        guard label.count + rest.count <= DomainName.maximumLength else { return false }
        copyMemory(from: label)
        UnsafeMutableRawBufferPointer(rebasing: self[label.count...]).copyBytes(from: rest)
        return true
    }

    /// Writes the name that holds an address's PTR records.
    fileprivate func put(reverseOf address: UnsafeRawBufferPointer) {
        var at = 0
        func append(_ octet: UInt8) {
            self[at] = octet
            at += 1
        }
        let zero = UInt8(ascii: "0")
        for octet in address.reversed() {
            if address.count == 4 {
                append(octet < 10 ? 1 : octet < 100 ? 2 : 3)
                if octet >= 100 { append(zero + octet / 100) }
                if octet >= 10 { append(zero + octet / 10 % 10) }
                append(zero + octet % 10)
            } else {
                for nibble in [octet & 15, octet >> 4] {
                    append(1)
                    append(nibble < 10 ? zero + nibble : UInt8(ascii: "a") + nibble - 10)
                }
            }
        }
        let end = address.count == 4 ? DomainName.inAddrArpa : DomainName.ip6Arpa
        UnsafeMutableRawBufferPointer(rebasing: self[at...]).copyBytes(from: end.wire)
    }
}
