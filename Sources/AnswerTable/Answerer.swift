import Synchronization

/// How an answer travels: what it may hold and what happens when it does not fit.
package enum Transport: Sendable {
    /// 512 octets, or what the client's EDNS says; cut with TC.
    case udp
    /// 65,535 octets.
    case tcp
}

/// Answers queries from a table: one for each thread.
///
/// One answer, every transport: UDP, TCP and whoever explains an answer call `answer`, which writes a whole DNS message;
/// a transport only frames it. Nothing here takes a lock, makes memory or counts a reference.
package struct Answerer: ~Copyable {
    /// A datagram may be as long as this, and so we announce it (DNS flag day 2020: no fragments).
    package static let payloadSize = 1232
    /// The largest datagram we send, also to a client that announces more.
    package static let largestDatagram = 4096
    /// The largest message there is.
    package static let largestMessage = 65535
    /// Octets that must be readable behind a query.
    package static let padding = 16
    /// The longest chain of CNAMEs that is followed.
    static let longestChain = 24

    let table: AnswerTable
    let reader: Int
    let published: AnswerTable.Published
    let arena: UnsafeMutableRawPointer

    /// The name that is looked for: the question's, then the target of each CNAME.
    var name: FoldedName
    /// A name that is made up to look for: a wildcard, the parent.
    var other: FoldedName
    /// The nodes of the CNAMEs followed so far.
    let followed: UnsafeMutablePointer<UInt>
    var followedCount = 0

    // The query.
    var query: UnsafeRawPointer
    var queryLength = 0
    var questionEnd = 0
    var type: UInt16 = 0
    var hasEDNS = false
    var wantsDNSSEC = false
    var ednsVersion: UInt8 = 0
    var clientPayload = 0

    // The answer.
    var out: UnsafeMutableRawPointer
    /// Where the next record goes, and where the message has to end but for the OPT record.
    var end = 0
    var limit = 0
    var isStream = false
    var isTruncated = false
    var isAuthoritative = true
    /// Where the name that is looked for stands in the answer.
    var nameAt = 12
    var answers: UInt16 = 0
    var authorities: UInt16 = 0
    var additionals: UInt16 = 0
    /// Decides at which record an RRset begins.
    var turn: UInt32 = 0

    init(table: AnswerTable, reader: Int) {
        self.table = table
        self.reader = reader
        self.published = table.published
        self.arena = table.arena.base
        self.name = FoldedName(key: table.key)
        self.other = FoldedName(key: table.key)
        self.followed = .allocate(capacity: Answerer.longestChain)
        self.followed.initialize(repeating: 0, count: Answerer.longestChain)
        self.query = UnsafeRawPointer(followed)
        self.out = UnsafeMutableRawPointer(followed)
    }

    deinit {
        table.epochs.unregister(reader)
        name.deallocate()
        other.deallocate()
        followed.deallocate()
    }

    /// Call once before each batch of answers: what the table dropped earlier may now be used again.
    @inline(__always)
    package func beginBatch() { table.epochs.announce(reader) }

    /// Call before blocking: an idle thread must not hold old versions. `beginBatch` comes before the next answer.
    @inline(__always)
    package func goAway() { table.epochs.leave(reader) }

    /// Answers one query.
    /// - Parameters:
    ///   - message: the query, `length` octets, `Answerer.padding` readable octets behind them.
    ///   - buffer: where the answer goes: `largestDatagram` octets of room over UDP, `largestMessage` over TCP, and
    ///     `padding` more.
    /// - Returns: the answer's length; 0 where there is to be none (a response, or no whole header).
    package mutating func answer(
        _ message: UnsafeRawPointer, length: Int, to buffer: UnsafeMutableRawPointer, over transport: Transport
    ) -> Int {
        guard length >= 12 else { return 0 }
        let flags = UInt16(bigEndian: message.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        // A response is never answered: two servers would talk for ever.
        guard flags & 0x8000 == 0 else { return 0 }
        query = message
        queryLength = length
        out = buffer
        answers = 0
        authorities = 0
        additionals = 0
        isTruncated = false
        isAuthoritative = true
        isStream = transport == .tcp
        hasEDNS = false
        questionEnd = 12
        followedCount = 0
        nameAt = 12

        let fault = parse()
        if fault != Rcode.none {
            isAuthoritative = false
            limit = 512
            end = questionEnd
            return finish(fault, flags)
        }
        limit =
            isStream
            ? Answerer.largestMessage : min(max(clientPayload, 512), Answerer.largestDatagram)
        if hasEDNS { limit &-= 11 }
        end = questionEnd
        return finish(resolve(), flags)
    }

    /// Writes the header, the question and, if the query had one, the OPT record around what has been written.
    @inline(__always)
    private mutating func finish(_ rcode: Rcode, _ flags: UInt16) -> Int {
        out.storeBytes(of: query.loadUnaligned(as: UInt16.self), as: UInt16.self)
        var head: UInt16 = 0x8000 | flags & 0x7910 | rcode.rawValue & 15  // QR; opcode, RD and CD as asked
        if isAuthoritative { head |= 0x0400 }
        if isTruncated && !isStream { head |= 0x0200 }
        out.storeBytes(of: head.bigEndian, toByteOffset: 2, as: UInt16.self)
        (out + 12).copyMemory(from: query + 12, byteCount: questionEnd &- 12)
        if hasEDNS {
            writeOPT(rcode)
            additionals &+= 1
        }
        let questions: UInt16 = questionEnd > 12 ? 1 : 0
        let counts =
            UInt64(questions) &<< 48 | UInt64(answers) &<< 32 | UInt64(authorities) &<< 16 | UInt64(additionals)
        out.storeBytes(of: counts.bigEndian, toByteOffset: 4, as: UInt64.self)
        return end
    }

    /// RFC 6891 6.1.2: root, OPT, our payload size, extended rcode, version 0, DO as asked, no options.
    @inline(__always)
    private mutating func writeOPT(_ rcode: Rcode) {
        let at = out + end
        let first = 0x00_0029 &<< 40 | UInt64(Answerer.payloadSize) &<< 24 | UInt64(rcode.rawValue &>> 4) &<< 16
        at.storeBytes(of: first.bigEndian, as: UInt64.self)
        at.storeBytes(of: (wantsDNSSEC ? 0x8000 : 0 as UInt16).bigEndian, toByteOffset: 7, as: UInt16.self)
        at.storeBytes(of: 0 as UInt16, toByteOffset: 9, as: UInt16.self)
        end &+= 11
    }
}

/// The response codes that an answer can have, and none.
struct Rcode: Equatable {
    let rawValue: UInt16

    static let noError = Rcode(rawValue: 0)
    static let formErr = Rcode(rawValue: 1)
    static let servFail = Rcode(rawValue: 2)
    static let nxDomain = Rcode(rawValue: 3)
    static let notImp = Rcode(rawValue: 4)
    static let refused = Rcode(rawValue: 5)
    static let notAuth = Rcode(rawValue: 9)
    static let badVers = Rcode(rawValue: 16)
    static let none = Rcode(rawValue: .max)
}
