import DNSWire

extension CacheEntry {
    /// The entry of a response, its times but for the TTL still unsaid; nil where the response has no wire form of at most
    /// 65,535 octets. OPT and TSIG, which are of one hop, are left out; extended errors (RFC 8914) stay.
    init?(_ response: Message, for question: Question, _ key: CacheKey, ttl: UInt32) {
        let additionals = response.additionals.filter { $0.type != .tsig }
        let stored = Message(
            id: 0, questions: [question], answers: response.answers, authorities: response.authorities,
            additionals: additionals)
        guard let octets = try? stored.encoded(), octets[2] & 2 == 0,
            octets[10..<12].elementsEqual(withUnsafeBytes(of: UInt16(additionals.count).bigEndian, Array.init))
        else { return nil }
        let start = 12 + question.name.wire.count + 4
        let options = CacheEntry.extendedErrors(response.edns)
        let count = response.answers.count + response.authorities.count + additionals.count
        self.init(
            nameLength: question.name.wire.count, records: count, length: octets.count - start,
            optionsLength: options.count)
        key.write(to: self)
        setCounts(
            answers: response.answers.count, authorities: response.authorities.count, additionals: additionals.count)
        self.ttl = ttl
        // QR, RD and the opcode are the answer's own.
        flags =
            response.flags.intersection([.authoritative, .recursionAvailable, .authenticData]).rawValue
            | response.rcode.rawValue & 15
        self.octets.copyMemory(from: Array(octets[start...]), byteCount: octets.count - start)
        (self.octets + length).copyMemory(from: options, byteCount: options.count)

        let records = response.answers + response.authorities + additionals
        let sections = [response.answers.count, response.answers.count + response.authorities.count]
        var at = start
        var firstOfSet = 0
        var shapes: [(type: UInt16, owner: UInt16?, size: Int)] = []
        for (index, record) in records.enumerated() {
            let owner = at
            at = CacheEntry.endOfName(at, octets)
            let ttlPlace = at + 4
            let end = at + 10 + (Int(octets[at + 8]) << 8 | Int(octets[at + 9]))
            if index == 0 || sections.contains(index) || !record.isOfSameSet(as: records[index - 1]) {
                firstOfSet = index
            }
            setRecord(index, ttlPlace: ttlPlace - start, end: end - start, firstOfSet: firstOfSet)
            let pointer = at == owner + 2 ? UInt16(octets[owner]) << 8 | UInt16(octets[owner + 1]) : nil
            shapes.append((record.type.rawValue, pointer, end - owner))
            at = end
        }
        run = CacheEntry.lastRun(shapes.prefix(response.answers.count))
    }

    /// The last addresses in the answer section that differ in their data alone.
    private static func lastRun(_ shapes: ArraySlice<(type: UInt16, owner: UInt16?, size: Int)>) -> Run {
        guard
            let last = shapes.indices.last(where: { index in
                let type = shapes[index].type
                return (type == 1 || type == 28) && shapes[index].owner != nil
            })
        else { return Run(first: 0, count: 0, stride: 0) }
        var first = last
        while first > 0, shapes[first - 1] == shapes[last] { first -= 1 }
        return Run(first: first, count: last - first + 1, stride: shapes[last].size)
    }

    /// The offset behind a name of a message that has been encoded here.
    private static func endOfName(_ start: Int, _ octets: [UInt8]) -> Int {
        var at = start
        while octets[at] != 0 {
            if octets[at] >= 0xC0 { return at + 2 }
            at += 1 + Int(octets[at])
        }
        return at + 1
    }

    /// Options of extended errors in wire form, as many as the bound allows.
    private static func extendedErrors(_ edns: EDNS?) -> [UInt8] {
        var octets: [UInt8] = []
        for option in edns?.options ?? [] where option.code == EDNS.Option.extendedError {
            guard octets.count + 4 + option.data.count <= Hit.largestOptions else { break }
            for number in [option.code, UInt16(option.data.count)] {
                octets += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
            }
            octets += option.data
        }
        return octets
    }
}

extension EDNS.Option {
    /// RFC 8914 2.
    fileprivate static let extendedError: UInt16 = 15

    /// Options from their wire form, which is whole.
    fileprivate static func all(_ octets: UnsafeRawBufferPointer) -> [EDNS.Option] {
        var options: [EDNS.Option] = []
        var at = 0
        while at < octets.count {
            let code = UInt16(octets[at]) << 8 | UInt16(octets[at + 1])
            let end = at + 4 + (Int(octets[at + 2]) << 8 | Int(octets[at + 3]))
            options.append(EDNS.Option(code: code, data: Array(octets[(at + 4)..<end])))
            at = end
        }
        return options
    }
}

extension ResourceRecord {
    /// RFC 2181 5: one owner, class and type.
    fileprivate func isOfSameSet(as other: ResourceRecord) -> Bool {
        type == other.type && recordClass == other.recordClass && owner == other.owner
    }
}

extension Hit {
    /// The whole answer: identifier 0, the flags of the upstream's response but for RD and CD, its records in their order.
    /// Extended errors stand in `edns`, which is nil without them.
    func message(for question: Question) throws(WireError) -> Message {
        let asked = try Message(id: 0, questions: [question]).encoded()
        var octets = asked + Array(repeating: 0, count: entry.length)
        let written = octets.withUnsafeMutableBytes { buffer in
            write(after: asked.count, in: buffer.baseAddress!, limit: buffer.count, turn: 0)
        }
        for (offset, count) in [(6, written.answers), (8, written.authorities), (10, written.additionals)] {
            octets[offset] = UInt8(count >> 8)
            octets[offset + 1] = UInt8(count & 0xFF)
        }
        var message = try Message(decoding: octets)
        message.flags = MessageFlags(rawValue: entry.flags).intersection(.all).union(.response)
        message.rcode = ResponseCode(rawValue: rcode)
        let options = EDNS.Option.all(extendedErrors)
        if !options.isEmpty { message.edns = EDNS(options: options) }
        return message
    }
}
