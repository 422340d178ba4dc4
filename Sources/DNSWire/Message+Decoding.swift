extension Message {
    /// Octets of the header, RFC 1035 4.1.1.
    static let headerLength = 12

    /// A message from its wire form: exactly one, with nothing behind it.
    /// - Throws: `WireError` with the offset of the fault, for whatever input.
    package init(decoding bytes: some Sequence<UInt8>) throws(WireError) {
        var reader = WireReader(message: Array(bytes))
        let id = try reader.uint16()
        let word = try reader.uint16()
        self.init(
            id: id, flags: MessageFlags(rawValue: word).intersection(.all),
            opcode: UInt8(truncatingIfNeeded: word >> 11 & 15), rcode: ResponseCode(rawValue: word & 15))
        let counts = (
            try reader.uint16(), try reader.uint16(), try reader.uint16(), try reader.uint16()
        )
        // A count may say anything: the arrays grow with what is really there.
        for _ in 0..<counts.0 {
            let name = try reader.name()
            let type = RecordType(rawValue: try reader.uint16())
            questions.append(Question(name: name, type: type, recordClass: RecordClass(rawValue: try reader.uint16())))
        }
        for _ in 0..<counts.1 { answers.append(try Message.record(reading: &reader)) }
        for _ in 0..<counts.2 { authorities.append(try Message.record(reading: &reader)) }
        for _ in 0..<counts.3 {
            if try !readEDNS(&reader) { additionals.append(try Message.record(reading: &reader)) }
        }
        guard reader.isAtEnd else { throw WireError(.trailingBytes, at: reader.at) }
    }

    /// What stands in front of a record's RDATA, and a reader for that.
    private struct Head {
        var owner: DomainName
        var type: RecordType
        var recordClass: UInt16
        var ttl: UInt32
        var data: WireReader

        init(reading reader: inout WireReader) throws(WireError) {
            owner = try reader.name()
            type = RecordType(rawValue: try reader.uint16())
            recordClass = try reader.uint16()
            ttl = try reader.uint32()
            let length = try reader.uint16()
            data = try reader.recordData(Int(length))
        }
    }

    private static func record(reading reader: inout WireReader) throws(WireError) -> ResourceRecord {
        let start = reader.at
        var head = try Head(reading: &reader)
        // RFC 6891 6.1.1: OPT belongs into the additional section.
        guard head.type != .opt else { throw WireError(.badOPT, at: start) }
        let recordClass = RecordClass(rawValue: head.recordClass)
        let data: RecordData
        if head.data.isAtEnd, recordClass == .any || recordClass == .none {
            // RFC 2136 2.4 and 2.5: prerequisites and deletions of an update have a type and no data.
            data = .other(head.type, [])
        } else {
            data = try RecordData(type: head.type, reading: &head.data)
        }
        // RFC 2181 8: a TTL with its first bit set counts as 0.
        let ttl = head.ttl > UInt32(Int32.max) ? 0 : head.ttl
        return ResourceRecord(owner: head.owner, ttl: ttl, recordClass: recordClass, data: data)
    }

    /// Takes the next record if it is an OPT, else leaves the reader where it was: false.
    private mutating func readEDNS(_ reader: inout WireReader) throws(WireError) -> Bool {
        let start = reader.at
        var ahead = reader
        var head = try Head(reading: &ahead)
        guard head.type == .opt else { return false }
        // RFC 6891 6.1.1: one OPT at most; 6.1.2: its owner is the root.
        guard edns == nil, head.owner.isRoot else { throw WireError(.badOPT, at: start) }
        edns = try EDNS(payloadSize: head.recordClass, ttl: head.ttl, reading: &head.data)
        rcode.rawValue |= UInt16(head.ttl >> 24) << 4
        reader = ahead
        return true
    }
}
