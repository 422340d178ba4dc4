import DNSWire

/// What plugins ask of a question that is being answered in its place, and what they write.
///
/// Methods, where an answer is on the way of every query: another module reads a computed property of a noncopyable struct
/// from a copy of the whole struct.
extension Answerer {
    /// The query's class is CHAOS, what it is refused for here.
    package var isChaos: Bool {
        questionEnd > 12 && out.loadUnaligned(fromByteOffset: questionEnd &- 2, as: UInt16.self) == Wire.chaos.bigEndian
    }

    /// The header as it stands: of the query before `finish`, of the answer after it.
    package var header: (id: UInt16, flags: UInt16) {
        (
            UInt16(bigEndian: out.loadUnaligned(as: UInt16.self)),
            UInt16(bigEndian: out.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        )
    }

    /// Records of the message's answer and authority sections, as its header says.
    package var sections: (answers: Int, authorities: Int) {
        let counts = UInt64(bigEndian: out.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
        return (Int(counts >> 32 & 0xFFFF), Int(counts >> 16 & 0xFFFF))
    }

    /// The question as it came; nil where it could not be read.
    package var question: Question? {
        guard questionEnd > 12 else { return nil }
        let name = try? DomainName(wire: Array(UnsafeRawBufferPointer(start: out + 12, count: questionEnd - 16)))
        guard let name else { return nil }
        let recordClass = out.loadUnaligned(fromByteOffset: questionEnd - 2, as: UInt16.self)
        return Question(
            name: name, type: RecordType(rawValue: type),
            recordClass: RecordClass(rawValue: UInt16(bigEndian: recordClass)))
    }

    /// The query has an OPT record.
    var hasEDNS: Bool { opt != .none }

    /// The message as it stands; its header and question are `questionLength()` octets.
    package func message() -> UnsafeRawPointer { UnsafeRawPointer(out) }

    package func questionLength() -> Int { questionEnd }

    /// Octets that a datagram to this client may have, the OPT record's 11 included.
    package var room: Int { limit &+ (hasEDNS ? 11 : 0) }

    /// The query whole, as it came, as long as nothing has been written; else what is known of it: header, question, and
    /// an OPT record without options.
    package func copy() -> [UInt8] {
        if !hasOverwritten && end == questionEnd {
            return Array(UnsafeRawBufferPointer(start: out, count: queryLength))
        }
        var octets = Array(UnsafeRawBufferPointer(start: out, count: questionEnd))
        octets[2] &= 0x79
        octets[3] &= 0x10
        octets[6] = 0
        octets[7] = 0
        octets[8] = 0
        octets[9] = 0
        octets[10] = 0
        octets[11] = hasEDNS ? 1 : 0
        if hasEDNS {
            octets += [0, 0, 41, UInt8(truncatingIfNeeded: room >> 8), UInt8(truncatingIfNeeded: room), 0, 0]
            octets += [wantsDNSSEC ? 0x80 : 0, 0, 0, 0]
        }
        return octets
    }

    /// What is so for the block that the question belongs to.
    @inline(__always)
    package mutating func enter(recurses: Bool, largestDatagram: Int) {
        usualFlags = Answerer.authoritative | (recurses ? Answerer.recursionAvailable : 0)
        flags = usualFlags
        if !isStream { limit = min(limit, largestDatagram &- (hasEDNS ? 11 : 0)) }
    }

    /// What is so for the next batch's queries.
    @inline(__always)
    /// - Parameter directZones: those of the tag; the table's own where nil.
    package mutating func use(
        directTag: UInt32, directZones: ZoneSet.Reader?, recurses: Bool, largestDatagram: Int
    ) {
        directWord = ZoneCell.directWord(tag: directTag)
        self.directZones = directZones ?? ownZones
        usualFlags = Answerer.authoritative | (recurses ? Answerer.recursionAvailable : 0)
        self.largestDatagram = largestDatagram
    }

    /// A question as plugins look at it, in one piece.
    package struct Asked {
        /// The name in lower case.
        package let name: FoldedName
        package let type: UInt16
        /// The query's DO and CD bits.
        package let wantsDNSSEC: Bool
        package let checkingDisabled: Bool
        package let hasEDNS: Bool
        /// The class is CHAOS.
        package let isChaos: Bool
    }

    package mutating func asked() -> Asked {
        Asked(
            name: name, type: type, wantsDNSSEC: wantsDNSSEC,
            checkingDisabled: out.load(fromByteOffset: 3, as: UInt8.self) & 0x10 != 0, hasEDNS: hasEDNS,
            isChaos: isChaos)
    }

    /// AD of the query: it understands AD (RFC 6840 5.7).
    private var understandsAD: Bool { out.load(fromByteOffset: 3, as: UInt8.self) & 0x20 != 0 }
    /// The client wants to know which server this is (RFC 5001).
    package mutating func asksForNSID() -> Bool { hasEDNS && wantsNSID }
    package static let nsid: UInt16 = 3

    /// Puts one option into the OPT record of a message that `finish` has made, where there is room.
    package func append(option code: UInt16, _ data: [UInt8], to reply: Reply) -> Reply {
        let length = reply.length &+ 4 &+ data.count
        guard hasEDNS, length <= room else { return reply }
        let place = out + reply.length
        // RDLENGTH stands at the end of a record without options.
        let size = out + (opt == .written ? optAt &+ 9 : reply.length &- 2)
        let before = UInt16(bigEndian: size.loadUnaligned(as: UInt16.self))
        size.storeBytes(of: (before &+ UInt16(4 &+ data.count)).bigEndian, as: UInt16.self)
        place.storeBytes(of: code.bigEndian, as: UInt16.self)
        place.storeBytes(of: UInt16(data.count).bigEndian, toByteOffset: 2, as: UInt16.self)
        data.withUnsafeBytes { (place + 4).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        return Reply(length: length, rcode: reply.rcode, type: reply.type, wantsDNSSEC: reply.wantsDNSSEC)
    }

    /// Has the records behind the question written by somebody who keeps them ready.
    /// - Parameter body: is given the message, where the question ends, where the message has to end, and a number whose
    ///   upper bits choose which address comes first; says where it ended, ANCOUNT, NSCOUNT and ARCOUNT from bit 47 down,
    ///   and whether something is missing.
    @inline(__always)
    package mutating func writeRecords(
        isAuthoritative: Bool, isAuthentic: Bool,
        _ body: (UnsafeMutableRawPointer, Int, Int, UInt32) -> (end: Int, counts: UInt64, isTruncated: Bool)
    ) {
        turn = turn &+ 0x9E37_79B9
        let written = body(out, questionEnd, limit, turn)
        end = written.end
        counts = 1 &<< 48 | written.counts
        flags = isAuthoritative ? usualFlags : usualFlags & ~Answerer.authoritative
        if written.isTruncated { flags |= Answerer.truncated }
        if isAuthentic && (wantsDNSSEC || understandsAD) { flags |= Answerer.authentic }
    }

    /// Puts a message made elsewhere in the query's place. It has to fit `room`.
    package mutating func put(_ octets: [UInt8]) -> Reply {
        octets.withUnsafeBytes { out.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        return Reply(
            length: octets.count, rcode: UInt16(octets[3] & 15), type: type, wantsDNSSEC: wantsDNSSEC)
    }
}
