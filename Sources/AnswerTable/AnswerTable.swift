import Glibc
import DNSWire
import Synchronization

/// Owner name → records, ready to be sent; one writer, many readers.
///
///     let table = AnswerTable()
///     let zone = table.makeZone(origin: try DomainName("cluster.local."), isSyncing: true)
///     table.serve([zone])
///     table.apply([.set(name, [RecordSet(.a, ttl: 5, [.address(address)])])], to: [zone])
///     table.setSynced(zone)
///
///     var answerer = table.makeAnswerer()!      // one for each thread that answers
///     let length = answerer.answer(buffer, length: n, over: .udp)     // in the query's place
///
/// Names are found in an open-addressing index (`NameIndex`), their records lie in an arena (`Arena`, `Node`). To change
/// a name is to write a new node and then one word of the index; a reader sees the old or the new node, never something
/// between them. What was replaced is used again when all readers have passed (`Epochs`). A query takes no lock, makes
/// no memory and counts no references; a change costs the records of the names it changes, whatever the table's size.
///
/// Empty non-terminals are nodes of their own: a name exists while it has something or something is below it (RFC 8020),
/// so the writer counts for each node how many are directly below.
///
/// All methods but `makeAnswerer` are the writer's: call them from one thread at a time.
package final class AnswerTable: @unchecked Sendable {
    /// A zone of this table. Numbers are not used twice at one time.
    package struct Zone: Hashable, Sendable {
        let cell: Arena.Reference
        package let origin: DomainName
    }

    /// Address space reserved for nodes, in octets: 8 GiB hold about 20 million names.
    package static let defaultCapacity = 8 << 30

    var arena: Arena
    var index: NameIndex
    /// Words of the index in use, removed ones among them.
    var occupied = 0
    var live = 0
    /// Suffixes by their names; nobody but the writer looks here.
    var suffixes: NameIndex
    var suffixesOccupied = 0
    var suffixesLive = 0
    let published: Published
    package let epochs = Epochs()
    /// The zones that are not dropped.
    var cells: Set<Arena.Reference> = []
    /// The zones that `Answerer.answer` asks.
    package let zones: ZoneSet
    /// What readers may still see, oldest first.
    var retired: [(epoch: UInt64, what: Retired)] = []
    var retiredHead = 0
    /// What has been taken out in the change under way.
    var leaving: [Retired] = []
    var name: FoldedName
    /// Another scratch, for names that come up on the way.
    var other: FoldedName
    let key = NameHash.Key()
    /// Set once, when the arena was full and a change was lost; the owner logs it.
    package private(set) var isFull = false

    enum Retired {
        case arena(Arena.Reference, size: Int)
        case index(UnsafeMutableRawPointer)
        case zones(UnsafeMutableRawPointer)
    }

    /// The address from which readers start, on a cache line of its own.
    struct Published {
        let at: UnsafeMutableRawPointer

        @inline(__always) var index: UnsafeMutablePointer<Atomic<UInt>> {
            at.assumingMemoryBound(to: Atomic<UInt>.self)
        }
    }

    package init(capacity: Int = AnswerTable.defaultCapacity) {
        arena = Arena(capacity: capacity)
        name = FoldedName(key: key)
        other = FoldedName(key: key)
        index = NameIndex.make(capacity: 1024)
        suffixes = NameIndex.make(capacity: 1024)
        let line = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        line.initializeMemory(as: UInt64.self, repeating: 0, count: 8)
        published = Published(at: line)
        published.index.pointee.store(UInt(bitPattern: index.block), ordering: .releasing)
        zones = ZoneSet()
        zones.answersDirectly(tag: ZoneSet.onlySet, except: [], fallsThrough: [])
    }

    deinit {
        for entry in retired[retiredHead...] { free(entry.what) }
        Glibc.free(index.block)
        Glibc.free(suffixes.block)
        published.at.deallocate()
        name.deallocate()
        other.deallocate()
    }

    /// Names in the table, empty non-terminals included.
    package var nameCount: Int { live }
    /// Octets in use: nodes, what they were cut from, and the index.
    package var byteCount: Int { arena.used + (index.capacity + suffixes.capacity) * 8 }

    /// A reader for one thread; nil when there are `Epochs.maximumReaders` of them.
    package func makeAnswerer() -> Answerer? {
        epochs.register().map { Answerer(table: self, reader: $0) }
    }

    func noteFull() { isFull = true }
}

// MARK: - Zones

