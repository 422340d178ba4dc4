import NetworkAddress

/// What a record says: the types this project makes or shows by field, every other one as its octets (RFC 3597).
package enum RecordData: Hashable, Sendable {
    /// A or AAAA, by the address's family.
    case address(IPAddress)
    case cname(DomainName)
    case ns(DomainName)
    case ptr(DomainName)
    case srv(ServiceLocation)
    /// At least one string; each at most 255 octets.
    case txt([[UInt8]])
    case mx(preference: UInt16, exchange: DomainName)
    case soa(StartOfAuthority)
    /// RDATA of another type in uncompressed wire form.
    case other(RecordType, [UInt8])

    package var type: RecordType {
        switch self {
        case .address(let address): address.family == .v4 ? .a : .aaaa
        case .cname: .cname
        case .ns: .ns
        case .ptr: .ptr
        case .srv: .srv
        case .txt: .txt
        case .mx: .mx
        case .soa: .soa
        case .other(let type, _): type
        }
    }

    /// RDATA in wire form, names not compressed.
    package var wire: [UInt8] {
        var octets: [UInt8] = []
        write(to: &octets)
        return octets
    }

    /// Appends the RDATA in wire form, names not compressed.
    package func write(to octets: inout [UInt8]) {
        switch self {
        case .address(let address): address.write(to: &octets)
        case .cname(let name), .ns(let name), .ptr(let name): octets += name.wire
        case .srv(let location): location.write(to: &octets)
        case .txt(let strings):
            for string in strings {
                octets.append(UInt8(string.count))
                octets += string
            }
        case .mx(let preference, let exchange):
            octets.append(network: preference)
            octets += exchange.wire
        case .soa(let soa):
            octets += soa.primary.wire
            octets += soa.mailbox.wire
            for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                octets.append(network: number)
            }
        case .other(_, let bytes): octets += bytes
        }
    }
}

/// RFC 2782.
package struct ServiceLocation: Hashable, Sendable {
    package var priority: UInt16
    package var weight: UInt16
    package var port: UInt16
    package var target: DomainName

    package init(priority: UInt16 = 0, weight: UInt16, port: UInt16, target: DomainName) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// Appends the RDATA in wire form.
    func write(to octets: inout [UInt8]) {
        octets.append(network: priority)
        octets.append(network: weight)
        octets.append(network: port)
        octets += target.wire
    }
}

/// RFC 1035 3.3.13; times in seconds.
package struct StartOfAuthority: Hashable, Sendable {
    package var primary: DomainName
    package var mailbox: DomainName
    package var serial: UInt32
    package var refresh: UInt32
    package var retry: UInt32
    package var expire: UInt32
    /// The TTL of negative answers, RFC 2308 4.
    package var minimum: UInt32

    package init(
        primary: DomainName, mailbox: DomainName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32,
        minimum: UInt32
    ) {
        self.primary = primary
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}

/// A number in network order.
package func octets<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}

extension [UInt8] {
    /// Appends a number in network order.
    fileprivate mutating func append<Number: FixedWidthInteger>(network number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
