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

    fileprivate struct Marks: OptionSet {
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

    package func makeIterator() -> Iterator { Iterator(reader: Reader(octets: octets)) }

    package struct Iterator: IteratorProtocol {
        fileprivate var reader: Reader

        package mutating func next() -> Endpoint? {
            guard let head = reader.readHead() else { return nil }
            let first = head.address.map { [$0] }
            return Endpoint(
                addresses: first ?? reader.readAddresses(), isReady: head.marks.contains(.isReady),
                hostname: reader.readText(head.marks, .hasHostname), podName: reader.readText(head.marks, .hasPodName))
        }
    }

    /// Each address of each ready endpoint, with the endpoint's hostname. Makes no memory but for long hostnames.
    package func forEachReadyAddress(_ body: (_ hostname: String, IPAddress) -> Void) {
        var reader = Reader(octets: octets)
        while let head = reader.readHead() {
            let others = head.address == nil ? reader.readAddresses() : []
            guard head.marks.contains(.isReady) else {
                reader.skipTexts(head.marks)
                continue
            }
            let hostname = reader.readText(head.marks, .hasHostname)
            if let address = head.address { body(hostname, address) }
            for address in others { body(hostname, address) }
            if head.marks.contains(.hasPodName) { reader.skipText() }
        }
    }

    /// What is left of both when equal endpoints at the beginning and at the end are taken away.
    package func difference(from old: PackedEndpoints) -> (old: PackedEndpoints, new: PackedEndpoints) {
        let (mine, theirs) = (ends, old.ends)
        var first = 0
        var start = 0
        while first < Swift.min(count, old.count), mine[first] == theirs[first],
            octets[start..<mine[first]] == old.octets[start..<mine[first]]
        {
            start = mine[first]
            first += 1
        }
        var behind = 0
        while behind < Swift.min(count, old.count) - first {
            let a = range(count - 1 - behind, mine)
            let b = old.range(old.count - 1 - behind, theirs)
            guard a.count == b.count, octets[a] == old.octets[b] else { break }
            behind += 1
        }
        return (old.part(first..<(old.count - behind), theirs), part(first..<(count - behind), mine))
    }

    /// Where each endpoint ends.
    private var ends: [Int] {
        var ends: [Int] = []
        ends.reserveCapacity(count)
        var reader = Reader(octets: octets)
        while let head = reader.readHead() {
            if head.address == nil { _ = reader.readAddresses() }
            reader.skipTexts(head.marks)
            ends.append(reader.at)
        }
        return ends
    }

    private func range(_ index: Int, _ ends: [Int]) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    private func part(_ indices: Range<Int>, _ ends: [Int]) -> PackedEndpoints {
        guard let last = indices.last else { return PackedEndpoints() }
        return PackedEndpoints(
            octets: Array(octets[range(indices.lowerBound, ends).lowerBound..<ends[last]]), count: indices.count)
    }

    private init(octets: [UInt8], count: Int) {
        self.octets = octets
        self.count = count
    }
}

extension PackedEndpoints {
    /// Reads endpoints part by part, each part once and in order.
    fileprivate struct Reader {
        let octets: [UInt8]
        private(set) var at = 0

        init(octets: [UInt8]) { self.octets = octets }

        /// The marks, and the address where there is just one; nil at the end.
        mutating func readHead() -> (marks: Marks, address: IPAddress?)? {
            guard at < octets.count else { return nil }
            let marks = Marks(rawValue: octets[at])
            at += 1
            let family: IPAddress.Family? = marks.contains(.isIPv4) ? .v4 : marks.contains(.isIPv6) ? .v6 : nil
            return (marks, family.map { readAddress($0) })
        }

        mutating func readAddresses() -> [IPAddress] {
            (0..<readNumber()).map { _ in
                at += 1
                return readAddress(octets[at - 1] == IPAddress.Family.v4.rawValue ? .v4 : .v6)
            }
        }

        mutating func readText(_ marks: Marks, _ mark: Marks) -> String {
            guard marks.contains(mark) else { return "" }
            let length = readNumber()
            at += length
            return String(decoding: octets[(at - length)..<at], as: UTF8.self)
        }

        mutating func skipTexts(_ marks: Marks) {
            if marks.contains(.hasHostname) { skipText() }
            if marks.contains(.hasPodName) { skipText() }
        }

        mutating func skipText() {
            let length = readNumber()
            at += length
        }

        private mutating func readAddress(_ family: IPAddress.Family) -> IPAddress {
            let length = family == .v4 ? 4 : 16
            var high: UInt64 = 0
            var low: UInt64 = 0
            for place in at..<(at + length) {
                high = high << 8 | low >> 56
                low = low << 8 | UInt64(octets[place])
            }
            at += length
            return family == .v4 ? IPAddress(v4: UInt32(low)) : IPAddress(v6High: high, low: low)
        }

        private mutating func readNumber() -> Int {
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
