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
    let octets: [UInt8]
    package let count: Int

    struct Marks: OptionSet {
        let rawValue: UInt8
        static let isReady = Marks(rawValue: 1)
        static let hasHostname = Marks(rawValue: 2)
        static let hasPodName = Marks(rawValue: 4)
        /// One address of IPv4 or of IPv6; neither: a list of them.
        static let isIPv4 = Marks(rawValue: 8)
        static let isIPv6 = Marks(rawValue: 16)
        static let hasZone = Marks(rawValue: 32)
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
                        podName: reader.readText(head.marks, .hasPodName),
                        zone: reader.readText(head.marks, .hasZone)))
            }
            return all
        }.makeIterator()
    }

    /// What of an endpoint is asked for besides its hostname and addresses.
    package struct Details: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Its Pod's name, where that can be a label, in place of a hostname that it has not.
        package static let podNames = Details(rawValue: 1)
        package static let zones = Details(rawValue: 2)
    }

    /// Each address of each ready endpoint, with the endpoint's hostname or what `details` want in its place, and its zone.
    /// Makes no memory but for long texts that are asked for.
    package func forEachReadyAddress(
        _ details: Details = [], _ body: (_ hostname: String, IPAddress, _ zone: String) -> Void
    ) {
        withReader { reader in
            while let head = reader.readHead() {
                let others = head.address == nil ? reader.readAddresses() : []
                guard head.marks.contains(.isReady) else {
                    reader.skipTexts(head.marks)
                    continue
                }
                var hostname = reader.readText(head.marks, .hasHostname)
                if hostname.isEmpty && details.contains(.podNames) {
                    hostname = reader.readLabel(head.marks, .hasPodName)
                } else if head.marks.contains(.hasPodName) {
                    reader.skipText()
                }
                var zone = ""
                if details.contains(.zones) {
                    zone = reader.readText(head.marks, .hasZone)
                } else if head.marks.contains(.hasZone) {
                    reader.skipText()
                }
                if let address = head.address { body(hostname, address, zone) }
                for address in others { body(hostname, address, zone) }
            }
        }
    }

    /// Whether there is an address of a ready endpoint.
    package var hasReadyAddress: Bool {
        withReader { reader in
            while let head = reader.readHead() {
                let hasAddress = head.address != nil || !reader.readAddresses().isEmpty
                if hasAddress && head.marks.contains(.isReady) { return true }
                reader.skipTexts(head.marks)
            }
            return false
        }
    }

    /// Each address of each endpoint, ready or not. Makes no memory.
    package func forEachAddress(_ body: (IPAddress) -> Void) {
        withReader { reader in
            while let head = reader.readHead() {
                if let address = head.address { body(address) } else { reader.readAddresses().forEach(body) }
                reader.skipTexts(head.marks)
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
        package let zone: UnsafeRawBufferPointer
    }

    /// Each endpoint, without memory for its texts. They are valid only as long as `body` runs.
    package func forEachInParts(_ body: (Parts) -> Void) {
        withReader { reader in
            while let head = reader.readHead() {
                let addresses = head.address == nil ? reader.readAddresses() : []
                let hostname = reader.readOctets(head.marks, .hasHostname)
                let podName = reader.readOctets(head.marks, .hasPodName)
                let zone = reader.readOctets(head.marks, .hasZone)
                body(
                    Parts(
                        address: head.address, addresses: addresses, isReady: head.marks.contains(.isReady),
                        hostname: hostname, podName: podName, zone: zone))
            }
        }
    }
}
