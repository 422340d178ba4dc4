import Synchronization

/// The entries of one kind: how many there may be, which are the first to end, and who makes room (the clock, or second
/// chance: a hand goes round and takes the first that nobody has looked at since it last came by).
struct EntryStore: Sendable {
    let rules: CacheRules.Store
    private var entries: [CacheEntry?] = []
    private var free: [Int] = []
    private var order = ExpiryOrder()
    private var hand = 0
    private(set) var count = 0
    private(set) var octets = 0

    init(_ rules: CacheRules.Store) { self.rules = rules }

    /// Whether one more entry of `size` octets may come in.
    func hasRoom(_ size: Int) -> Bool { count < rules.capacity && octets + size <= rules.octets }

    /// Whether there can ever be room for it.
    func couldHold(_ size: Int) -> Bool { rules.capacity > 0 && size <= rules.octets }

    mutating func insert(_ entry: CacheEntry) {
        let slot = free.popLast() ?? entries.count
        if slot == entries.count { entries.append(nil) }
        entries[slot] = entry
        entry.slot = slot
        order.insert(slot, at: entry.until)
        count += 1
        octets += entry.size
    }

    mutating func remove(_ entry: CacheEntry) {
        entries[entry.slot] = nil
        free.append(entry.slot)
        order.remove(entry.slot)
        count -= 1
        octets -= entry.size
    }

    /// The entry that is the first to be of no use, if that is so now.
    func firstExpired(now: Int) -> CacheEntry? {
        guard let first = order.first, first.time <= now else { return nil }
        return entries[first.slot]
    }

    /// The entry that makes room; there is one.
    mutating func victim() -> CacheEntry {
        while true {
            if hand >= entries.count { hand = 0 }
            defer { hand += 1 }
            guard let entry = entries[hand] else { continue }
            if entry.isUsed.pointee.exchange(0, ordering: .relaxed) == 0 { return entry }
        }
    }
}

/// Slots by the time at which their entries end: a binary heap that knows where each slot is.
struct ExpiryOrder: Sendable {
    typealias Element = (time: Int, slot: Int)

    private var heap: [Element] = []
    /// For each slot its place in the heap.
    private var places: [Int] = []

    /// The earliest.
    var first: Element? { heap.first }

    mutating func insert(_ slot: Int, at time: Int) {
        while places.count <= slot { places.append(-1) }
        heap.append((time, slot))
        places[slot] = heap.count - 1
        rise(heap.count - 1)
    }

    /// Takes out a slot that is in it.
    mutating func remove(_ slot: Int) {
        let place = places[slot]
        swap(place, heap.count - 1)
        heap.removeLast()
        places[slot] = -1
        guard place < heap.count else { return }
        rise(place)
        sink(place)
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        places[heap[a].slot] = a
        places[heap[b].slot] = b
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].time < heap[(place - 1) / 2].time {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child].time < heap[least].time
            {
                least = child
            }
            if least == place { return }
            swap(place, least)
            place = least
        }
    }
}
