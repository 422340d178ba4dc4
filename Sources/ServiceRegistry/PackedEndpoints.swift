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

    struct Marks: OptionSet {
        let rawValue: UInt8
        static let isReady = Marks(rawValue: 1)
        static let hasHostname = Marks(rawValue: 2)
        static let hasPodName = Marks(rawValue: 4)
        /// One address of IPv4 or of IPv6; neither: a list of them.
        static let isIPv4 = Marks(rawValue: 8)
        static let isIPv6 = Marks(rawValue: 16)
    }

    init(octets: [UInt8], count: Int) {
        self.octets = octets
        self.count = count
    }
}

extension PackedEndpoints: Sequence {
    package var underestimatedCount: Int { count }

    package func makeIterator() -> IndexingIterator<[Endpoint]> {
        withReader { reader in
            var all: [Endpoint] = []
            all.reserveCapacity(count)
            while let head = reader.readHead() {
                let first = head.address.map { [$0] }
                all.append(
                    Endpoint(
                        addresses: first ?? reader.readAddresses(), isReady: head.marks.contains(.isReady),
                        hostname: reader.readText(head.marks, .hasHostname),
                        podName: reader.readText(head.marks, .hasPodName)))
            }
            return all
        }.makeIterator()
    }

    /// Each address of each ready endpoint, with the endpoint's hostname. Makes no memory but for long hostnames.
    package func forEachReadyAddress(_ body: (_ hostname: String, IPAddress) -> Void) {
        withReader { reader in
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
    }

    /// An endpoint as it lies: one address, or `address` nil and any number of `addresses`; texts are UTF-8.
    package struct Parts {
        package let address: IPAddress?
        package let addresses: [IPAddress]
        package let isReady: Bool
        package let hostname: UnsafeRawBufferPointer
        package let podName: UnsafeRawBufferPointer
    }

    /// Each endpoint, without memory for its texts. They are valid only as long as `body` runs.
    package func forEachInParts(_ body: (Parts) -> Void) {
        withReader { reader in
            while let head = reader.readHead() {
                let addresses = head.address == nil ? reader.readAddresses() : []
                let hostname = reader.readOctets(head.marks, .hasHostname)
                let podName = reader.readOctets(head.marks, .hasPodName)
                body(
                    Parts(
                        address: head.address, addresses: addresses, isReady: head.marks.contains(.isReady),
                        hostname: hostname, podName: podName))
            }
        }
    }

    /// What is left of both when equal endpoints at the beginning and at the end are taken away.
    package func difference(from old: PackedEndpoints) -> (old: PackedEndpoints, new: PackedEndpoints) {
        let (mine, theirs) = (places, old.places)
        let shorter = Swift.min(count, old.count)
        let equal = octets.withUnsafeBytes { a in old.octets.withUnsafeBytes { b in commonPrefix(a, b) } }
        var first = 0
        while first < shorter, mine[first + 1] <= equal, mine[first + 1] == theirs[first + 1] { first += 1 }
        let equalBehind = octets.withUnsafeBytes { a in old.octets.withUnsafeBytes { b in commonSuffix(a, b) } }
        var behind = 0
        while behind < shorter - first {
            let length = octets.count - mine[count - 1 - behind]
            guard length <= equalBehind, length == old.octets.count - theirs[old.count - 1 - behind] else { break }
            behind += 1
        }
        return (old.part(first..<(old.count - behind), theirs), part(first..<(count - behind), mine))
    }

    /// Where each endpoint begins, and the end of the last.
    private var places: [Int] {
        withReader { reader in
            var places = [0]
            places.reserveCapacity(count + 1)
            while reader.skipEndpoint() { places.append(reader.at) }
            return places
        }
    }

    private func part(_ indices: Range<Int>, _ places: [Int]) -> PackedEndpoints {
        guard !indices.isEmpty else { return PackedEndpoints() }
        return PackedEndpoints(
            octets: Array(octets[places[indices.lowerBound]..<places[indices.upperBound]]), count: indices.count)
    }
}

/// Octets at the beginning of both that are equal, eight at a time: slices of a thousand endpoints are compared for one.
private func commonPrefix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let end = min(a.count, b.count)
    var at = 0
    while at + 8 <= end,
        a.loadUnaligned(fromByteOffset: at, as: UInt64.self) == b.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    {
        at += 8
    }
    while at < end, a[at] == b[at] { at += 1 }
    return at
}

/// The same from the end.
private func commonSuffix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let end = min(a.count, b.count)
    var length = 0
    while length + 8 <= end,
        a.loadUnaligned(fromByteOffset: a.count - length - 8, as: UInt64.self)
            == b.loadUnaligned(fromByteOffset: b.count - length - 8, as: UInt64.self)
    { length += 8 }
    while length < end, a[a.count - length - 1] == b[b.count - length - 1] { length += 1 }
    return length
}

extension PackedEndpoints {
    fileprivate func withReader<Result>(_ body: (inout Reader) -> Result) -> Result {
        octets.withUnsafeBufferPointer { octets in
            var reader = Reader(octets: octets)
            return body(&reader)
        }
    }

    /// Reads endpoints part by part, each part once and in order. Through a pointer: an array's own checks and counts
    /// took half of the time of a change in a large Service.
    fileprivate struct Reader {
        let octets: UnsafeBufferPointer<UInt8>
        private(set) var at = 0

        init(octets: UnsafeBufferPointer<UInt8>) { self.octets = octets }

        /// The marks, and the address where there is just one; nil at the end.
        mutating func readHead() -> (marks: Marks, address: IPAddress?)? {
            guard at < octets.count else { return nil }
            let marks = Marks(rawValue: octets[at])
            at += 1
            let address: IPAddress? =
                marks.contains(.isIPv4) ? readAddress(.v4) : marks.contains(.isIPv6) ? readAddress(.v6) : nil
            return (marks, address)
        }

        mutating func readAddresses() -> [IPAddress] {
            (0..<readNumber()).map { _ in
                at += 1
                return readAddress(octets[at - 1] == IPAddress.Family.v4.rawValue ? .v4 : .v6)
            }
        }

        mutating func readText(_ marks: Marks, _ mark: Marks) -> String {
            guard marks.contains(mark) else { return "" }
            return String(decoding: readOctets(marks, mark), as: UTF8.self)
        }

        mutating func readOctets(_ marks: Marks, _ mark: Marks) -> UnsafeRawBufferPointer {
            guard marks.contains(mark) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
            let length = readNumber()
            at += length
            return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(octets)[(at - length)..<at])
        }

        /// - Returns: false at the end.
        mutating func skipEndpoint() -> Bool {
            guard at < octets.count else { return false }
            let marks = Marks(rawValue: octets[at])
            at += 1
            if marks.contains(.isIPv4) {
                at += 4
            } else if marks.contains(.isIPv6) {
                at += 16
            } else {
                _ = readAddresses()
            }
            skipTexts(marks)
            return true
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
            func word(_ place: Int, _ count: Int) -> UInt64 {
                var word: UInt64 = 0
                for place in place..<(place + count) { word = word << 8 | UInt64(octets[place]) }
                return word
            }
            switch family {
            case .v4:
                at += 4
                return IPAddress(v4: UInt32(word(at - 4, 4)))
            case .v6:
                at += 16
                return IPAddress(v6High: word(at - 16, 8), low: word(at - 8, 8))
            }
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