extension AnswerTable {
    /// A zone that nobody is served yet.
    /// - Parameter isSyncing: while true, what the zone does not have is SERVFAIL, not NXDOMAIN.
    package func makeZone(origin: DomainName, isSyncing: Bool = false) -> Zone {
        read(origin)
        guard let reference = arena.allocate(ZoneCell.size, keeping: 0) else {
            preconditionFailure("no room for one more zone in the answer table")
        }
        cells.insert(reference)
        _ = ZoneCell.make(
            at: arena.pointer(reference), reference, origin: name, flags: isSyncing ? ZoneCell.isSyncing : 0)
        return Zone(cell: reference, origin: origin)
    }

    func cell(_ zone: Zone) -> ZoneCell? {
        cells.contains(zone.cell) ? ZoneCell(at: arena.pointer(zone.cell)) : nil
    }

    /// The zones that a set has from now on, all at once; a zone is in one set at a time. Of zones with one origin the
    /// first is asked first, and what it does not have is asked of the next.
    package func serve(_ zones: [Zone], in set: ZoneSet? = nil) {
        let set = set ?? self.zones
        let direct = zones.filter { zone in
            set.mayAnswerDirectly(zone.origin)
                && !zones.contains { $0 != zone && $0.origin.isAtOrBelow(zone.origin) }
        }
        // A zone stops answering without a look at the others before these are there, and begins when they are gone.
        for zone in set.zones where !direct.contains(zone) { cell(zone)?.setTag(0, mayFallThrough: true) }
        set.zones = zones
        let ordered = zones.enumerated().sorted {
            (-$0.element.origin.wire.count, $0.offset) < (-$1.element.origin.wire.count, $1.offset)
        }
        let list = ZoneList.make(ordered.compactMap { cell($0.element) })
        leaving.append(.zones(set.publish(list)))
        for zone in direct { cell(zone)?.setTag(set.tag, mayFallThrough: set.mayFallThrough(zone.origin)) }
        retireLeaving()
    }

    /// Lets the set's zones answer a question without a look at anything else, for readers that say the same tag
    /// (`Answerer.use`), but for those that have to do with one of the names in `except`: somebody else may have a
    /// say at or below those.
    /// - Parameter fallsThrough: names at or below which somebody else is asked where the zones have nothing.
    package func letAnswerDirectly(
        _ set: ZoneSet, tag: UInt32, except: [DomainName], fallsThrough: [DomainName]
    ) {
        set.answersDirectly(tag: tag, except: except, fallsThrough: fallsThrough)
        serve(set.zones, in: set)
    }

    /// Everything that existed is in the zone: what it does not have, does not exist.
    package func setSynced(_ zone: Zone) {
        cell(zone)?.flags.pointee.bitwiseAnd(~ZoneCell.isSyncing, ordering: .sequentiallyConsistent)
    }

    /// Takes a zone's names out of the table. It must not be served any more. Costs a walk over the whole table.
    package func dropZone(_ zone: Zone) {
        guard cells.remove(zone.cell) != nil else { return }
        index.forEach { place, word in
            let node = Node(at: arena.pointer(Arena.Reference(truncatingIfNeeded: word)))
            let suffix = node.suffix(in: arena.base)
            guard suffix.zone == zone.cell else { return }
            index.remove(at: place)
            live -= 1
            retire(node)
            suffix.names -= 1
            dropUnused(suffix)
        }
        leaving.append(.arena(zone.cell, size: ZoneCell.size))
        retireLeaving()
    }

    /// Folds a name into the writer's scratch.
    func read(_ domain: DomainName) {
        withUnsafeTemporaryAllocation(byteCount: FoldedName.capacity, alignment: 16) { buffer in
            buffer.copyBytes(from: domain.wire)
            let whole = name.read(buffer.baseAddress!, available: domain.wire.count)
            precondition(whole, "a DomainName is always one whole name")
        }
    }
}

// MARK: - Reclamation

extension AnswerTable {
    /// Hands what the change under way took out to the readers' pace, and frees what they have passed.
    func retireLeaving() {
        if !leaving.isEmpty {
            let epoch = epochs.advance()
            for what in leaving { retired.append((epoch, what)) }
            leaving.removeAll(keepingCapacity: true)
        }
        reclaim()
    }

    /// Frees what every reader has passed. Called with each change; worth calling now and then without one.
    package func reclaim() {
        guard retiredHead < retired.count else { return }
        let passed = epochs.passed()
        while retiredHead < retired.count, retired[retiredHead].epoch <= passed {
            free(retired[retiredHead].what)
            retiredHead += 1
        }
        if retiredHead > 1024 && retiredHead * 2 > retired.count {
            retired.removeFirst(retiredHead)
            retiredHead = 0
        } else if retiredHead == retired.count {
            retired.removeAll(keepingCapacity: true)
            retiredHead = 0
        }
    }

    private func free(_ what: Retired) {
        switch what {
        case .arena(let reference, let size): arena.release(reference, size: size)
        case .index(let block): Glibc.free(block)
        case .zones(let block): block.deallocate()
        }
    }
}
