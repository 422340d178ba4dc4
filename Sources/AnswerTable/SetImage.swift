import DNSWire
import NetworkAddress

/// A record set on its way into a node.
struct SetImage {
    var type: UInt16
    var ttl: UInt32
    /// RDATA in wire form.
    var data: [[UInt8]]
    /// For each record the addresses that go with it; empty where none has any.
    var glue: [[[UInt8]]]
    /// What all targets' names are below; nil where the RDATA is stored whole.
    var suffix: Arena.Reference?
    /// Of a SOA: the octets of MNAME and of RNAME in front of the zone's origin; nil where one is not in the zone.
    var inZone: (primary: UInt8, mailbox: UInt8)?
}

extension SetImage {
    init(_ set: RecordSet) {
        type = set.type.rawValue
        ttl = set.ttl
        data = set.data.map(\.wire)
        glue = set.glue.isEmpty ? [] : Array(repeating: [], count: data.count)
        for entry in set.glue {
            // The length of a record's glue is an octet: what does not fit is left out, as from a full message.
            guard glueLength(glue[entry.record]) + 1 + entry.address.bytes.count <= 255 else { continue }
            glue[entry.record].append(entry.address.bytes)
        }
    }

    init(_ stored: StoredSet, in arena: UnsafeMutableRawPointer) {
        type = stored.type
        ttl = stored.ttl
        data = []
        glue = []
        let stride = StoredSet.stride(type)
        if stride > 0 {
            for index in 0..<stored.count {
                data.append(Array(UnsafeRawBufferPointer(start: stored.data + index * stride, count: stride)))
            }
            return
        }
        let suffix = stored.splitsTargets ? Suffix(at: arena + Int(stored.suffix) * Arena.unit) : nil
        stored.forEachRecord { record in
            var octets = Array(UnsafeRawBufferPointer(start: record.octets, count: record.length))
            if let suffix { octets += UnsafeRawBufferPointer(start: suffix.name, count: suffix.length) }
            data.append(octets)
            guard record.hasGlue else { return }
            var addresses: [[UInt8]] = []
            var entry = record.firstGlue
            while entry.at < record.end {
                addresses.append(Array(UnsafeRawBufferPointer(start: entry.address, count: entry.length)))
                entry = entry.next
            }
            glue.append(addresses)
        }
    }

    private var stride: Int { StoredSet.stride(type) }
    /// Octets that the set takes besides its directory entry, whole words.
    var room: Int {
        if stride > 0 { return wholeWords(stride * data.count) }
        let records = data.reduce(suffix == nil ? 0 : 4) { $0 + (suffix == nil ? 2 : 0) + ownLength($1) }
        let locations = type == Wire.soa ? StoredSet.locationsSize : 0
        return wholeWords(locations + glue.reduce(records) { $0 + 1 + glueLength($1) })
    }

    var isSingleRecord: Bool { data.count == 1 && glue.isEmpty }

    private func glueLength(_ addresses: [[UInt8]]) -> Int { addresses.reduce(0) { $0 + 1 + $1.count } }

    /// Octets of a record that are stored with it: all, or what is in front of the suffix.
    private func ownLength(_ octets: [UInt8]) -> Int {
        guard suffix != nil, let before = StoredSet.octetsBeforeTarget(type) else { return octets.count }
        return before + 1 + Int(octets[before])
    }

    /// Writes the set into a node: its directory entry, and its data from `place` on, which is moved behind them.
    /// - Parameter isSingle: there is room for the entry's first eight octets only.
    func write(to node: UnsafeMutableRawPointer, entry: UnsafeMutableRawPointer, place: inout Int, isSingle: Bool) {
        entry.storeBytes(of: type.bigEndian, as: UInt16.self)
        entry.storeBytes(of: Wire.internet.bigEndian, toByteOffset: 2, as: UInt16.self)
        entry.storeBytes(of: ttl.bigEndian, toByteOffset: 4, as: UInt32.self)
        if !isSingle {
            let flags = (glue.isEmpty ? 0 : StoredSet.hasGlue) | (suffix == nil ? 0 : StoredSet.splitsTargets)
            entry.storeBytes(of: UInt32(data.count), toByteOffset: 8, as: UInt32.self)
            entry.storeBytes(of: UInt32(place) | flags, toByteOffset: 12, as: UInt32.self)
        }
        var at = node + place
        if let suffix {
            at.storeBytes(of: suffix, as: Arena.Reference.self)
            at += 4
        }
        for (index, octets) in data.enumerated() {
            if stride == 0 && suffix == nil {
                at.storeBytes(of: UInt16(octets.count), as: UInt16.self)
                at += 2
            }
            put(octets.prefix(ownLength(octets)), at: &at)
            guard !glue.isEmpty else { continue }
            put([UInt8(glueLength(glue[index]))], at: &at)
            for address in glue[index] {
                put([UInt8(address.count)], at: &at)
                put(address[...], at: &at)
            }
        }
        if type == Wire.soa {
            put([inZone?.primary ?? StoredSet.nowhere, inZone?.mailbox ?? StoredSet.nowhere], at: &at)
        }
        place += room
    }

    private func put(_ octets: ArraySlice<UInt8>, at: inout UnsafeMutableRawPointer) {
        octets.withUnsafeBytes { at.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(at), byteCount: $0.count) }
        at += octets.count
    }
}
