import NetworkAddress

/// Names directly below one owner, each with an address that leads back to it: the form in which endpoints are told, which
/// come in thousands.
///
///     var names = AddressNames(below: web, ttl: 5)
///     names.append(address) { $0 += "10-0-0-1".utf8 }
///
/// One behind the other in octets: the label with its length in front, the address with its length (4 or 16) in front.
package struct AddressNames: Hashable, Sendable {
    package let owner: DomainName
    package let ttl: UInt32
    private var octets: [UInt8] = []

    package init(below owner: DomainName, ttl: UInt32) {
        self.owner = owner
        self.ttl = ttl
    }

    /// Makes room for so many names more, of usual length.
    package mutating func reserve(_ count: Int) { octets.reserveCapacity(octets.count + count * 24) }

    package var isEmpty: Bool { octets.isEmpty }

    /// - Parameter label: appends 1 to 63 octets that make a name below the owner of at most 255 octets.
    package mutating func append(_ address: IPAddress, label: (inout [UInt8]) -> Void) {
        let start = octets.count
        octets.append(0)
        label(&octets)
        octets[start] = UInt8(octets.count - start - 1)
        octets.append(UInt8(address.bitWidth / 8))
        address.write(to: &octets)
    }

    /// Calls `body` for each name with its label, the length octet in front, and the octets of its address.
    package func forEach(_ body: (_ label: UnsafeRawBufferPointer, _ address: UnsafeRawBufferPointer) -> Void) {
        octets.withUnsafeBytes { octets in
            var at = 0
            while at < octets.count {
                let address = at + 1 + Int(octets[at])
                let next = address + 1 + Int(octets[address])
                body(
                    UnsafeRawBufferPointer(rebasing: octets[at..<address]),
                    UnsafeRawBufferPointer(rebasing: octets[(address + 1)..<next]))
                at = next
            }
        }
    }

    /// The same, each in a value of its own.
    package var changes: [RecordChange] {
        var changes: [RecordChange] = []
        forEach { label, octets in
            guard let address = IPAddress(bytes: octets), let name = try? owner.prepending(label.dropFirst()) else {
                return
            }
            changes.append(.insert(name, ttl: ttl, .address(address), first: false))
            changes.append(.insert(DomainName(reverseOf: address), ttl: ttl, .ptr(name), first: false))
        }
        return changes
    }
}
