extension IPAddress: CustomStringConvertible {
    /// The address from its text: dotted quad without leading zeros, or RFC 4291 2.2 (with `::` and a trailing quad).
    /// A zone (`%eth0`) or a prefix length is no part of an address: nil.
    package init?(_ text: some StringProtocol) {
        if let value = IPAddress.parseV4(text.utf8) {
            self.init(v4: value)
        } else {
            let utf8 = Array(text.utf8)
            guard utf8.contains(UInt8(ascii: ":")) else { return nil }
            self.init(v6Text: utf8[...])
        }
    }

    /// The same from the text's octets.
    package init?(utf8 text: UnsafeRawBufferPointer) {
        if let value = IPAddress.parseV4(text) {
            self.init(v4: value)
        } else {
            self.init(String(decoding: text, as: UTF8.self))
        }
    }

    private static func parseV4(_ text: some Sequence<UInt8>) -> UInt32? {
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

    private init?(v6Text text: ArraySlice<UInt8>) {
        let colon = UInt8(ascii: ":")
        /// The groups of one side of `::`, nil where one is wrong.
        func groups(_ side: ArraySlice<UInt8>, mayEndInQuad: Bool) -> [UInt16]? {
            guard !side.isEmpty else { return [] }
            var out: [UInt16] = []
            let parts = side.split(separator: colon, omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if part.contains(UInt8(ascii: ".")) {
                    guard mayEndInQuad, index == parts.count - 1, let quad = IPAddress.parseV4(part) else { return nil }
                    out.append(UInt16(truncatingIfNeeded: quad >> 16))
                    out.append(UInt16(truncatingIfNeeded: quad))
                } else {
                    guard (1...4).contains(part.count) else { return nil }
                    var value: UInt16 = 0
                    for byte in part {
                        guard let digit = hexValue(byte) else { return nil }
                        value = value << 4 | UInt16(digit)
                    }
                    out.append(value)
                }
            }
            return out
        }

        var all: [UInt16]
        let doubleColon = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
        if let gap = doubleColon {
            guard let left = groups(text[..<gap], mayEndInQuad: false),
                let right = groups(text[(gap + 2)...], mayEndInQuad: true), left.count + right.count <= 7
            else { return nil }
            all = left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
        } else {
            guard let groups = groups(text, mayEndInQuad: true), groups.count == 8 else { return nil }
            all = groups
        }
        let high = all[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let low = all[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        self.init(v6High: high, low: low)
    }

    /// Dotted quad, or the canonical form of RFC 5952: lower case, longest run of zero groups as `::`, an IPv4-mapped
    /// address with its quad (section 5).
    package var description: String {
        if family == .v4 {
            return IPAddress.quad(v4)
        }
        if high == 0, low >> 32 == 0xFFFF { return "::ffff:" + IPAddress.quad(v4) }
        let groups = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> (48 - 16 * (index % 4)))
        }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8 && groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty
            ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }

    private static func quad(_ value: UInt32) -> String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
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
