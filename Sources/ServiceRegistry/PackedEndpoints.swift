import NetworkAddress

/// Endpoints one behind the other in octets: 6 for one with an IPv4 address and no names, where an `Endpoint` and its
/// array take 112.
///
///     for endpoint in slice.packed { ... }      // made as the loop goes
///
/// Each is an octet of `Marks`, then its addresses (one of a common kind: its octets; else their number and for each the
/// family and the octets), then the texts that it has, the length in front. Numbers are in groups of seven bits, the
/// lowest first.
package struct PackedEndpoints: Hashable, Sendable {
    private let octets: [UInt8]
    package let count: Int

    private struct Marks: OptionSet {
        let rawValue: UInt8
        static let isReady = Marks(rawValue: 1)
        static let hasHostname = Marks(rawValue: 2)
        static let hasPodName = Marks(rawValue: 4)
        /// One address of IPv4 or of IPv6; neither: a list of them.
        static let isIPv4 = Marks(rawValue: 8)
        static let isIPv6 = Marks(rawValue: 16)
    }

    package init(_ endpoints: [Endpoint] = []) {
        var writing: [UInt8] = []
        writing.reserveCapacity(endpoints.count * 32)
        for endpoint in endpoints { PackedEndpoints.write(endpoint, to: &writing) }
        // As long as it is and no longer.
        octets = writing.isEmpty ? [] : writing.withUnsafeBufferPointer { Array($0) }
        count = endpoints.count
    }

    private static func write(_ endpoint: Endpoint, to octets: inout [UInt8]) {
        var marks: Marks = endpoint.isReady ? .isReady : []
        if !endpoint.hostname.isEmpty { marks.insert(.hasHostname) }
        if !endpoint.podName.isEmpty { marks.insert(.hasPodName) }
        if endpoint.addresses.count == 1 {
            marks.insert(endpoint.addresses[0].family == .v4 ? .isIPv4 : .isIPv6)
        }
        octets.append(marks.rawValue)
        if endpoint.addresses.count == 1 {
            octets += endpoint.addresses[0].bytes
        } else {
            write(endpoint.addresses.count, to: &octets)
            for address in endpoint.addresses {
                octets.append(address.family.rawValue)
                octets += address.bytes
            }
        }
        for text in [endpoint.hostname, endpoint.podName] where !text.isEmpty {
            write(text.utf8.count, to: &octets)
            octets += text.utf8
        }
    }

    private static func write(_ number: Int, to octets: inout [UInt8]) {
        var rest = number
        while rest > 0x7F {
            octets.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(rest))
    }
}

extension PackedEndpoints: Sequence {
    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator { Iterator(octets: octets) }

    package struct Iterator: IteratorProtocol {
        fileprivate let octets: [UInt8]
        fileprivate var at = 0

        package mutating func next() -> Endpoint? {
            guard at < octets.count else { return nil }
            let marks = Marks(rawValue: octets[at])
            at += 1
            let addresses: [IPAddress] =
                if marks.contains(.isIPv4) {
                    [address(.v4)]
                } else if marks.contains(.isIPv6) {
                    [address(.v6)]
                } else {
                    list()
                }
            return Endpoint(
                addresses: addresses, isReady: marks.contains(.isReady),
                hostname: marks.contains(.hasHostname) ? text() : "",
                podName: marks.contains(.hasPodName) ? text() : "")
        }

        private mutating func list() -> [IPAddress] {
            (0..<number()).map { _ in
                at += 1
                return address(octets[at - 1] == IPAddress.Family.v4.rawValue ? .v4 : .v6)
            }
        }

        private mutating func address(_ family: IPAddress.Family) -> IPAddress {
            let length = family == .v4 ? 4 : 16
            var high: UInt64 = 0
            var low: UInt64 = 0
            for byte in octets[at..<(at + length)] {
                high = high << 8 | low >> 56
                low = low << 8 | UInt64(byte)
            }
            at += length
            return family == .v4 ? IPAddress(v4: UInt32(low)) : IPAddress(v6High: high, low: low)
        }

        private mutating func text() -> String {
            let length = number()
            at += length
            return String(decoding: octets[(at - length)..<at], as: UTF8.self)
        }

        private mutating func number() -> Int {
            var value = 0
            var shift = 0
            while octets[at] > 0x7F {
                value |= Int(octets[at] & 0x7F) << shift
                shift += 7
                at += 1
            }
            value |= Int(octets[at]) << shift
            at += 1
            return value
        }
    }
}
