import DNSWire
import NetworkAddress
import Testing

@Suite struct MessageDecodingTests {
    /// A header with counts of questions, answers, authorities and additionals.
    static func header(_ counts: UInt8..., flags: [UInt8] = [0, 0]) -> [UInt8] {
        [0x12, 0x34] + flags + (0..<4).flatMap { [0, $0 < counts.count ? counts[$0] : 0] }
    }

    static let question: [UInt8] = [1, 97, 0, 0, 1, 0, 1]
    static let opt: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]

    struct Malformed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var error: WireError

        init(_ what: String, _ bytes: [UInt8], _ code: WireError.Code, at offset: Int) {
            self.testDescription = what
            self.bytes = bytes
            self.error = WireError(code, at: offset)
        }
    }

    /// An answer record with owner `.`, class IN and TTL 0.
    static func answer(_ type: UInt8, length: Int? = nil, _ data: [UInt8]) -> [UInt8] {
        header(0, 1) + [0, 0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(length ?? data.count)] + data
    }

    static let malformed: [Malformed] = [
        .init("empty", [], .truncated, at: 0),
        .init("half a header", Array(header().prefix(7)), .truncated, at: 6),
        .init("question announced and not there", header(1), .truncated, at: 12),
        .init("question without class", header(1) + question.dropLast(2), .truncated, at: 17),
        .init("label over the end", header(1) + [5, 97], .truncated, at: 12),
        .init("label type 01", header(1) + [0x41, 0, 0, 1, 0, 1], .badLabel, at: 12),
        .init("label type 10", header(1) + [0x80, 0, 0, 1, 0, 1], .badLabel, at: 12),
        .init("pointer to itself", header(1) + [0xC0, 12, 0, 1, 0, 1], .badPointer, at: 12),
        .init("pointer forwards", header(1) + [0xC0, 14, 0, 0, 1, 0, 1], .badPointer, at: 12),
        .init("pointer into the header", header(1) + [0xC0, 2, 0, 1, 0, 1], .badPointer, at: 12),
        .init("half a pointer", header(1) + [0xC0], .truncated, at: 12),
        .init("pointer to the label in front of it", header(1) + [1, 97, 0xC0, 12, 0, 1, 0, 1], .badPointer, at: 14),
        .init(
            "name of 256 octets", header(1) + (0..<4).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) } + [0],
            .nameTooLong, at: 12 + 192),
        .init(
            "name too long by a pointer",
            header(2) + (0..<3).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) } + [0, 0, 1, 0, 1]
                + [63] + [UInt8](repeating: 98, count: 63) + [0xC0, 12, 0, 1, 0, 1],
            .nameTooLong, at: 12 + 128),
        .init("trailing octet", header(1) + question + [0], .trailingBytes, at: 19),
        .init("answer announced and not there", header(1, 1) + question, .truncated, at: 19),
        .init("every count 65,535", [0, 0, 0, 0] + [UInt8](repeating: 255, count: 8), .truncated, at: 12),
        .init("RDATA over the end", answer(1, length: 4, [10, 0, 0]), .truncated, at: 23),
        .init("A of 3 octets", answer(1, [10, 0, 0]), .badRecordData, at: 23),
        .init("A of 5 octets", answer(1, [10, 0, 0, 1, 2]), .badRecordData, at: 27),
        .init("AAAA of 4 octets", answer(28, [10, 0, 0, 1]), .badRecordData, at: 23),
        .init("TXT without a string", answer(16, []), .badRecordData, at: 23),
        .init("TXT string over the end", answer(16, [3, 97, 98]), .badRecordData, at: 24),
        .init("CNAME and an octet more", answer(5, [0, 0]), .badRecordData, at: 24),
        .init("CNAME that ends inside a label", answer(5, [3, 97]), .badRecordData, at: 23),
        .init("CNAME that points to itself", answer(5, [0xC0, 23]), .badPointer, at: 23),
        .init("SRV without target", answer(33, [0, 0, 0, 0, 0, 53]), .badRecordData, at: 29),
        .init("SOA without numbers", answer(6, [0, 0, 0, 0, 0, 1]), .badRecordData, at: 29),
        .init("NAPTR string over the end", answer(35, [0, 1, 0, 1, 9]), .badRecordData, at: 28),
        .init("OPT as answer", header(0, 1) + opt, .badOPT, at: 12),
        .init("OPT as authority", header(0, 0, 1) + opt, .badOPT, at: 12),
        .init("two OPT", header(0, 0, 0, 2) + opt + opt, .badOPT, at: 23),
        .init("OPT below a name", header(0, 0, 0, 1) + [1, 97] + opt, .badOPT, at: 12),
        .init(
            "option over the end", header(0, 0, 0, 1) + opt.dropLast() + [4, 0, 10, 0, 8], .badRecordData, at: 27),
        .init("half an option", header(0, 0, 0, 1) + opt.dropLast() + [3, 0, 10, 0], .badRecordData, at: 25),
    ]

    @Test(arguments: malformed) func malformedMessageIsATypedError(_ entry: Malformed) {
        #expect(throws: entry.error) { try Message(decoding: entry.bytes) }
    }

    @Test func headerFlagsAndCodes() throws {
        let table: [([UInt8], MessageFlags, UInt8, ResponseCode)] = [
            ([0x80, 0x00], .response, 0, .noError), ([0x04, 0x00], .authoritative, 0, .noError),
            ([0x02, 0x00], .truncated, 0, .noError), ([0x01, 0x00], .recursionDesired, 0, .noError),
            ([0x00, 0x80], .recursionAvailable, 0, .noError), ([0x00, 0x20], .authenticData, 0, .noError),
            ([0x00, 0x10], .checkingDisabled, 0, .noError), ([0x28, 0x00], [], 5, .noError),
            ([0x00, 0x03], [], 0, .nxDomain), ([0x00, 0x40], [], 0, .noError),
        ]
        for (bytes, flags, opcode, rcode) in table {
            let message = try Message(decoding: Self.header(flags: bytes))
            #expect(message == Message(id: 0x1234, flags: flags, opcode: opcode, rcode: rcode))
        }
    }

    @Test func extendedCodeAndOptionsComeFromOPT() throws {
        let bytes =
            Self.header(0, 0, 0, 1, flags: [0x80, 0x00])
            + [0, 0, 41, 4, 208, 1, 0, 0x80, 0, 0, 6, 0, 10, 0, 2, 7, 8]
        let message = try Message(decoding: bytes)
        #expect(message.rcode == .badVers)
        #expect(message.edns == EDNS(dnssecOK: true, options: [.init(code: 10, data: [7, 8])]))
        #expect(message.additionals.isEmpty)
    }

    @Test func compressedNamesOfOldTypesAreOpened() throws {
        // An RP record (RFC 1183) with both names as pointers to the question's.
        let bytes = Self.header(1, 1) + Self.question + [0xC0, 12, 0, 17, 0, 1, 0, 0, 0, 0, 0, 4, 0xC0, 12, 0xC0, 12]
        let message = try Message(decoding: bytes)
        #expect(message.answers.first?.data == .other(RecordType("RP")!, [1, 97, 0, 1, 97, 0]))
    }

    @Test func timeToLiveWithItsFirstBitSetIsZero() throws {
        let bytes = Self.header(0, 1) + [0, 0, 1, 0, 1, 0x80, 0, 0, 1, 0, 4, 10, 0, 0, 1]
        #expect(try Message(decoding: bytes).answers.first?.ttl == 0)
    }

    @Test func updateMayHaveRecordsWithoutData() throws {
        // RFC 2136 2.5.2: delete the A set of the root.
        let bytes = Self.header(0, 0, 1, flags: [0x28, 0]) + [0, 0, 1, 0, 255, 0, 0, 0, 0, 0, 0]
        let record = try #require(try Message(decoding: bytes).authorities.first)
        #expect(record.recordClass == .any && record.data == .other(.a, []))
    }

    /// A response with every section, compression and OPT.
    static func full() throws -> Message {
        let name = try DomainName("web.default.svc.cluster.local")
        let zone = try DomainName("cluster.local")
        var message = Message(query: name, type: .srv, id: 7, edns: EDNS(options: [.init(code: 10, data: [1, 2, 3])]))
        message.flags.insert([.response, .authoritative])
        let target = try name.prepending("a")
        message.answers = [
            ResourceRecord(
                owner: name, ttl: 5, data: .srv(ServiceLocation(weight: 1, port: 80, target: target))),
            ResourceRecord(owner: name, ttl: 5, data: .txt([Array("one".utf8), []])),
        ]
        message.authorities = [
            ResourceRecord(
                owner: zone, ttl: 5,
                data: .soa(
                    StartOfAuthority(
                        primary: zone, mailbox: try zone.prepending("hostmaster"), serial: 1, refresh: 2, retry: 3,
                        expire: 4, minimum: 5)))
        ]
        message.additionals = [ResourceRecord(owner: target, ttl: 5, data: .address(.init("10.0.0.1")!))]
        return message
    }

    @Test func everyPrefixOfAMessageIsATypedError() throws {
        let bytes = try Self.full().encoded()
        #expect(try Message(decoding: bytes) == Self.full())
        for length in 0..<bytes.count {
            #expect(throws: WireError.self, "\(length) octets") { try Message(decoding: bytes.prefix(length)) }
        }
    }

    @Test func noCorruptedOctetTraps() throws {
        let bytes = try Self.full().encoded()
        var read = 0
        for index in bytes.indices {
            var corrupted = bytes
            for value in UInt8.min ... .max {
                corrupted[index] = value
                do throws(WireError) {
                    let message = try Message(decoding: corrupted)
                    // What can be read can be written, and means the same then; one value in 16, for the time it takes.
                    guard value % 16 == UInt8(index % 16) else { continue }
                    let again = try message.encoded()
                    if try Message(decoding: again) == message { read += 1 }
                } catch {
                    #expect((0...bytes.count).contains(error.offset))
                }
            }
        }
        #expect(read > bytes.count / 2)
    }

    @Test func randomOctetsDoNotTrap() {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomMessage(seed: seed)
        for _ in 0..<20_000 {
            let bytes = random.bytes(upTo: 60)
            let counts = Self.header(1, 1, 0, 1)
            do throws(WireError) {
                _ = try Message(decoding: counts + bytes)
            } catch {
                #expect((0...(bytes.count + 12)).contains(error.offset), "seed \(seed)")
            }
        }
    }
}
