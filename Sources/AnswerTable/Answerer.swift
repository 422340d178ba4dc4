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
    /// The OPT record of an answer.
    enum OPT: UInt8 {
        /// The query has none.
        case none
        /// It goes behind everything else, without options.
        case due
        /// It stands in the answer.
        case written
    }

    static let authoritative: UInt16 = 0x0400
    static let truncated: UInt16 = 0x0200
    static let recursionAvailable: UInt16 = 0x0080
    static let authentic: UInt16 = 0x0020
    /// The longest chain of CNAMEs that is followed.
    static let longestChain = 24

    let table: AnswerTable
    let ownZones: ZoneSet.Reader
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
    /// The zone that did not have the name, after `look` said `.absent`.
    var absentIn: UnsafeMutableRawPointer

    // The query.
    var queryLength = 0
    var questionEnd = 0
    /// Something has been written over what stood behind the question.
    var hasOverwritten = false
    /// QTYPE as it lies in the message.
    var wireType: UInt16 = 0
    /// What of the OPT record is to be done; without EDNS there is none.
    var opt = OPT.none
    var wantsDNSSEC = false
    var wantsNSID = false
    var ednsVersion: UInt8 = 0

    /// What `beginDirectly` found wrong with the query.
    package private(set) var fault = Rcode.none

    // The answer.
    /// The message: first the query, then the answer in its place.
    var out: UnsafeMutableRawPointer
    /// Where the OPT record begins that is written already.
    var optAt = 0
    /// What was written last of why something is denied: the RDATA of a `Reason`; nil: nothing has been.
    var reason: UnsafeRawPointer?
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

    // What is so for every query of a batch, or a server block.
    /// The zones that answer without a look at anything else (`AnswerTable.letAnswerDirectly`).
    var directWord = ZoneCell.directWord(tag: ZoneSet.onlySet)
    var directZones: ZoneSet.Reader
    /// AA, and RA where there is somebody who recurses.
    var usualFlags = Answerer.authoritative
    /// The largest datagram that a client is believed to take.
    var largestDatagram = Answerer.largestDatagram

    init(table: AnswerTable, reader: Epochs.Reader) {
        self.table = table
        self.reader = reader
        self.published = table.published
        self.ownZones = table.zones.reader
        self.directZones = ownZones
        self.arena = table.arena.base
        self.name = FoldedName(key: table.key)
        self.other = FoldedName(key: table.key)
        self.labels = .allocate(capacity: 128)
        self.labels.initialize(repeating: 0, count: 128)
        self.followed = .allocate(capacity: Answerer.longestChain)
        self.followed.initialize(repeating: 0, count: Answerer.longestChain)
        self.out = UnsafeMutableRawPointer(followed)
        self.absentIn = out
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

        package static let none = Reply(length: 0, rcode: 0, type: 0, wantsDNSSEC: false)

        package init(length: Int, rcode: UInt16, type: UInt16, wantsDNSSEC: Bool) {
            self.length = length
            self.rcode = rcode
            self.type = type
            self.wantsDNSSEC = wantsDNSSEC
        }
    }

    package var type: UInt16 { UInt16(bigEndian: wireType) }

    /// Answers one query in its own place from the table's own set of zones: header and question stay where they are.
    /// - Parameter message: the query, `length` octets; room for `largestDatagram` octets over UDP, `largestMessage` over
    ///   TCP, and `padding` more, all readable.
    package mutating func answer(_ message: UnsafeMutableRawPointer, length: Int, over transport: Transport) -> Reply {
        guard let fault = begin(message, length: length, over: transport) else { return .none }
        if fault != Rcode.none { return refuse(fault) }
        if let rcode = answerDirectly() { return finish(rcode) }
        switch look(in: ownZones) {
        case .answered(let rcode): return finish(rcode)
        case .absent: return finish(denyAbsent())
        // RFC 1034 3.4.1: the CNAME alone, whoever asks goes on elsewhere.
        case .leaves: return finish(.noError)
        case .outside: return refuse(outside)
        }
    }

    /// What a question is told that is nobody's here.
    package var outside: Rcode { type == Wire.axfr || type == Wire.ixfr ? .notAuth : .refused }

    /// Reads a query and answers it in its place where a zone does so directly (`AnswerTable.letAnswerDirectly`): in one
    /// call, because most queries need no other.
    /// - Parameter message: as for `answer`.
    /// - Returns: of length 0 where it takes more: then `fault` says what is wrong with the query, if anything is. Of a
    ///   negative length where there must be no answer.
    package mutating func beginDirectly(
        _ message: UnsafeMutableRawPointer, length: Int, over transport: Transport
    ) -> Reply {
        guard let fault = begin(message, length: length, over: transport) else {
            return Reply(length: -1, rcode: 0, type: 0, wantsDNSSEC: false)
        }
        if fault == Rcode.none && !wantsNSID {
            if let rcode = answerDirectly() { return finish(rcode) }
        }
        self.fault = fault
        return .none
    }

    /// Reads a query. What is answered, is written in its place.
    /// - Returns: `.none` where there is a question to answer, the rcode that says what is wrong with it (to `refuse`), nil
    ///   where there must be no answer: a response, or no whole header.
    @inline(__always)
    package mutating func begin(
        _ message: UnsafeMutableRawPointer, length: Int, over transport: Transport
    ) -> Rcode? {
        guard length >= 12 else { return nil }
        // A response is never answered: two servers would talk for ever.
        guard message.load(fromByteOffset: 2, as: UInt8.self) & 0x80 == 0 else { return nil }
        queryLength = length
        out = message
        isStream = transport == .tcp
        flagsOfTransport = isStream ? ~Answerer.truncated : .max
        limit = isStream ? Answerer.largestMessage : 512
        opt = .none
        wantsDNSSEC = false
        wantsNSID = false
        wireType = 0
        questionEnd = 12
        hasOverwritten = false
        let fault = parse()
        rewind()
        return fault
    }

    /// Forgets what has been written; the name looked for has to be the question's still.
    @inline(__always)
    private mutating func rewind() {
        counts = 1 &<< 48
        flags = usualFlags
        followedCount = 0
        nameAt = 12
        end = questionEnd
    }

    /// Forgets what has been written, to answer the question in another way.
    package mutating func beginAgain() {
        if end > questionEnd { hasOverwritten = true }
        if opt == .written { opt = .due }
        rewind()
        _ = name.read(out + 12, available: questionEnd &- 12)
    }

    /// Most queries are for a set that is there, at a name of a zone that nobody else has a say in: one probe.
    /// - Returns: nil where it takes more than that.
    @inline(__always)
    package mutating func answerDirectly() -> Rcode? {
        let node = index.find(hash: name.hash, zone: nil, name.words, length: name.length, arena: arena)
        guard let node else { return denyDirectly() }
        let zone = cell(node)
        guard zone.answersDirectly(directWord) else { return nil }
        if let set = node.set(wire: wireType) {
            writeSet(set)
            return .noError
        }
        return answerDirectly(node, zone)
    }

    /// An answer without records, not authoritative.
    package mutating func refuse(_ rcode: Rcode) -> Reply {
        beginRefusal()
        return finish(rcode)
    }

    /// Writes the header in front of what has been written, and the OPT record behind it if the query had one.
    @inline(__always)
    package mutating func finish(_ rcode: Rcode) -> Reply {
        // QR, opcode, RD and CD as asked, AA, TC.
        let asked = out.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        let kept = (0x7910 as UInt16).bigEndian
        let said = 0x8000 | flags & flagsOfTransport | rcode.rawValue & 15
        out.storeBytes(of: asked & kept | said.bigEndian, toByteOffset: 2, as: UInt16.self)
        var length = end
        var counts = self.counts
        if opt == .due {
            writeOPT(rcode, at: out + end)
            length &+= 11
            counts &+= 1
        }
        out.storeBytes(of: counts.bigEndian, toByteOffset: 4, as: UInt64.self)
        return Reply(length: length, rcode: rcode.rawValue, type: type, wantsDNSSEC: wantsDNSSEC)
    }

    /// RFC 6891 6.1.2: root, OPT, our payload size, extended rcode, version 0, DO as asked, no options.
    @inline(__always)
    func writeOPT(_ rcode: Rcode, at place: UnsafeMutableRawPointer) {
        let first = 0x00_0029 &<< 40 | UInt64(Answerer.payloadSize) &<< 24 | UInt64(rcode.rawValue &>> 4) &<< 16
        place.storeBytes(of: first.bigEndian, as: UInt64.self)
        place.storeBytes(of: (wantsDNSSEC ? 0x8000 : 0 as UInt16).bigEndian, toByteOffset: 7, as: UInt16.self)
        place.storeBytes(of: 0 as UInt16, toByteOffset: 9, as: UInt16.self)
    }
}

/// The response codes that an answer can have, and none.
package struct Rcode: Equatable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let noError = Rcode(rawValue: 0)
    static let formErr = Rcode(rawValue: 1)
    package static let servFail = Rcode(rawValue: 2)
    package static let nxDomain = Rcode(rawValue: 3)
    static let notImp = Rcode(rawValue: 4)
    package static let refused = Rcode(rawValue: 5)
    static let notAuth = Rcode(rawValue: 9)
    static let badVers = Rcode(rawValue: 16)
    package static let none = Rcode(rawValue: .max)
}
