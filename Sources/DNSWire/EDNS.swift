/// The OPT record of a message, taken apart (RFC 6891 6.1). The extended part of the response code is not here:
/// `Message.rcode` has it whole.
package struct EDNS: Hashable, Sendable {
    /// The largest UDP payload the sender takes, octets; values below 512 mean 512 (RFC 6891 6.2.3).
    package var payloadSize: UInt16
    package var version: UInt8
    /// DO: the sender wants DNSSEC records (RFC 3225 3).
    package var dnssecOK: Bool
    package var options: [Option]

    package init(
        payloadSize: UInt16 = 1232, version: UInt8 = 0, dnssecOK: Bool = false, options: [Option] = []
    ) {
        self.payloadSize = payloadSize
        self.version = version
        self.dnssecOK = dnssecOK
        self.options = options
    }

    package struct Option: Hashable, Sendable {
        package var code: UInt16
        /// At most 65,535 octets, and so with all other options together.
        package var data: [UInt8]

        package init(code: UInt16, data: [UInt8]) {
            self.code = code
            self.data = data
        }
    }
}

extension EDNS {
    private static let doBit: UInt32 = 0x8000

    /// The fields of an OPT record; the reader stands at the RDATA and ends with it.
    init(payloadSize: UInt16, ttl: UInt32, reading reader: inout WireReader) throws(WireError) {
        self.init(
            payloadSize: payloadSize, version: UInt8(truncatingIfNeeded: ttl >> 16), dnssecOK: ttl & EDNS.doBit != 0)
        while !reader.isAtEnd {
            let code = try reader.uint16()
            let length = try reader.uint16()
            options.append(Option(code: code, data: try reader.octets(Int(length))))
        }
    }

    /// The whole OPT record in wire form; `extendedCode` is the upper eight bits of the response code.
    func record(extendedCode: UInt8) throws(WireError) -> [UInt8] {
        var data: [UInt8] = []
        for option in options {
            guard option.data.count <= UInt16.max else { throw WireError(.tooLarge, at: data.count) }
            data += octets(option.code) + octets(UInt16(option.data.count)) + option.data
        }
        guard data.count <= UInt16.max else { throw WireError(.tooLarge, at: data.count) }
        let ttl = UInt32(extendedCode) << 24 | UInt32(version) << 16 | (dnssecOK ? EDNS.doBit : 0)
        return DomainName.root.wire + octets(RecordType.opt.rawValue) + octets(payloadSize) + octets(ttl)
            + octets(UInt16(data.count)) + data
    }
}
