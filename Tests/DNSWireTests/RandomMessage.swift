import DNSWire
import NetworkAddress
import TestSupport

/// Messages of every record type that is known by field, from few names, so that compression has something to do.
struct RandomMessage {
    var random: SplitMix64
    /// Whether labels have octets beyond letters and digits.
    var oddLabels: Bool

    init(seed: UInt64, oddLabels: Bool = false) {
        self.random = SplitMix64(seed: seed)
        self.oddLabels = oddLabels
    }

    mutating func message() -> Message {
        var message = Message(
            id: .random(in: .min ... .max, using: &random),
            flags: MessageFlags(rawValue: .random(in: .min ... .max, using: &random)).intersection(.all))
        message.questions = list(upTo: 1) { Question(name: $0.name(), type: .a) }
        message.answers = list(upTo: 6) { $0.record() }
        message.authorities = list(upTo: 3) { $0.record() }
        message.additionals = list(upTo: 4) { $0.record() }
        if Bool.random(using: &random) {
            message.rcode = ResponseCode(rawValue: .random(in: 0...4095, using: &random))
            message.edns = EDNS(
                payloadSize: .random(in: .min ... .max, using: &random), version: .random(in: 0...1, using: &random),
                dnssecOK: .random(using: &random),
                options: list(upTo: 2) {
                    // 65001 and above are for local use: libldns has no opinion about their data.
                    EDNS.Option(code: .random(in: 65001...65534, using: &$0.random), data: $0.bytes(upTo: 9))
                })
        } else {
            message.rcode = ResponseCode(rawValue: .random(in: 0...15, using: &random))
        }
        return message
    }

    mutating func record() -> ResourceRecord {
        let ttl = UInt32.random(in: 0...UInt32(Int32.max), using: &random)
        return ResourceRecord(owner: name(), ttl: ttl, data: data())
    }

    mutating func data() -> RecordData {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: .address(IPAddress(v4: .random(in: .min ... .max, using: &random)))
        case 1: .address(IPAddress(v6High: 0x2001_0db8 << 32 | number() >> 40, low: number()))
        case 2: .cname(name())
        case 3: .ns(name())
        case 4: .ptr(name())
        case 5: .srv(ServiceLocation(priority: short(), weight: short(), port: short(), target: name()))
        case 6: .txt([bytes(upTo: 255)] + list(upTo: 3) { $0.bytes(upTo: 20) })
        case 7: .mx(preference: short(), exchange: name())
        case 8:
            .soa(
                StartOfAuthority(
                    primary: name(), mailbox: name(), serial: UInt32(number() >> 32), refresh: 1, retry: 2, expire: 3,
                    minimum: 4))
        default: .other(RecordType(rawValue: 65280 + short() % 200), bytes(upTo: 40))
        }
    }

    mutating func name() -> DomainName {
        let words = ["a", "web", "Default", "svc", "cluster", "local", "example", "com", "*", "_http", "x-1"]
        var name = DomainName.root
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            var label = Array(words.randomElement(using: &random)!.utf8)
            if oddLabels, Int.random(in: 0..<4, using: &random) == 0 {
                label = [UInt8(number() >> 56)] + bytes(upTo: 9)
            }
            name = (try? name.prepending(label)) ?? name
        }
        return name
    }

    mutating func bytes(upTo limit: Int) -> [UInt8] {
        (0..<Int.random(in: 0...limit, using: &random)).map { _ in UInt8(number() >> 56) }
    }

    private mutating func number() -> UInt64 { random.next() }
    private mutating func short() -> UInt16 { UInt16(random.next() >> 48) }

    private mutating func list<Item>(upTo limit: Int, _ make: (inout RandomMessage) -> Item) -> [Item] {
        (0..<Int.random(in: 0...limit, using: &random)).map { _ in make(&self) }
    }
}
