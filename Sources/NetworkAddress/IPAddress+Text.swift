extension IPAddress: CustomStringConvertible {
    /// The address from its text: dotted quad without leading zeros, or RFC 4291 2.2 (with `::` and a trailing quad).
    /// A zone (`%eth0`) or a prefix length is no part of an address: nil.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let address = text.withUTF8({ IPAddress(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = address
    }

    /// The same from the text's octets. Makes no memory.
    package init?(utf8 text: UnsafeRawBufferPointer) {
        if let value = IPAddress.parseV4(text) {
            self.init(v4: value)
        } else if let (high, low) = IPAddress.parseV6(text) {
            self.init(v6High: high, low: low)
        } else {
            return nil
        }
    }

    private static func parseV4(_ text: UnsafeRawBufferPointer) -> UInt32? {
        guard text.count <= 15 else { return nil }
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var points = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, points < 3 else { return nil }
                value = value << 8 | octet
                (octet, digits) = (0, 0)
                points += 1
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            // No zero in front of another digit.
            guard digits == 0 || octet > 0 else { return nil }
            octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
            digits += 1
            guard octet <= 255 else { return nil }
        }
        return points == 3 && digits > 0 ? value << 8 | octet : nil
    }

    private static func parseV6(_ text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        let colon = UInt8(ascii: ":")
        var groups = SIMD8<UInt16>(repeating: 0)
        var count = 0
        /// How many groups stand in front of `::`.
        var gap: Int?
        var at = 0
        if text.count >= 2, text[0] == colon {
            guard text[1] == colon else { return nil }
            (gap, at) = (0, 2)
        }
        while at < text.count {
            guard count < 8 else { return nil }
            let begin = at
            var value: UInt16 = 0
            while at < text.count, let digit = hexValue(text[at]) {
                guard at - begin < 4 else { return nil }
                value = value << 4 | UInt16(digit)
                at += 1
            }
            if at < text.count, text[at] == UInt8(ascii: ".") {
                guard count <= 6, let quad = parseV4(UnsafeRawBufferPointer(rebasing: text[begin...])) else {
                    return nil
                }
                groups[count] = UInt16(truncatingIfNeeded: quad >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: quad)
                count += 2
                at = text.count
                break
            }
            guard at > begin else { return nil }
            groups[count] = value
            count += 1
            guard at < text.count else { break }
            // A colon with a group behind it, or the only `::`.
            guard text[at] == colon, at + 1 < text.count else { return nil }
            at += 1
            if text[at] == colon {
                guard gap == nil else { return nil }
                gap = count
                at += 1
            }
        }
        guard gap == nil ? count == 8 : count <= 7 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for place in 0..<8 {
            var group = groups[place]
            if let gap { group = place < gap ? group : place < 8 - count + gap ? 0 : groups[place - 8 + count] }
            high = high << 16 | low >> 48
            low = low << 16 | UInt64(group)
        }
        return (high, low)
    }

    /// Dotted quad, or the canonical form of RFC 5952: lower case, longest run of zero groups as `::`, an IPv4-mapped
    /// address with its quad (section 5).
    package var description: String {
        var octets: [UInt8] = []
        octets.reserveCapacity(39)
        writeText(to: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    /// Appends the description's octets: at most 39.
    package func writeText(to octets: inout [UInt8]) {
        if family == .v4 { return IPAddress.writeQuad(v4, to: &octets) }
        let colon = UInt8(ascii: ":")
        if high == 0, low >> 32 == 0xFFFF {
            octets.append(contentsOf: "::ffff:".utf8)
            return IPAddress.writeQuad(v4, to: &octets)
        }
        let run = longestZeroRun
        var group = 0
        while group < 8 {
            if group == run.lowerBound, !run.isEmpty {
                octets.append(colon)
                octets.append(colon)
                group = run.upperBound
                continue
            }
            if group > 0, group != run.upperBound || run.isEmpty { octets.append(colon) }
            let value = self.group(group)
            for shift in stride(from: UInt16(12), through: 0, by: -4) where shift == 0 || value >> shift > 0 {
                let digit = UInt8(value >> shift & 15)
                octets.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
            }
            group += 1
        }
    }

    private func group(_ place: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (place < 4 ? high : low) >> UInt64(48 - 16 * (place & 3)))
    }

    /// The first of the longest runs of at least two zero groups.
    private var longestZeroRun: Range<Int> {
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8 && group(end) == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }

    private static func writeQuad(_ value: UInt32, to octets: inout [UInt8]) {
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 8
            let octet = UInt8(truncatingIfNeeded: value >> shift)
            if octet >= 100 { octets.append(UInt8(ascii: "0") + octet / 100) }
            if octet >= 10 { octets.append(UInt8(ascii: "0") + octet / 10 % 10) }
            octets.append(UInt8(ascii: "0") + octet % 10)
            if shift > 0 { octets.append(UInt8(ascii: ".")) }
        }
    }
}

/// The value of a hexadecimal digit, nil for another byte.
package func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
