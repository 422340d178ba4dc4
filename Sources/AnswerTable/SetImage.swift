import DNSWire
import NetworkAddress

/// A record set on its way into a node, or out of one.
struct SetImage {
    let type: UInt16
    var ttl: UInt32
    /// RDATA in wire form, one behind the other.
    private var octets: [UInt8] = []
    /// Where each record's RDATA ends.
    private var ends: [Int] = []
    /// For each record the addresses that go with it, each with its length in front.
    private var glue: [UInt8] = []
    /// Where each record's ends, as far as records have any.
    private var glueEnds: [Int] = []
    /// What all targets' names are below; nil where the RDATA is stored whole.
    var suffix: Arena.Reference?
    /// Of a SOA: the octets of MNAME and of RNAME in front of the zone's origin; nil where one is not in the zone.
    var inZone: (primary: UInt8, mailbox: UInt8)?

    var count: Int { ends.count }

    /// The RDATA of a record.
    subscript(record: Int) -> ArraySlice<UInt8> { octets[range(record)] }

    private func range(_ record: Int) -> Range<Int> { (record == 0 ? 0 : ends[record - 1])..<ends[record] }

    private func glue(_ record: Int) -> Range<Int> {
        record < glueEnds.count ? (record == 0 ? 0 : glueEnds[record - 1])..<glueEnds[record] : 0..<0
    }

    /// A set of one record.
    init(type: UInt16, ttl: UInt32, _ record: [UInt8]) {
        self.type = type
        self.ttl = ttl
        octets = record
        ends = [record.count]
    }

    init(_ set: RecordSet) {
        type = set.type.rawValue
        ttl = set.ttl
        (octets, ends, glue, glueEnds) = (set.octets, set.ends, set.glueOctets, set.glueEnds)
    }

    init(_ stored: StoredSet, in arena: UnsafeMutableRawPointer) {
        type = stored.type
        ttl = stored.ttl
        let stride = StoredSet.stride(type)
        if stride > 0 {
            octets += UnsafeRawBufferPointer(start: stored.data, count: stored.count * stride)
            ends = (1...stored.count).map { $0 * stride }
            return
        }
        let suffix = stored.splitsTargets ? Suffix(at: arena + Int(stored.suffix) * Arena.unit) : nil
        stored.forEachRecord { record in
            octets += UnsafeRawBufferPointer(start: record.octets, count: record.length)
            if let suffix { octets += UnsafeRawBufferPointer(start: suffix.name, count: suffix.length) }
            ends.append(octets.count)
            guard record.hasGlue else { return }
            let first = UnsafeRawPointer(record.firstGlue.at)
            glue += UnsafeRawBufferPointer(start: first, count: record.end - first)
            glueEnds.append(glue.count)
        }
    }

    // MARK: Changes

    /// Puts a record in front of the others or behind them; one that is there is moved.
    mutating func insert(_ record: [UInt8], first: Bool) {
        remove(record)
        octets.insert(contentsOf: record, at: first ? 0 : octets.count)
        ends = first ? [record.count] + ends.map { $0 + record.count } : ends + [octets.count]
    }

    /// Takes a record out of a set without glue.
    mutating func remove(_ record: [UInt8]) {
        guard let place = ends.indices.first(where: { self[$0].elementsEqual(record) }) else { return }
        octets.removeSubrange(range(place))
        ends.remove(at: place)
        for later in place..<ends.count { ends[later] -= record.count }
    }

    // MARK: Into a node

    private var stride: Int { StoredSet.stride(type) }

    /// Octets that the set takes besides its directory entry, whole words.
    var room: Int {
        if stride > 0 { return wholeWords(octets.count) }
        var room = (suffix == nil ? 2 * count : 4) + (glueEnds.isEmpty ? 0 : glue.count + count)
        if type == Wire.soa { room += StoredSet.locationsSize }
        for record in ends.indices { room += ownLength(record) }
        return wholeWords(room)
    }

    var isSingleRecord: Bool { count == 1 && glueEnds.isEmpty }

    /// Octets of a record that are stored with it: all, or what is in front of the suffix.
    private func ownLength(_ record: Int) -> Int {
        let range = range(record)
        guard suffix != nil, let before = StoredSet.octetsBeforeTarget(type) else { return range.count }
        return before + 1 + Int(octets[range.lowerBound + before])
    }

    /// Writes the set into a node: its directory entry, and its data from `place` on, which is moved behind them.
    /// - Parameter isSingle: there is room for the entry's first eight octets only.
    func write(to node: UnsafeMutableRawPointer, entry: UnsafeMutableRawPointer, place: inout Int, isSingle: Bool) {
        StoredSet.writeHead(to: entry, type, ttl: ttl)
        if !isSingle {
            let flags =
                (glueEnds.isEmpty ? 0 : StoredSet.hasGlue) | (suffix == nil ? 0 : StoredSet.splitsTargets)
            entry.storeBytes(of: UInt32(count), toByteOffset: 8, as: UInt32.self)
            entry.storeBytes(of: UInt32(place) | flags, toByteOffset: 12, as: UInt32.self)
        }
        var at = node + place
        place += room
        if stride > 0 { return SetImage.put(octets[...], at: &at) }
        if let suffix {
            at.storeBytes(of: suffix, as: Arena.Reference.self)
            at += 4
        }
        for record in ends.indices {
            if suffix == nil {
                at.storeBytes(of: UInt16(range(record).count), as: UInt16.self)
                at += 2
            }
            SetImage.put(self[record].prefix(ownLength(record)), at: &at)
            guard !glueEnds.isEmpty else { continue }
            let glue = glue(record)
            at.storeBytes(of: UInt8(glue.count), as: UInt8.self)
            at += 1
            SetImage.put(self.glue[glue], at: &at)
        }
        if type == Wire.soa {
            at.storeBytes(of: inZone?.primary ?? StoredSet.nowhere, as: UInt8.self)
            at.storeBytes(of: inZone?.mailbox ?? StoredSet.nowhere, toByteOffset: 1, as: UInt8.self)
        }
    }

    private static func put(_ octets: ArraySlice<UInt8>, at: inout UnsafeMutableRawPointer) {
        octets.withUnsafeBytes { at.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(at), byteCount: $0.count) }
        at += octets.count
    }
}
