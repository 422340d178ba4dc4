import DNSWire
import NetworkAddress
import TestSupport
import Testing

@testable import AnswerTable

@Suite struct LimitsTests {
    private func headless(_ count: Int) -> (Bench, AnswerTable.Zone) {
        let bench = Bench()
        let zone = bench.zone("z.")
        let data = (0..<count).map { RecordData.address(IPAddress(v4: 0x0A00_0000 + UInt32($0))) }
        bench.table.apply([.set(name("h.z."), [RecordSet(.a, ttl: 5, data)])], to: [zone])
        return (bench, zone)
    }

    @Test(arguments: [
        (1, nil, 1, false), (30, nil, 30, false), (31, nil, 30, true), (72, 1232, 72, false), (200, 1232, 75, true),
    ])
    func datagramsAreCutOnWholeRecords(count: Int, payload: UInt16?, fits: Int, isCut: Bool) throws {
        let (bench, _) = headless(count)
        let answer = try bench.ask("h.z.", payload: payload)
        #expect(answer.answers.count == fits)
        #expect(answer.flags.contains(.truncated) == isCut)
        #expect((answer.edns != nil) == (payload != nil))
    }

    @Test func overTCPAllAddressesOrAsManyAsAMessageHolds() throws {
        let (bench, _) = headless(4000)
        #expect(try bench.ask("h.z.", over: .tcp).answers.count == 4000)
        let (large, _) = headless(10_000)
        let first = try large.ask("h.z.", over: .tcp)
        #expect(first.answers.count == 4094)
        #expect(!first.flags.contains(.truncated))
        #expect(first.answers != (try large.ask("h.z.", over: .tcp)).answers, "another part each time")
    }

    @Test func everyAddressGetsItsTurn() throws {
        let (bench, _) = headless(8)
        let firsts = try (0..<64).map { _ in try bench.ask("h.z.").answers[0].data }
        #expect(Set(firsts).count == 8)
    }

    @Test func additionalRecordsAreLeftOutBeforeAnAnswerIs() throws {
        let bench = Bench()
        let zone = bench.zone("z.")
        let count = 9
        let data: [RecordData] = (0..<count).map {
            .srv(ServiceLocation(weight: 1, port: 80, target: name("a-rather-long-pod-name-\($0).z.")))
        }
        let glue = (0..<count).map { RecordSet.Glue(record: $0, address: IPAddress(v4: UInt32($0))) }
        bench.table.apply([.set(name("s.z."), [RecordSet(.srv, ttl: 5, data, glue: glue)])], to: [zone])
        let answer = try bench.ask("s.z.", .srv)
        #expect(answer.answers.count == count)
        #expect(!answer.flags.contains(.truncated))
        #expect(answer.additionals.count < count)
    }

