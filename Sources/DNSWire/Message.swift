/// A DNS message taken apart: what `lookup`, forwarding, zone transfer and tests work with.
///
///     let query = Message(query: name, type: .a, id: 7, edns: EDNS())
///     let bytes = try query.encoded()
///     let back = try Message(decoding: bytes)        // == query
///
/// The packet path of the server does not come by here: it copies ready answers. A `Message` costs an allocation for
/// each name, and one for each section.
package struct Message: Hashable, Sendable {
    package var id: UInt16
    package var flags: MessageFlags
    /// 0 (QUERY) to 15, RFC 1035 4.1.1.
    package var opcode: UInt8
    /// The whole code, 0 to 4,095; what is above 15 goes through `edns` (RFC 6891 6.1.3).
    package var rcode: ResponseCode
    package var questions: [Question]
    package var answers: [ResourceRecord]
    package var authorities: [ResourceRecord]
    /// Without the OPT record, which is `edns`.
    package var additionals: [ResourceRecord]
    package var edns: EDNS?

    package init(
        id: UInt16, flags: MessageFlags = [], opcode: UInt8 = 0, rcode: ResponseCode = .noError,
        questions: [Question] = [], answers: [ResourceRecord] = [], authorities: [ResourceRecord] = [],
        additionals: [ResourceRecord] = [], edns: EDNS? = nil
    ) {
        self.id = id
        self.flags = flags
        self.opcode = opcode
        self.rcode = rcode
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.edns = edns
    }

    /// A query with one question; the identifier is a random one unless given.
    package init(
        query name: DomainName, type: RecordType, recordClass: RecordClass = .in,
        id: UInt16 = .random(in: .min ... .max), flags: MessageFlags = .recursionDesired, edns: EDNS? = nil
    ) {
        self.init(
            id: id, flags: flags, questions: [Question(name: name, type: type, recordClass: recordClass)], edns: edns)
    }
}

/// The flags of the header at their places in its second 16 bits (RFC 1035 4.1.1, RFC 4035 3.1.6 and 3.2.2).
package struct MessageFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// QR
    package static let response = MessageFlags(rawValue: 0x8000)
    /// AA
    package static let authoritative = MessageFlags(rawValue: 0x0400)
    /// TC
    package static let truncated = MessageFlags(rawValue: 0x0200)
    /// RD
    package static let recursionDesired = MessageFlags(rawValue: 0x0100)
    /// RA
    package static let recursionAvailable = MessageFlags(rawValue: 0x0080)
    /// AD
    package static let authenticData = MessageFlags(rawValue: 0x0020)
    /// CD
    package static let checkingDisabled = MessageFlags(rawValue: 0x0010)

    /// Every flag there is; opcode, response code and the reserved bit are none.
    package static let all: MessageFlags = [
        .response, .authoritative, .truncated, .recursionDesired, .recursionAvailable, .authenticData,
        .checkingDisabled,
    ]

    /// The mnemonics as dig prints them, in its order: `qr aa rd`.
    package var mnemonics: String {
        let names: [(MessageFlags, String)] = [
            (.response, "qr"), (.authoritative, "aa"), (.truncated, "tc"), (.recursionDesired, "rd"),
            (.recursionAvailable, "ra"), (.authenticData, "ad"), (.checkingDisabled, "cd"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: " ")
    }
}
