import Glibc

/// An address spelled as a label: `10-0-0-1`, `2001-db8--1` (DNS spec 2.3.1 leaves the form open; this is CoreDNS's).
/// Three dashes and no two of them together is IPv4, everything else IPv6.
struct SpelledAddress {
    /// Octets of the address: 4 or 16; 0 where the label spells none.
    private(set) var length = 0
    private(set) var octets: (UInt64, UInt64) = (0, 0)

    /// - Parameter label: `length` octets, without their length octet.
    init(label: UnsafeRawPointer, length: Int) {
        // The longest text of an IPv6 address without a zone.
        guard length >= 2, length <= 45 else { return }
        var dashes = 0
        var hasDouble = false
        var previous: UInt8 = 0
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 48) { text in
            for index in 0..<length {
                let octet = label.load(fromByteOffset: index, as: UInt8.self)
                if octet == UInt8(ascii: "-") {
                    dashes &+= 1
                    hasDouble = hasDouble || previous == octet
                }
                previous = octet
                text[index] = CChar(bitPattern: octet)
            }
            text[length] = 0
            let isV4 = dashes == 3 && !hasDouble
            let separator = isV4 ? CChar(bitPattern: UInt8(ascii: ".")) : CChar(bitPattern: UInt8(ascii: ":"))
            for index in 0..<length {
                // A colon or point of its own is no part of a label that spells an address.
                if text[index] == CChar(bitPattern: UInt8(ascii: ":"))
                    || text[index] == CChar(bitPattern: UInt8(ascii: "."))
                {
                    return
                }
                if text[index] == CChar(bitPattern: UInt8(ascii: "-")) { text[index] = separator }
            }
            let parsed = withUnsafeMutablePointer(to: &octets) {
                inet_pton(isV4 ? AF_INET : AF_INET6, text.baseAddress!, $0)
            }
            if parsed == 1 { self.length = isV4 ? 4 : 16 }
        }
    }

    /// Writes the canonical label (RFC 5952, a dash for each colon, no dash last) to `place`, its length in front.
    func spell(canonical place: UnsafeMutableRawPointer) -> Bool {
        var octets = self.octets
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 48) { text in
            guard inet_ntop(AF_INET6, &octets, text.baseAddress!, 48) != nil else { return false }
            var length = 0
            while text[length] != 0 {
                let octet = UInt8(bitPattern: text[length])
                // An embedded IPv4 tail is not how such a label is written.
                let isSeparator = octet == UInt8(ascii: ":") || octet == UInt8(ascii: ".")
                place.storeBytes(of: isSeparator ? UInt8(ascii: "-") : octet, toByteOffset: length, as: UInt8.self)
                length &+= 1
            }
            if length > 0 && place.load(fromByteOffset: length &- 1, as: UInt8.self) == UInt8(ascii: "-") {
                place.storeBytes(of: UInt8(ascii: "0"), toByteOffset: length, as: UInt8.self)
                length &+= 1
            }
            (place - 1).storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
            return true
        }
    }
}
