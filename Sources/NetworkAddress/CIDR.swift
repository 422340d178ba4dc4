/// A block of addresses: `10.96.0.0/12`, `fd00:96::/112`. Host bits are cleared on the way in.
package struct CIDR: Hashable, Sendable, CustomStringConvertible {
    package let base: IPAddress
    /// 0...32 or 0...128.
    package let prefixLength: Int

    /// nil where the prefix is longer than the address.
    package init?(base: IPAddress, prefixLength: Int) {
        guard (0...base.bitWidth).contains(prefixLength) else { return nil }
        let (high, low) = CIDR.mask(prefixLength, base.family)
        self.base =
            base.family == .v4
            ? IPAddress(v4: base.v4 & UInt32(truncatingIfNeeded: low))
            : IPAddress(v6High: base.high & high, low: base.low & low)
        self.prefixLength = prefixLength
    }

    /// The block from `ADDRESS/PREFIX`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPAddress(parts[0]), let length = Int(parts[1]), !parts[1].hasPrefix("+")
        else { return nil }
        self.init(base: base, prefixLength: length)
    }

    package var family: IPAddress.Family { base.family }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == family && CIDR(base: address, prefixLength: prefixLength)?.base == base
    }

    /// How many addresses the block has, `UInt64.max` where that is more than it can say.
    package var size: UInt64 {
        let hostBits = base.bitWidth - prefixLength
        return hostBits >= 64 ? .max : 1 << UInt64(hostBits)
    }

    /// The address `offset` places behind the first one; nil outside the block.
    package subscript(offset: UInt64) -> IPAddress? {
        guard offset < size else { return nil }
        switch family {
        case .v4: return IPAddress(v4: base.v4 + UInt32(offset))
        case .v6:
            let (low, overflow) = base.low.addingReportingOverflow(offset)
            return IPAddress(v6High: base.high + (overflow ? 1 : 0), low: low)
        }
    }

    /// The place of an address in the block, counted from its first; nil for an address outside, or further than 2^64.
    package func offset(of address: IPAddress) -> UInt64? {
        guard contains(address), family == .v4 || address.high == base.high else { return nil }
        return address.low - base.low
    }

    package var description: String { "\(base)/\(prefixLength)" }

    private static func mask(_ length: Int, _ family: IPAddress.Family) -> (UInt64, UInt64) {
        func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : .max << UInt64(64 - count) }
        switch family {
        case .v4: return (0, length == 0 ? 0 : (UInt64(UInt32.max) << UInt64(32 - length)) & UInt64(UInt32.max))
        case .v6: return (ones(length), ones(length - 64))
        }
    }
}
