import NetworkAddress

extension RecordData {
    /// RDATA from uncompressed wire form.
    /// - Throws: `WireError` where a type that is known by field does not have its form; the offset counts from the first
    ///   octet of `wire`. Octets of any other type are taken as they are.
    package init(type: RecordType, wire: [UInt8]) throws(WireError) {
        var reader = WireReader(recordData: wire)
        try self.init(type: type, reading: &reader)
    }

    /// RDATA from a reader that ends with it; names are decompressed where the reader has a message around it.
    init(type: RecordType, reading reader: inout WireReader) throws(WireError) {
        let start = reader.at
        switch type {
        case .a: self = .address(IPAddress(v4: try reader.uint32()))
        case .aaaa:
            guard let address = IPAddress(bytes: try reader.octets(16)) else {
                throw WireError(.badRecordData, at: start)
            }
            self = .address(address)
        case .cname: self = .cname(try reader.name())
        case .ns: self = .ns(try reader.name())
        case .ptr: self = .ptr(try reader.name())
        case .srv:
            let (priority, weight, port) = (try reader.uint16(), try reader.uint16(), try reader.uint16())
            let target = try reader.name()
            self = .srv(ServiceLocation(priority: priority, weight: weight, port: port, target: target))
        case .txt:
            // RFC 1035 3.3.14: one string or more.
            var strings = [try reader.string()]
            while !reader.isAtEnd { strings.append(try reader.string()) }
            self = .txt(strings)
        case .mx:
            let preference = try reader.uint16()
            self = .mx(preference: preference, exchange: try reader.name())
        case .soa: self = .soa(try StartOfAuthority(reading: &reader))
        default: self = .other(type, try RecordData.uncompressed(type, reading: &reader))
        }
        guard reader.isAtEnd else { throw WireError(.badRecordData, at: reader.at) }
    }

    /// The fields in front of the last name of a type that is kept as octets and may come with compressed names.
    private enum Field {
        case octets(Int)
        case string
        case name
    }

    /// The types of RFC 1035 3.3 that are not known by field, and those of RFC 3597 4 that old servers compress although
    /// they should not; DNAME too (RFC 2672 allowed it).
    private static let layouts: [UInt16: [Field]] = [
        3: [.name], 4: [.name], 7: [.name], 8: [.name], 9: [.name],  // MD MF MB MG MR
        14: [.name, .name],  // MINFO
        17: [.name, .name],  // RP
        18: [.octets(2), .name],  // AFSDB
        21: [.octets(2), .name],  // RT
        24: [.octets(18), .name],  // SIG
        26: [.octets(2), .name, .name],  // PX
        30: [.name],  // NXT
        35: [.octets(4), .string, .string, .string, .name],  // NAPTR
        39: [.name],  // DNAME
    ]

    private static func uncompressed(
        _ type: RecordType, reading reader: inout WireReader
    ) throws(WireError) -> [UInt8] {
        var out: [UInt8] = []
        for field in layouts[type.rawValue] ?? [] {
            switch field {
            case .octets(let count): out += try reader.octets(count)
            case .string:
                let string = try reader.string()
                out += [UInt8(string.count)] + string
            case .name: out += try reader.name().wire
            }
        }
        return out + (try reader.octets(reader.remaining))
    }
}

extension StartOfAuthority {
    fileprivate init(reading reader: inout WireReader) throws(WireError) {
        let (primary, mailbox) = (try reader.name(), try reader.name())
        let (serial, refresh, retry) = (try reader.uint32(), try reader.uint32(), try reader.uint32())
        let (expire, minimum) = (try reader.uint32(), try reader.uint32())
        self.init(
            primary: primary, mailbox: mailbox, serial: serial, refresh: refresh, retry: retry, expire: expire,
            minimum: minimum)
    }
}
