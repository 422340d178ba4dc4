import DNSWire
import NetworkAddress
import Testing

@Suite struct MessageEncodingTests {
    let name = try! DomainName("web.example.com")
    let zone = try! DomainName("example.com")

    func address(_ owner: DomainName, _ last: UInt8) -> ResourceRecord {
        ResourceRecord(owner: owner, ttl: 60, data: .address(IPAddress(v4: 0xC000_0200 | UInt32(last))))
    }

    @Test func queryInWireForm() throws {
        let bytes = try Message(query: try DomainName("a"), type: .aaaa, id: 0x1234, edns: EDNS()).encoded()
        #expect(
            bytes == [
                0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 97, 0, 0, 28, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0,
            ])
    }

    @Test func randomMessagesComeBack() throws {
        let seed = UInt64.random(in: .min ... .max)
        for round in 0..<2_000 {
            var random = RandomMessage(seed: seed &+ UInt64(round), oddLabels: true)
            let message = random.message()
            #expect(try Message(decoding: message.encoded()) == message, "seed \(seed &+ UInt64(round))")
        }
    }

    @Test func namesAreCompressedWithoutRegardToCase() throws {
        var message = Message(query: name, type: .a, id: 1)
        message.answers = [
            ResourceRecord(
                owner: try DomainName("WEB.example.com"), ttl: 1, data: .cname(try DomainName("b.Example.COM")))
        ]
        let bytes = try message.encoded()
        // Question: 12 + 17 + 4. Owner: a pointer; target: one label and a pointer to `example.com` at 16.
        #expect(bytes[33...] == [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 1, 0, 4, 1, 98, 0xC0, 16])
    }

    @Test func targetOfSRVIsNeitherCompressedNorPointedTo() throws {
        let target = try DomainName("pod.web.example.com")
        var message = Message(query: name, type: .srv, id: 1)
        message.answers = [
            ResourceRecord(owner: name, ttl: 1, data: .srv(ServiceLocation(weight: 1, port: 80, target: target)))
        ]
        message.additionals = [address(target, 1)]
        let bytes = try message.encoded()
        let data = 33 + 12
        #expect(Array(bytes[(data + 6)..<(data + 6 + target.wire.count)]) == target.wire)
        #expect(bytes[(data + 6 + target.wire.count)...].starts(with: [3] + Array("pod".utf8) + [0xC0, 12]))
    }

    @Test func namesBehindTheReachOfAPointerAreWrittenOut() throws {
        var message = Message(query: name, type: .txt, id: 1)
        let filler = RecordData.txt([[UInt8]](repeating: [UInt8](repeating: 1, count: 255), count: 40))
        let late = try DomainName("late.test")
        message.answers = [ResourceRecord(owner: name, ttl: 1, data: filler)]
        message.answers += [ResourceRecord(owner: name, ttl: 1, data: filler), address(late, 1), address(late, 2)]
        let bytes = try message.encoded()
        #expect(bytes.count > 0x4000)
        #expect(try Message(decoding: bytes) == message)
    }

    /// Every limit from nothing to everything: only whole records, in the order in which they may go, TC where it must.
    @Test(arguments: [nil, EDNS(options: [.init(code: 3, data: [1, 2])])]) func cutAtEveryLimit(_ edns: EDNS?) throws {
        var message = Message(query: name, type: .a, id: 1, edns: edns)
        message.flags.insert(.response)
        message.answers = (1...5).map { address(name, $0) }
        message.authorities = [ResourceRecord(owner: zone, ttl: 9, data: .ns(try zone.prepending("ns1")))]
        message.authorities += [ResourceRecord(owner: zone, ttl: 9, data: .ns(try zone.prepending("ns2")))]
        message.additionals = [address(try zone.prepending("ns1"), 1), address(try zone.prepending("ns1"), 2)]
        message.additionals += [address(try zone.prepending("ns2"), 3)]
        let whole = try message.encoded()
        let least = try Message(query: name, type: .a, id: 1, edns: edns).encoded().count
        for limit in 0...(whole.count + 1) {
            guard limit >= least else {
                #expect(throws: WireError.self) { try message.encoded(limit: limit) }
                continue
            }
            let bytes = try message.encoded(limit: limit)
            let cut = try Message(decoding: bytes)
            #expect(bytes.count <= limit)
            #expect(cut.edns == edns)
            #expect(cut.answers == Array(message.answers.prefix(cut.answers.count)))
            #expect(cut.authorities == Array(message.authorities.prefix(cut.authorities.count)))
            #expect(cut.additionals == Array(message.additionals.prefix(cut.additionals.count)))
            let complete = cut.answers.count == 5 && cut.authorities.count == 2
            #expect(cut.flags.contains(.truncated) == !complete)
            #expect(cut.authorities.isEmpty || cut.answers.count == 5)
            #expect(cut.additionals.isEmpty || complete)
            // The two addresses of ns1 are one set: both or none.
            #expect(cut.additionals.count != 1)
            #expect(limit < whole.count || bytes == whole)
        }
    }

    @Test func whatWireFormCannotSayIsATypedError() {
        func code(_ change: (inout Message) -> Void) -> WireError.Code? {
            var message = Message(query: name, type: .a, id: 1)
            change(&message)
            do throws(WireError) {
                _ = try message.encoded()
                return nil
            } catch { return error.code }
        }
        func answer(_ data: RecordData) -> WireError.Code? {
            code { $0.answers = [ResourceRecord(owner: zone, ttl: 1, data: data)] }
        }
        let long = [UInt8](repeating: 0, count: 65536)
        #expect(code { $0.rcode = .badVers } == .badOPT)
        #expect(
            code {
                $0.edns = EDNS(); $0.rcode = ResponseCode(rawValue: 4096)
            } == .badOPT)
        #expect(code { $0.edns = EDNS(options: [.init(code: 1, data: long)]) } == .tooLarge)
        #expect(code { $0.questions = [Question](repeating: $0.questions[0], count: 65536) } == .tooLarge)
        #expect(code { $0.questions = [Question](repeating: $0.questions[0], count: 65535) } == .tooLarge)
        #expect(answer(.txt([])) == .badRecordData)
        #expect(answer(.txt([[UInt8](repeating: 0, count: 256)])) == .badRecordData)
        #expect(answer(.other(.hinfo, long)) == .badRecordData)
    }
}
