import DNSWire
import NetworkAddress

/// A record set on its way into a node.
struct SetImage {
    var type: UInt16
    var ttl: UInt32
    /// RDATA in wire form.
    var data: [[UInt8]]
    var glue: [(record: Int, address: [UInt8])]
    /// For each record the suffix that its target's name ends in; none where the RDATA is stored whole.
    var suffixes: [Arena.Reference] = []
}

extension SetImage {
    init(_ set: RecordSet) {
        type = set.type.rawValue
        ttl = set.ttl
        data = set.data.map(\.wire)
        glue = set.glue.map { ($0.record, $0.address.bytes) }
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
        } else {
            stored.forEachRecord { record in
                var octets = Array(UnsafeRawBufferPointer(start: record.octets, count: record.ownLength))
                if record.isSplit {
                    let suffix = Suffix(at: arena + Int(record.suffix) * Arena.unit)
                    octets += UnsafeRawBufferPointer(start: suffix.name, count: suffix.length)
                }
                data.append(octets)
            }
        }
        stored.forEachGlue { entry in
            glue.append((entry.record, Array(UnsafeRawBufferPointer(start: entry.address, count: entry.length))))
        }
    }

    /// For types whose RDATA ends in a name that may be long and told often: the octets in front of it.
    var octetsBeforeTarget: Int? { type == Wire.srv ? 6 : type == Wire.ptr ? 0 : nil }

    private var stride: Int { StoredSet.stride(type) }
    /// Octets of the data.
    private var dataRoom: Int {
        if stride > 0 { return stride * data.count }
        if suffixes.isEmpty { return data.reduce(0) { $0 + 2 + $1.count } }
        return data.reduce(0) { $0 + 7 + ownLength($1) }
    }
    /// Octets that the set takes besides its directory entry, whole words.
    var room: Int {
        guard !glue.isEmpty else { return wholeWords(dataRoom) }
        return wholeWords(4 + dataRoom + glue.reduce(4) { $0 + 5 + $1.address.count })
    }

    var isSingleRecord: Bool { data.count == 1 && glue.isEmpty }

    /// Octets of a record in front of its suffix: what is before the target, and the target's first label.
    private func ownLength(_ octets: [UInt8]) -> Int {
        let before = octetsBeforeTarget ?? 0
        return before + 1 + Int(octets[before])
    }

    /// Writes the set into a node: its directory entry, and its data from `place` on, which is moved behind them.
    /// - Parameter isSingle: there is room for the entry's first eight octets only.
    func write(to node: UnsafeMutableRawPointer, entry: UnsafeMutableRawPointer, place: inout Int, isSingle: Bool) {
        let start = place + (glue.isEmpty ? 0 : 4)
        let flags =
            (glue.isEmpty ? 0 : StoredSet.hasGlue) | (suffixes.isEmpty ? 0 : StoredSet.splitsTargets)
        entry.storeBytes(of: type.bigEndian, as: UInt16.self)
        entry.storeBytes(of: Wire.internet.bigEndian, toByteOffset: 2, as: UInt16.self)
        entry.storeBytes(of: ttl.bigEndian, toByteOffset: 4, as: UInt32.self)
        if !isSingle {
            entry.storeBytes(of: UInt32(data.count), toByteOffset: 8, as: UInt32.self)
            entry.storeBytes(of: UInt32(start) | flags, toByteOffset: 12, as: UInt32.self)
        }
        writeData(to: node + start)
        if !glue.isEmpty {
            (node + place).storeBytes(of: UInt32(start + dataRoom), as: UInt32.self)
            writeGlue(to: node + start + dataRoom)
        }
        place += room
    }

    private func writeData(to start: UnsafeMutableRawPointer) {
        var at = start
        for (index, octets) in data.enumerated() {
            if stride == 0 {
                at.storeBytes(of: UInt16(octets.count), as: UInt16.self)
                at += 2
            }
            var own = octets.count
            if !suffixes.isEmpty {
                own = ownLength(octets)
                at.storeBytes(of: UInt8(own), as: UInt8.self)
                at += 1
            }
            octets.withUnsafeBytes { at.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(at), byteCount: own) }
            at += own
            if !suffixes.isEmpty {
                at.storeBytes(of: suffixes[index], as: Arena.Reference.self)
                at += 4
            }
        }
    }

    private func writeGlue(to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: UInt32(glue.count), as: UInt32.self)
        var at = start + 4
        for (record, address) in glue.sorted(by: { $0.record < $1.record }) {
            at.storeBytes(of: UInt32(record), as: UInt32.self)
            at.storeBytes(of: UInt8(address.count), toByteOffset: 4, as: UInt8.self)
            address.withUnsafeBytes { (at + 5).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            at += 5 + address.count
        }
    }
}
