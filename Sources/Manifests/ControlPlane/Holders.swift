import ServiceRegistry

/// Which Services hold a thing: one almost always, so that one takes no set.
struct Holders<Thing: Hashable> {
    private var first: [Thing: ObjectName] = [:]
    /// All of them, where there are several.
    private var several: [Thing: Set<ObjectName>] = [:]

    subscript(thing: Thing) -> Set<ObjectName> {
        several[thing] ?? first[thing].map { [$0] } ?? []
    }

    mutating func insert(_ name: ObjectName, of thing: Thing) {
        guard let holder = first[thing] else {
            first[thing] = name
            return
        }
        if holder != name { several[thing, default: [holder]].insert(name) }
    }

    mutating func remove(_ name: ObjectName, of thing: Thing) {
        let left = self[thing].subtracting([name])
        first[thing] = left.first
        several[thing] = left.count > 1 ? left : nil
    }
}
