import Glibc

/// Octets of an answer that stand for a text in UTF-8, and how they are compared without making one.
extension UnsafeRawBufferPointer {
    static var noOctets: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    var text: String { String(decoding: self, as: UTF8.self) }

    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && (count == 0 || memcmp(baseAddress!, text.utf8Start, count) == 0)
    }

    func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        count == other.count && (count == 0 || memcmp(baseAddress!, other.baseAddress!, count) == 0)
    }

    /// A number made of all octets, eight at a time (the mixing step of wyhash); for tables, not against attackers.
    var mixed: UInt64 {
        var mix = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var at = 0
        while at < count {
            var word: UInt64 = 0
            if at + 8 <= count {
                word = loadUnaligned(fromByteOffset: at, as: UInt64.self)
            } else {
                for place in at..<count { word = word << 8 | UInt64(self[place]) }
            }
            let product = (mix ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
            mix = product.high ^ product.low
            at += 8
        }
        return mix
    }
}

/// Values that many objects have alike, octet for octet, so that they are decoded once and lie once in memory: ports and
/// the names of namespaces. Holds the last one of each of 64 places; what does not fit is made anew.
struct SharedValues<Value> {
    /// Longer ones are not alike often enough to be held, in octets.
    private static var longest: Int { 1024 }
    private var slots: [(octets: [UInt8], value: Value)?] = Array(repeating: nil, count: 64)

    /// - Parameter make: the value of these octets, whenever it is asked.
    mutating func one(
        _ octets: UnsafeRawBufferPointer, _ make: () throws(DecodeFault) -> Value
    ) throws(DecodeFault) -> Value {
        guard octets.count <= SharedValues.longest else { return try make() }
        let slot = Int(octets.mixed & 63)
        if let held = slots[slot], held.octets.withUnsafeBufferPointer({ UnsafeRawBufferPointer($0).equals(octets) }) {
            return held.value
        }
        let value = try make()
        slots[slot] = (Array(octets), value)
        return value
    }
}
