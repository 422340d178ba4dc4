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
    static let authoritative: UInt16 = 0x0400
    static let truncated: UInt16 = 0x0200
    /// The longest chain of CNAMEs that is followed.
    static let longestChain = 24

    let table: AnswerTable
    let reader: Epochs.Reader
    let published: AnswerTable.Published
    let arena: UnsafeMutableRawPointer

    /// The name that is looked for: the question's, then the target of each CNAME.
    var name: FoldedName
    /// A name that is made up to look for: a wildcard, the parent.
    var other: FoldedName
    /// Where the labels of `name` begin, the top one last: made when somebody needs them.
    let labels: UnsafeMutablePointer<UInt8>
    /// The nodes of the CNAMEs followed so far.
    let followed: UnsafeMutablePointer<UInt>
    var followedCount = 0

    // The query.
    var queryLength = 0
    var questionEnd = 0
    /// QTYPE as it lies in the message.
    var wireType: UInt16 = 0
    var hasEDNS = false
    var wantsDNSSEC = false
    var ednsVersion: UInt8 = 0

    // The answer.
    /// The message: first the query, then the answer in its place.
    var out: UnsafeMutableRawPointer
    /// Where the next record goes, and where the message has to end but for the OPT record.
    var end = 0
    var limit = 0
    var isStream = false
    /// Bits of the header that the answer sets: AA and TC.
    var flags = Answerer.authoritative
    /// Bits that it may have: a stream's message that could not hold all says so to nobody, there is no larger one.
    var flagsOfTransport: UInt16 = 0
    /// Where the name that is looked for stands in the answer.
    var nameAt = 12
    /// QDCOUNT, ANCOUNT, NSCOUNT and ARCOUNT, from the highest 16 bits down.
    var counts: UInt64 = 0
    /// Decides at which record an RRset begins.
    var turn: UInt32 = 0

    init(table: AnswerTable, reader: Epochs.Reader) {
        self.table = table
        self.reader = reader
        self.published = table.published
        self.arena = table.arena.base
        self.name = FoldedName(key: table.key)
        self.other = FoldedName(key: table.key)
        self.labels = .allocate(capacity: 128)
        self.labels.initialize(repeating: 0, count: 128)
        self.followed = .allocate(capacity: Answerer.longestChain)
        self.followed.initialize(repeating: 0, count: Answerer.longestChain)
        self.out = UnsafeMutableRawPointer(followed)
    }

    deinit {
        table.epochs.unregister(reader)
        name.deallocate()
        other.deallocate()
        labels.deallocate()
        followed.deallocate()
    }

    /// Call once before each batch of answers: what the table dropped earlier may now be used again.
    @inline(__always)
    package mutating func beginBatch() { reader.announce() }

    /// Call before blocking: an idle thread must not hold old versions. `beginBatch` comes before the next answer.
    @inline(__always)
    package mutating func goAway() { reader.leave() }

    /// An answer that stands where its query was.
    package struct Reply {
        /// Octets; 0 where there is to be none (the query was a response, or no whole header).
        package let length: Int
        /// EDNS's upper bits included: at most 16, BADVERS.
        package let rcode: UInt16
        /// QTYPE; 0 where it could not be read.
        package let type: UInt16
        /// The query's DO bit.
        package let wantsDNSSEC: Bool

        static let none = Reply(length: 0, rcode: 0, type: 0, wantsDNSSEC: false)
    }

    var type: UInt16 { UInt16(bigEndian: wireType) }

    /// Answers one query in its own place: header and question stay where they are.
    /// - Parameter message: the query, `length` octets; room for `largestDatagram` octets over UDP, `largestMessage` over
    ///   TCP, and `padding` more, all readable.
    package mutating func answer(_ message: UnsafeMutableRawPointer, length: Int, over transport: Transport) -> Reply {
        guard length >= 12 else { return .none }
        // A response is never answered: two servers would talk for ever.
        guard message.load(fromByteOffset: 2, as: UInt8.self) & 0x80 == 0 else { return .none }
        queryLength = length
        out = message
        counts = 1 &<< 48
        flags = Answerer.authoritative
        isStream = transport == .tcp
        flagsOfTransport = isStream ? ~Answerer.truncated : .max
        limit = isStream ? Answerer.largestMessage : 512
        hasEDNS = false
        wantsDNSSEC = false
        wireType = 0
        questionEnd = 12
        followedCount = 0
        nameAt = 12

        let fault = parse()
        if fault != Rcode.none {
            flags = 0
            end = questionEnd
            if questionEnd == 12 { counts = 0 }
            return finish(fault)
        }
        end = questionEnd
        // Most queries are for a set that is there, at a name of a zone that nobody else has a say in: one probe.
        let node = index.find(hash: name.hash, zone: nil, name.words, length: name.length, arena: arena)
        if let node, cell(node).answersDirectly, let set = node.set(wire: wireType) {
            writeSet(set)
            return finish(.noError)
        }
        return finish(resolve(node))
    }

    /// Writes the header in front of what has been written, and the OPT record behind it if the query had one.
    @inline(__always)
    private mutating func finish(_ rcode: Rcode) -> Reply {
        // QR, opcode, RD and CD as asked, AA, TC.
        let asked = out.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        let kept = (0x7910 as UInt16).bigEndian
        let said = 0x8000 | flags & flagsOfTransport | rcode.rawValue & 15
        out.storeBytes(of: asked & kept | said.bigEndian, toByteOffset: 2, as: UInt16.self)
        var length = end
        var counts = self.counts
        if hasEDNS {
            writeOPT(rcode, at: out + end)
            length &+= 11
            counts &+= 1
        }
        out.storeBytes(of: counts.bigEndian, toByteOffset: 4, as: UInt64.self)
        return Reply(length: length, rcode: rcode.rawValue, type: type, wantsDNSSEC: wantsDNSSEC)
    }

    /// RFC 6891 6.1.2: root, OPT, our payload size, extended rcode, version 0, DO as asked, no options.
    @inline(__always)
    private func writeOPT(_ rcode: Rcode, at place: UnsafeMutableRawPointer) {
        let first = 0x00_0029 &<< 40 | UInt64(Answerer.payloadSize) &<< 24 | UInt64(rcode.rawValue &>> 4) &<< 16
        place.storeBytes(of: first.bigEndian, as: UInt64.self)
        place.storeBytes(of: (wantsDNSSEC ? 0x8000 : 0 as UInt16).bigEndian, toByteOffset: 7, as: UInt16.self)
        place.storeBytes(of: 0 as UInt16, toByteOffset: 9, as: UInt16.self)
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
