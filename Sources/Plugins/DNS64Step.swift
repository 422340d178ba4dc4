import AnswerTable
import Corefile
import DNSWire
import NetworkAddress

/// `dns64`: AAAA records made of A records, for clients that reach IPv4 through a translator (RFC 6147; CoreDNS
/// plugin/dns64).
///
/// Where the plugins behind have no AAAA record, or only IPv4-mapped ones, they are asked for A. CNAMEs on the way stay.
/// A client that validates by itself (DO and CD, RFC 6147 5.5) gets what there is.
package final class DNS64Step: Step, @unchecked Sendable {
    /// What a made record lives at most where no SOA says so (RFC 6147 5.1.7).
    private static let longestTTL: UInt32 = 600
    private static let signature = RecordType(rawValue: 46)

    private let settings: DNS64Settings
    /// Questions that were answered with made records.
    package let translated = EventCounter()

    package init(_ settings: DNS64Settings) {
        self.settings = settings
        super.init(.dns64)
    }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let asked = query.asked()
        guard asked.type == RecordType.aaaa.rawValue, !asked.isChaos else { return .next }
        return settings.allowsIPv4 || origin.client.address.family == .v6 ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let original = await next(exchange)
        let (question, query) = (exchange.question, exchange.query)
        guard question.type == .aaaa, question.recordClass == .in,
            settings.allowsIPv4 || exchange.client.address.family == .v6,
            query.edns?.dnssecOK != true || !query.flags.contains(.checkingDisabled),
            !original.isDropped, original.message.rcode != .nxDomain,
            settings.translatesAll || !DNS64Step.hasAddress(original.message)
        else { return original }
        let found = await next(exchange.asking(question.name, .a))
        guard !found.isDropped, found.message.rcode == .noError,
            found.message.answers.contains(where: { $0.type == .a })
        else { return original }
        translated.add()
        return synthesize(found, original.message)
    }

    /// An AAAA record outside of ::ffff:0:0/96 (RFC 6147 5.1.4).
    private static func hasAddress(_ message: Message) -> Bool {
        message.answers.contains { record in
            guard case .address(let address) = record.data, address.family == .v6 else { return false }
            return address.high != 0 || address.low >> 32 != 0xFFFF
        }
    }

    private func synthesize(_ found: Response, _ original: Message) -> Response {
        let soa = original.authorities.first { $0.type == .soa }
        let limit = soa?.ttl ?? DNS64Step.longestTTL
        var response = Response(found.message, from: plugin, fault: found.fault)
        // What is made is not what somebody signed.
        response.message.flags.remove(.authenticData)
        response.message.questions = original.questions
        response.message.answers = found.message.answers.compactMap { record in
            switch record.data {
            case .address(let address) where address.family == .v4:
                var made = record
                made.data = .address(DNS64Step.embed(address, in: settings.prefix))
                made.ttl = min(record.ttl, limit)
                return made
            case .other(DNS64Step.signature, let data) where data.starts(with: [0, UInt8(RecordType.a.rawValue)]):
                return nil
            default: return record
            }
        }
        return response
    }

    /// An IPv4 address within a prefix of 32, 40, 48, 56, 64 or 96 bits; bits 64 to 71 stay zero (RFC 6052 2.2).
    static func embed(_ address: IPAddress, in prefix: CIDR) -> IPAddress {
        var octets = prefix.base.bytes
        var place = prefix.prefixLength / 8
        for octet in address.bytes {
            if place == 8 { place = 9 }
            octets[place] = octet
            place += 1
        }
        return IPAddress(bytes: octets) ?? prefix.base
    }
}
