import DNSWire
import NetworkAddress

/// A record set on its way into a node.
struct SetImage {
    var type: UInt16
    var ttl: UInt32
    /// RDATA in wire form.
    var data: [[UInt8]]
    var glue: [(record: Int, address: [UInt8])]
}

extension SetImage {
    init(_ set: RecordSet) {
        type = set.type.rawValue
        ttl = set.ttl
        data = set.data.map(\.wire)
        glue = set.glue.map { ($0.record, $0.address.bytes) }
    }

    init(_ stored: StoredSet) {
        type = stored.type
        ttl = stored.ttl
        data = []
        glue = []
        let stride = StoredSet.stride(type)
        var at = UnsafeRawPointer(stored.data)
        for _ in 0..<stored.count {
            let length = stride > 0 ? stride : Int(at.loadUnaligned(as: UInt16.self))
            if stride == 0 { at += 2 }
            data.append(Array(UnsafeRawBufferPointer(start: at, count: length)))
            at += length
        }
        guard let stored = stored.glue.map({ UnsafeRawPointer($0) }) else { return }
        let count = Int(stored.load(as: UInt32.self))
        for index in 0..<count {
            let entry = stored + 4 + index * StoredSet.glueSize
            let length = Int(entry.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            let address = Array(UnsafeRawBufferPointer(start: entry + 8, count: length))
            glue.append((Int(entry.loadUnaligned(as: UInt32.self)), address))
        }
    }

    private var stride: Int { StoredSet.stride(type) }
    /// Octets of the data, in whole words.
    private var dataRoom: Int {
        let octets = stride > 0 ? stride * data.count : data.reduce(0) { $0 + 2 + $1.count }
        return (octets + 7) & ~7
    }
    /// Octets of the glue and of the word that says where it is.
    private var glueRoom: Int { glue.isEmpty ? 0 : 8 + (4 + glue.count * StoredSet.glueSize + 7) & ~7 }
    /// Octets that the set takes besides its directory entry, whole words.
    var room: Int { dataRoom + glueRoom }

    /// Writes the set into a node: its directory entry, and its data from `place` on, which is moved behind them.
    func write(to node: UnsafeMutableRawPointer, entry: UnsafeMutableRawPointer, place: inout Int) {
        entry.storeBytes(of: type.bigEndian, as: UInt16.self)
        entry.storeBytes(of: Wire.internet.bigEndian, toByteOffset: 2, as: UInt16.self)
        entry.storeBytes(of: ttl.bigEndian, toByteOffset: 4, as: UInt32.self)
        entry.storeBytes(of: UInt32(data.count), toByteOffset: 8, as: UInt32.self)
        let start = place + (glue.isEmpty ? 0 : 8)
        entry.storeBytes(
            of: UInt32(start) | (glue.isEmpty ? 0 : StoredSet.hasGlue), toByteOffset: 12, as: UInt32.self)
        writeData(to: node + start)
        if !glue.isEmpty {
            (node + place).storeBytes(of: start + dataRoom, as: Int.self)
            writeGlue(to: node + start + dataRoom)
        }
        place += room
    }

    private func writeData(to start: UnsafeMutableRawPointer) {
        var at = start
        for octets in data {
            if stride == 0 {
                at.storeBytes(of: UInt16(octets.count), as: UInt16.self)
                at += 2
            }
            octets.withUnsafeBytes { at.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(at), byteCount: $0.count) }
            at += octets.count
        }
    }

    private func writeGlue(to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: UInt32(glue.count), as: UInt32.self)
        for (index, (record, address)) in glue.sorted(by: { $0.record < $1.record }).enumerated() {
            let entry = start + 4 + index * StoredSet.glueSize
            entry.storeBytes(of: UInt32(record), as: UInt32.self)
            entry.storeBytes(of: UInt32(address.count), toByteOffset: 4, as: UInt32.self)
            address.withUnsafeBytes { (entry + 8).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
    }
}
