import DNSWire
import NetworkAddress

/// Records on their way from a server to this program's other commands: two octets of length, then the contents, whose
/// first octet says what they are.
///
/// A record: the six words of its entry with the time since 1970, octets of the search try (number, total), the Pod's name
/// with its length, the message's first octets. A loss: eight octets of how many answers. Numbers as this machine has them:
/// both ends are one program.
package enum TapFrames {
    package static let contentType = "application/vnd.clusterdns.tap"

    private enum Kind: UInt8 {
        case record = 1
        case loss = 2
    }

    package enum Item: Hashable, Sendable {
        case record(QueryRecord)
        case loss(Int)
    }

    package static func write(_ record: QueryRecord, to stream: inout [UInt8]) {
        let pod = (record.pod ?? "").utf8.prefix(255)
        var marks = TapEntry.Marks()
        if record.isStream { marks.insert(.stream) }
        if record.wantsDNSSEC { marks.insert(.wantsDNSSEC) }
        let entry = TapEntry(
            time: record.time, duration: record.duration, client: record.client, port: record.port, marks: marks,
            querySize: record.querySize, room: record.payloadSize, size: record.size, rcode: record.rcode.rawValue,
            plugin: record.plugin)
        let message = record.message.isEmpty ? record.header : record.message
        let length = 1 + TapEntry.words * 8 + 3 + pod.count + message.count
        stream += [UInt8(length >> 8), UInt8(length & 0xFF), Kind.record.rawValue]
        for word in [entry.time, entry.duration, entry.sizes, entry.marks, entry.addressHigh, entry.addressLow] {
            withUnsafeBytes(of: word) { stream.append(contentsOf: $0) }
        }
        stream += [UInt8(clamping: record.search?.number ?? 0), UInt8(clamping: record.search?.total ?? 0)]
        stream.append(UInt8(pod.count))
        stream += pod
        stream += message
    }

    package static func write(loss: Int, to stream: inout [UInt8]) {
        stream += [0, 9, Kind.loss.rawValue]
        withUnsafeBytes(of: UInt64(loss)) { stream.append(contentsOf: $0) }
    }

    /// Frames in octets that come piece by piece.
    package struct Reader {
        private var waiting: [UInt8] = []

        package init() {}

        /// - Returns: nil where the octets are no frames.
        package mutating func read(_ octets: UnsafeRawBufferPointer) -> [Item]? {
            waiting.append(contentsOf: octets)
            var items: [Item] = []
            var at = 0
            let isGood = waiting.withUnsafeBytes { waiting in
                while waiting.count - at >= 2 {
                    let length = Int(waiting[at]) << 8 | Int(waiting[at + 1])
                    guard waiting.count - at - 2 >= length else { return true }
                    guard
                        let item = Reader.item(UnsafeRawBufferPointer(rebasing: waiting[(at + 2)..<(at + 2 + length)]))
                    else { return false }
                    items.append(item)
                    at += 2 + length
                }
                return true
            }
            waiting.removeFirst(at)
            return isGood ? items : nil
        }

        private static func item(_ octets: UnsafeRawBufferPointer) -> Item? {
            guard let first = octets.first, let kind = Kind(rawValue: first) else { return nil }
            func word(_ index: Int) -> UInt64 { octets.loadUnaligned(fromByteOffset: 1 + index * 8, as: UInt64.self) }
            switch kind {
            case .loss: return octets.count == 9 ? .loss(Int(clamping: word(0))) : nil
            case .record:
                let end = 1 + TapEntry.words * 8
                guard octets.count >= end + 3, octets.count >= end + 3 + Int(octets[end + 2]) else { return nil }
                let entry = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: TapEntry.words) { words in
                    for index in 0..<TapEntry.words { words[index] = word(index) }
                    return TapEntry(words)
                }
                let message = end + 3 + Int(octets[end + 2])
                var record = QueryRecord(entry, UnsafeRawBufferPointer(rebasing: octets[message...]), wallOffset: 0)
                if octets[end] > 0 {
                    record.search = SearchTry(number: Int(octets[end]), total: Int(octets[end + 1]))
                }
                if message > end + 3 { record.pod = String(decoding: octets[(end + 3)..<message], as: UTF8.self) }
                return .record(record)
            }
        }
    }
}

extension QueryRecord {
    /// Header and question, of a record without a message.
    fileprivate var header: [UInt8] {
        var query = Message(query: .root, type: .a, id: id)
        query.questions = question.map { [$0] } ?? []
        query.flags = flags
        query.opcode = opcode
        return (try? query.encoded()) ?? []
    }
}
