/// An IPv4 or IPv6 address as a number, so that two spellings of one address are equal.
///
///     IPAddress("10.96.0.1")                       // IPv4
///     IPAddress("2001:DB8::1") == IPAddress("2001:db8:0:0:0:0:0:1")   // true
///
/// An IPv4 address stands in the low 32 bits of `low`; IPv4-mapped IPv6 addresses stay IPv6, as Kubernetes keeps them.
package struct IPAddress: Sendable {
    package enum Family: UInt8, Sendable, CaseIterable {
        case v4 = 4
        case v6 = 6
    }

    package let family: Family
    /// The first 64 bits of an IPv6 address; 0 for IPv4.
    package let high: UInt64
    /// The last 64 bits of an IPv6 address; the 32 bits of an IPv4 address.
    package let low: UInt64

    package init(v4 value: UInt32) {
        self.family = .v4
        self.high = 0
        self.low = UInt64(value)
    }

    package init(v6High high: UInt64, low: UInt64) {
        self.family = .v6
        self.high = high
        self.low = low
    }

    /// The address from its bytes in network order: 4 or 16 of them, else nil.
    package init?(bytes: some Collection<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        switch bytes.count {
        case 4: self.init(v4: UInt32(low))
        case 16: self.init(v6High: high, low: low)
        default: return nil
        }
    }

    package var v4: UInt32 { UInt32(truncatingIfNeeded: low) }

    /// 32 or 128.
    package var bitWidth: Int { family == .v4 ? 32 : 128 }

    /// The address in network order: 4 or 16 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(bitWidth / 8)
        write(to: &bytes)
        return bytes
    }

    /// Appends the address in network order.
    package func write(to bytes: inout [UInt8]) {
        // One by one: to append four octets as a sequence takes four times as long.
        if family == .v6 {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: high >> shift)) }
            for shift in stride(from: 56, through: 32, by: -8) { bytes.append(UInt8(truncatingIfNeeded: low >> shift)) }
        }
        bytes.append(UInt8(truncatingIfNeeded: low >> 24))
        bytes.append(UInt8(truncatingIfNeeded: low >> 16))
        bytes.append(UInt8(truncatingIfNeeded: low >> 8))
        bytes.append(UInt8(truncatingIfNeeded: low))
    }
}

extension IPAddress: Hashable {
    // By hand: made by the compiler, both go through the enumeration's witness table, at ten times the time.
    package static func == (a: IPAddress, b: IPAddress) -> Bool {
        a.low == b.low && a.high == b.high && a.family.rawValue == b.family.rawValue
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(low)
        if high != 0 { hasher.combine(high) }
    }
}

extension IPAddress: Comparable {
    /// IPv4 before IPv6, then by number.
    package static func < (a: IPAddress, b: IPAddress) -> Bool {
        (a.family.rawValue, a.high, a.low) < (b.family.rawValue, b.high, b.low)
    }
}
