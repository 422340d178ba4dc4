import AnswerTable
import DNSWire

extension Block {
    /// An answer in at most `room` octets, with why it is as it is where the block says so. Extended errors, also those of
    /// upstreams, are left out where a record would have to go for them.
    func encoded(_ answer: Message, explanation: ExtendedError?, room: Int) -> [UInt8]? {
        var full = answer
        if explains, let explanation, answer.edns?.extendedErrors.isEmpty == true {
            full.edns?.options.append(EDNS.Option(explanation))
        }
        guard full.edns?.options.contains(where: { $0.code == EDNS.Option.extendedError }) == true else {
            return try? full.encoded(limit: room)
        }
        var bare = full
        bare.edns?.options.removeAll { $0.code == EDNS.Option.extendedError }
        guard let octets = try? bare.encoded(limit: room) else { return nil }
        let added = (full.edns?.options ?? []).filter { $0.code == EDNS.Option.extendedError }
        let size = added.reduce(0) { $0 + 4 + $1.data.count }
        return octets.count + size <= room ? (try? full.encoded(limit: room)) ?? octets : octets
    }
}
