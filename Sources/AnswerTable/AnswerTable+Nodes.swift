import DNSWire

// MARK: - Nodes

extension AnswerTable {
    /// A node for the name in the scratch, not visible yet; nil (and `isFull`) when the arena is full.
    func write(_ zone: Arena.Reference, _ sets: [SetImage], traits: NodeTraits, isExplicit: Bool) -> Arena.Reference? {
        let nameRoom = Node.nameRoom(name.length)
        let nameAt = Node.headerSize + sets.count * StoredSet.entrySize
        let size = sets.reduce(nameAt + nameRoom) { $0 + $1.room }
        guard let reference = arena.allocate(size) else {
            noteFull()
            return nil
        }
        let at = arena.pointer(reference)
        at.storeBytes(of: zone, as: Arena.Reference.self)
        at.storeBytes(of: UInt8(name.length), toByteOffset: 4, as: UInt8.self)
        at.storeBytes(of: UInt8(sets.count), toByteOffset: 5, as: UInt8.self)
        at.storeBytes(of: traits.rawValue | (isExplicit ? Node.explicit : 0), toByteOffset: 6, as: UInt16.self)
        at.storeBytes(of: 0, toByteOffset: 8, as: UInt32.self)
        at.storeBytes(of: UInt32(size), toByteOffset: 12, as: UInt32.self)
        (at + nameAt).copyMemory(from: name.words, byteCount: nameRoom)
        var place = nameAt + nameRoom
        for (index, set) in sets.enumerated() {
            set.write(to: at, entry: at + (Node.headerSize + index * StoredSet.entrySize), place: &place)
        }
        return reference
    }
}
