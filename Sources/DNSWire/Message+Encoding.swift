extension Message {
    /// The largest message there is: TCP frames it with a 16-bit length (RFC 1035 4.2.2).
    package static let maximumLength = 65535

    /// The message in wire form with names compressed, in at most `limit` octets.
    ///
    /// What does not fit is left out on whole records: additional records first, by whole sets and without a word; then
    /// authority and answer records from the end, with TC set (RFC 2181 9). The OPT record always stays; it is the first
    /// of the additional section, so that a TSIG record among `additionals` can be the last.
    /// - Throws: `WireError` where header, questions and OPT alone are over the limit, where a section has over 65,535
    ///   records, where a record's data cannot be said in wire form, or where `rcode` needs an OPT and has none.
    package func encoded(limit: Int = Message.maximumLength) throws(WireError) -> [UInt8] {
        let limit = min(limit, Message.maximumLength)
        let opt = try optRecord()
        var writer = WireWriter()
        writer.append(id)
        writer.append(headerWord(flags))
        writer.append(try Message.count(questions.count))
        for _ in 0..<3 { writer.append(UInt16(0)) }
        for question in questions {
            writer.append(compressing: question.name)
            writer.append(question.type.rawValue)
            writer.append(question.recordClass.rawValue)
        }

        let room = limit - opt.count
        guard writer.count <= room else { throw WireError(.tooLarge, at: writer.count) }
        let answered = try Message.append(answers, to: &writer, room: room, wholeSets: false)
        var complete = answered == answers.count
        var authoritative = 0
        if complete {
            authoritative = try Message.append(authorities, to: &writer, room: room, wholeSets: false)
            complete = authoritative == authorities.count
        }
        writer.append(opt)
        var additional = opt.isEmpty ? 0 : 1
        if complete {
            additional += try Message.append(additionals, to: &writer, room: limit, wholeSets: true)
        } else {
            writer.replace(at: 2, with: headerWord(flags.union(.truncated)))
        }
        for (offset, count) in [(6, answered), (8, authoritative), (10, additional)] {
            writer.replace(at: offset, with: try Message.count(count))
        }
        return writer.bytes
    }

    /// The second 16 bits of the header, RFC 1035 4.1.1.
    private func headerWord(_ flags: MessageFlags) -> UInt16 {
        flags.intersection(.all).rawValue | UInt16(opcode & 15) << 11 | rcode.rawValue & 15
    }

    /// The OPT record in wire form, empty where there is none.
    private func optRecord() throws(WireError) -> [UInt8] {
        // RFC 6891 6.1.3: twelve bits, the upper eight of them in the OPT record.
        guard rcode.rawValue < (edns == nil ? 16 : 4096) else { throw WireError(.badOPT, at: 2) }
        return try edns?.record(extendedCode: UInt8(rcode.rawValue >> 4)) ?? []
    }

    private static func count(_ count: Int) throws(WireError) -> UInt16 {
        guard let count = UInt16(exactly: count) else { throw WireError(.tooLarge, at: 0) }
        return count
    }

    /// Writes records as long as they fit into `room` octets of message; with `wholeSets` no set is written in part.
    /// - Returns: how many were written.
    private static func append(
        _ records: [ResourceRecord], to writer: inout WireWriter, room: Int, wholeSets: Bool
    ) throws(WireError) -> Int {
        var setStart = (index: 0, mark: writer.mark)
        for (index, record) in records.enumerated() {
            let before = writer.mark
            if index > 0, !record.isOfSameSet(as: records[index - 1]) { setStart = (index, before) }
            try writer.append(record)
            if writer.count > room {
                writer.rewind(to: wholeSets ? setStart.mark : before)
                return wholeSets ? setStart.index : index
            }
        }
        return records.count
    }
}

extension ResourceRecord {
    /// RFC 2181 5: one owner, class and type.
    fileprivate func isOfSameSet(as other: ResourceRecord) -> Bool {
        type == other.type && recordClass == other.recordClass && owner == other.owner
    }
}

extension WireWriter {
    fileprivate mutating func append(_ record: ResourceRecord) throws(WireError) {
        append(compressing: record.owner)
        append(record.type.rawValue)
        append(record.recordClass.rawValue)
        // RFC 2181 8: 31 bits.
        append(min(record.ttl, UInt32(Int32.max)))
        let lengthAt = count
        append(UInt16(0))
        try append(record.data)
        guard let length = UInt16(exactly: count - lengthAt - 2) else { throw WireError(.badRecordData, at: lengthAt) }
        replace(at: lengthAt, with: length)
    }

    /// RDATA; only names in types of RFC 1035 are compressed (RFC 3597 4), the target of SRV never (RFC 2782).
    private mutating func append(_ data: RecordData) throws(WireError) {
        switch data {
        case .cname(let name), .ns(let name), .ptr(let name): append(compressing: name)
        case .mx(let preference, let exchange):
            append(preference)
            append(compressing: exchange)
        case .soa(let soa):
            append(compressing: soa.primary)
            append(compressing: soa.mailbox)
            for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { append(number) }
        case .txt(let strings):
            // RFC 1035 3.3.14: one string or more, of at most 255 octets.
            guard !strings.isEmpty, strings.allSatisfy({ $0.count <= 255 }) else {
                throw WireError(.badRecordData, at: count)
            }
            append(data.wire)
        case .address, .srv, .other: append(data.wire)
        }
    }
}