    /// RFC 8906 and RFC 9619, octet by octet: query, then `rcode qdcount` or `-` for silence.
    @Test func oddQueries() throws {
        let bench = Bench()
        _ = bench.zone("z.")
        let question: [UInt8] = [1, 122, 0, 0, 6, 0, 1]
        let opt: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
        func head(_ flags: UInt16 = 0, _ counts: [UInt8] = [1, 0, 0, 0]) -> [UInt8] {
            [1, 2] + octets(flags) + counts.flatMap { [0, $0] }
        }
        let table: [(String, [UInt8], String)] = [
            ("a plain query", head() + question, "0 1"),
            ("RD and CD are copied", head(0x0110) + question, "0 1"),
            ("the Z bit, AD and TC are not", head(0x0260) + question, "0 1"),
            ("a response", head(0x8000) + question, "-"),
            ("nothing", [], "-"),
            ("eleven octets", Array(head().dropLast()), "-"),
            ("a header alone that says there is a question", head(), "1 0"),
            ("no question", head(0, [0, 0, 0, 0]), "1 0"),
            ("two questions", head(0, [2, 0, 0, 0]) + question + question, "1 0"),
            ("a question cut", head() + question.dropLast(), "1 0"),
            ("a label that is not whole", head() + [5, 122, 0, 0, 6, 0, 1], "1 0"),
            ("a pointer as the name", head() + [0xC0, 12, 0, 6, 0, 1], "1 0"),
            ("octets behind the end", head() + question + [0], "1 1"),
            ("an answer that is not there", head(0, [1, 1, 0, 0]) + question, "1 1"),
            ("notify", head(0x2000) + question, "4 1"),
            ("update", head(0x2800) + question, "4 1"),
            ("opcode 15", head(0x7800) + question, "4 1"),
            ("class CHAOS", head() + [1, 122, 0, 0, 6, 0, 3], "5 1"),
            ("class ANY", head() + [1, 122, 0, 0, 6, 0, 255], "5 1"),
            ("type OPT", head() + [1, 122, 0, 0, 41, 0, 1], "1 1"),
            ("EDNS", head(0, [1, 0, 0, 1]) + question + opt, "0 1"),
            ("EDNS version 1", head(0, [1, 0, 0, 1]) + question + [0, 0, 41, 4, 208, 0, 1, 0x80, 0, 0, 0], "16 1"),
            ("two OPT", head(0, [1, 0, 0, 2]) + question + opt + opt, "1 1"),
            ("OPT in the answer section", head(0, [1, 1, 0, 0]) + question + opt, "1 1"),
            ("OPT of another name", head(0, [1, 0, 0, 1]) + question + [1, 122] + opt, "1 1"),
            ("OPT cut", head(0, [1, 0, 0, 1]) + question + opt.dropLast(), "1 1"),
            ("OPT with half an option", head(0, [1, 0, 0, 1]) + question + opt.dropLast() + [3, 0, 10, 0], "1 1"),
            ("an unknown option", head(0, [1, 0, 0, 1]) + question + opt.dropLast() + [4, 0, 99, 0, 0], "0 1"),
            (
                "an A record in additional",
                head(0, [1, 0, 0, 1]) + question + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0], "0 1"
            ),
            (
                "a pointer forwards", head(0, [1, 0, 0, 1]) + question + [0xC0, 200, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
                "1 1"
            ),
        ]
        for (what, query, expected) in table {
            guard let answer = bench.raw(query) else {
                #expect(expected == "-", "\(what): silence")
                continue
            }
            let message = try Message(decoding: answer)
            #expect("\(message.rcode.rawValue) \(message.questions.count)" == expected, "\(what)")
            #expect(answer[0...1] == [1, 2], "\(what): id")
            #expect(message.flags.contains(.response), "\(what): QR")
            #expect(answer[3] & 0x60 == 0, "\(what): Z and AD are 0")
            #expect(answer[2] & 0x79 == query[2] & 0x79, "\(what): opcode and RD")
            #expect(answer[3] & 0x10 == query[3] & 0x10, "\(what): CD")
        }
        let badVersion = try Message(decoding: try #require(bench.raw(table[21].1)))
        #expect(badVersion.edns?.payloadSize == 1232)
        #expect(badVersion.edns?.dnssecOK == true)
        #expect(badVersion.answers.isEmpty)
    }

    /// Every cut and every changed octet of a query is answered, or not, but never more than that.
    @Test func noQueryIsTooOdd() throws {
        let bench = Bench()
        let zone = bench.zone("cluster.local.")
        bench.table.apply([.set(name("web.default.svc.cluster.local."), [a("10.0.0.1")])], to: [zone])
        var message = Message(query: name("web.default.svc.cluster.local."), type: .a, id: 1)
        message.edns = EDNS(payloadSize: 1232, version: 0, dnssecOK: true, options: [.init(code: 10, data: [1, 2, 3])])
        let query = try message.encoded()
        for length in 0...query.count {
            _ = bench.raw(Array(query.prefix(length)))
        }
        for place in query.indices {
            for value in [UInt8](0...255) {
                var changed = query
                changed[place] = value
                if let answer = bench.raw(changed) { _ = try Message(decoding: answer) }
            }
        }
    }
}

@Suite struct SuffixTests {
    /// Names, targets that end in suffixes, and addresses come and go in any order; when all have gone, so has every
    /// suffix, and the names are as told all the while.
    @Test(arguments: 0..<20) func whatNobodyNeedsGoes(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let bench = Bench()
        let cluster = bench.zone("z.")
        let reverse = bench.zone("r.")
        let before = (bench.table.suffixesLive, bench.table.nameCount)
        var there: Set<Int> = []
        func change(_ number: Int, to isThere: Bool) {
            let service = "s\(number % 3).n.z."
            let endpoint = name("e\(number).\(service)")
            let pointer = name("\(number).r.")
            if isThere {
                let srv = RecordData.srv(ServiceLocation(weight: 1, port: UInt16(number), target: endpoint))
                let glue = [RecordSet.Glue(record: 0, address: IPAddress(v4: UInt32(number)))]
                bench.table.apply(
                    [
                        .set(name("_p\(number)._tcp.\(service)"), [RecordSet(.srv, ttl: 5, [srv], glue: glue)]),
                        .set(endpoint, [RecordSet(.a, ttl: 5, [.address(IPAddress(v4: UInt32(number)))])]),
                    ], to: [cluster])
                bench.table.apply([.insert(pointer, ttl: 5, .ptr(endpoint), first: false)], to: [reverse])
            } else {
                bench.table.apply([.withdraw(pointer, .ptr(endpoint))], to: [reverse])
                bench.table.apply([.remove(endpoint), .remove(name("_p\(number)._tcp.\(service)"))], to: [cluster])
            }
        }
        for _ in 0..<300 {
            let number = Int.random(in: 0..<24, using: &random)
            if there.remove(number) == nil { there.insert(number) }
            change(number, to: there.contains(number))
            let asked = Int.random(in: 0..<24, using: &random)
            let target = "e\(asked).s\(asked % 3).n.z."
            let pointer = try bench.ask("\(asked).r.", .ptr)
            #expect(pointer.answers.map(\.data) == (there.contains(asked) ? [.ptr(name(target))] : []))
            let location = try bench.ask("_p\(asked)._tcp.s\(asked % 3).n.z.", .srv)
            #expect(location.answers.count == (there.contains(asked) ? 1 : 0))
            #expect(location.additionals.map(\.owner) == (there.contains(asked) ? [name(target)] : []))
        }
        for number in there { change(number, to: false) }
        #expect((bench.table.suffixesLive, bench.table.nameCount) == before)
    }
}
