import DNSWire
import NetworkAddress

/// A question and what became of it, as people and other programs are told.
package struct QueryRecord: Hashable, Sendable {
    /// Nanoseconds since 1970 when the answer was made; 0 where nobody knows.
    package var time: Int64 = 0
    /// Nanoseconds.
    package var duration: Int64 = 0
    package var client: IPAddress
    package var port: UInt16 = 0
    package var isStream = false
    /// `shop/web-0`; nil where no Pod is known by the address.
    package var pod: String?
    package var id: UInt16 = 0
    package var opcode: UInt8 = 0
    /// nil where the query had none that could be read.
    package var question: Question?
    package var rcode = ResponseCode.noError
    /// Of the answer.
    package var flags: MessageFlags = []
    /// Octets of the query, of an answer that the client can take, of the answer; 0 where none was sent.
    package var querySize = 0
    package var payloadSize = 512
    package var size = 0
    package var wantsDNSSEC = false
    /// `PluginName`'s number of who answered.
    package var plugin: UInt8 = 0
    /// The answer's first octets, as many as were kept.
    package var message: [UInt8] = []
    /// Which try of a search list it looks like.
    package var search: SearchTry?

    package init(client: IPAddress) { self.client = client }

    /// - Parameter wallOffset: what is added to the entry's time to come to nanoseconds since 1970.
    package init(_ entry: TapEntry, _ octets: UnsafeRawBufferPointer, wallOffset: Int64) {
        self.init(client: entry.client)
        time = Int64(bitPattern: entry.time) &+ wallOffset
        duration = Int64(truncatingIfNeeded: entry.duration)
        port = entry.port
        isStream = entry.flags.contains(.stream)
        wantsDNSSEC = entry.flags.contains(.wantsDNSSEC)
        rcode = ResponseCode(rawValue: entry.rcode)
        querySize = Int(entry.querySize)
        payloadSize = Int(entry.room)
        size = Int(entry.size)
        plugin = entry.plugin
        read(octets)
        if size > 0 { message = Array(octets) }
    }

    /// Header and question of a message that may end anywhere.
    private mutating func read(_ octets: UnsafeRawBufferPointer) {
        guard octets.count >= 12 else { return }
        func word(_ at: Int) -> UInt16 { UInt16(octets[at]) << 8 | UInt16(octets[at + 1]) }
        id = word(0)
        flags = MessageFlags(rawValue: word(2)).intersection(.all)
        opcode = octets[2] >> 3 & 15
        guard word(4) > 0 else { return }
        var at = 12
        while at < octets.count, octets[at] != 0 {
            guard octets[at] < 64 else { return }
            at += 1 + Int(octets[at])
        }
        guard at + 5 <= octets.count, let name = try? DomainName(wire: Array(octets[12...at])) else { return }
        question = Question(
            name: name, type: RecordType(rawValue: word(at + 1)), recordClass: RecordClass(rawValue: word(at + 3)))
    }

    /// The name as it is told: lower case, so that one name is one name.
    package var nameText: String { question.map { "\($0.name.lowercased)" } ?? "-" }
    package var typeText: String { question.map { "\($0.type)" } ?? "-" }
    package var rcodeText: String { size > 0 ? "\(rcode)" : "-" }
    /// Whole microseconds, rounded.
    package var microseconds: Int64 { (duration + 500) / 1000 }
    /// `10.244.8.11:40113`, `[fd00::1]:53`
    package var clientText: String { client.family == .v4 ? "\(client):\(port)" : "[\(client)]:\(port)" }
    /// The Pod, or the address where none is known.
    package var clientName: String { pod ?? "\(client)" }
}

/// A name that ends in a domain of a search list.
package struct SearchTry: Hashable, Sendable {
    /// 1 for the first.
    package var number: Int
    /// Names of a lookup, the absolute one included.
    package var total: Int

    package init(number: Int, total: Int) {
        self.number = number
        self.total = total
    }
}
