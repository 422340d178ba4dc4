import DNSWire

// MARK: - Nodes

extension AnswerTable {
    /// A node for the name in the scratch, not visible yet; nil (and `isFull`) when the arena is full.
    func write(_ zone: UInt16, _ sets: [SetImage], traits: NodeTraits, isExplicit: Bool) -> Arena.Reference? {
        let nameRoom = Node.nameRoom(name.length)
        let directory = Node.headerSize + nameRoom
        let body = directory + sets.count * StoredSet.entrySize
        let size = sets.reduce(body) { $0 + $1.dataRoom + $1.glueRoom }
        guard let reference = arena.allocate(size) else {
            noteFull()
            return nil
        }
        let at = arena.pointer(reference)
        at.storeBytes(of: zone, as: UInt16.self)
        at.storeBytes(of: UInt8(name.length), toByteOffset: 2, as: UInt8.self)
        at.storeBytes(of: UInt8(sets.count), toByteOffset: 3, as: UInt8.self)
        at.storeBytes(of: traits.rawValue, toByteOffset: 4, as: UInt16.self)
        at.storeBytes(of: isExplicit ? 1 : 0, toByteOffset: 6, as: UInt16.self)
        at.storeBytes(of: 0, toByteOffset: 8, as: UInt32.self)
        at.storeBytes(of: UInt32(size), toByteOffset: 12, as: UInt32.self)
        (at + Node.headerSize).copyMemory(from: name.words, byteCount: nameRoom)
        var place = body
        for (index, set) in sets.enumerated() {
            let entry = at + directory + index * StoredSet.entrySize
            entry.storeBytes(of: set.type, as: UInt16.self)
            entry.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
            entry.storeBytes(of: set.ttl, toByteOffset: 4, as: UInt32.self)
            entry.storeBytes(of: UInt32(set.data.count), toByteOffset: 8, as: UInt32.self)
            entry.storeBytes(of: UInt32(place), toByteOffset: 12, as: UInt32.self)
            set.writeData(to: at + place)
            place += set.dataRoom
            entry.storeBytes(of: set.glue.isEmpty ? 0 : UInt32(place), toByteOffset: 16, as: UInt32.self)
            entry.storeBytes(of: 0, toByteOffset: 20, as: UInt32.self)
            if !set.glue.isEmpty { set.writeGlue(to: at + place) }
            place += set.glueRoom
        }
        return reference
    }
}
