import NetworkAddress

extension DomainName {
    package static let inAddrArpa = DomainName(unchecked: [7] + "in-addr".utf8 + [4] + "arpa".utf8 + [0])
    package static let ip6Arpa = DomainName(unchecked: [3] + "ip6".utf8 + [4] + "arpa".utf8 + [0])

    /// The name that holds an address's PTR records: RFC 1035 3.5, RFC 3596 2.5.
    package init(reverseOf address: IPAddress) {
        self.init(reverseOf: address, labels: address.family == .v4 ? 4 : 32)
    }

    /// The reverse zone of a block of addresses, rounded to the next shorter octet or nibble boundary.
    package init(reverseOf block: CIDR) {
        self.init(reverseOf: block.base, labels: block.prefixLength / (block.family == .v4 ? 8 : 4))
    }

    private init(reverseOf address: IPAddress, labels: Int) {
        var wire: [UInt8] = []
        switch address.family {
        case .v4:
            wire.reserveCapacity(30)
            for place in (0..<labels).reversed() {
                let byte = UInt8(truncatingIfNeeded: address.v4 >> UInt32(24 - 8 * place))
                wire.append(byte < 10 ? 1 : byte < 100 ? 2 : 3)
                if byte >= 100 { wire.append(UInt8(ascii: "0") + byte / 100) }
                if byte >= 10 { wire.append(UInt8(ascii: "0") + byte / 10 % 10) }
                wire.append(UInt8(ascii: "0") + byte % 10)
            }
            wire += DomainName.inAddrArpa.wire
        case .v6:
            let nibbles = address.bytes.flatMap { [$0 >> 4, $0 & 15] }
            for nibble in nibbles.prefix(labels).reversed() {
                wire.append(1)
                wire.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
            wire += DomainName.ip6Arpa.wire
        }
        self.init(unchecked: wire)
    }
}
