import AnswerTable
import DNSWire
import NetworkAddress

/// `local`: names of this host that no upstream is to be asked about (CoreDNS plugin/local; RFC 6303, RFC 6761 6.3).
///
/// `localhost`, all below it and all that begins with the label `localhost` are the loopback addresses;
/// `127.in-addr.arpa`, `0.in-addr.arpa` and `255.in-addr.arpa` are zones of their own.
package final class LocalStep: Step, @unchecked Sendable {
    private static let ttl: UInt32 = 604_800
    static let localhost = DomainName(fixed: "localhost")
    private static let loopbackReverse = DomainName(fixed: "1", "0", "0", "127", "in-addr", "arpa")
    private static let mailbox = DomainName(fixed: "root", "localhost")

    private let zones = NameList(
        [localhost] + ["0", "127", "255"].map { DomainName(fixed: $0, "in-addr", "arpa") })
    /// Questions for names below `localhost`, or that begin with it.
    package let localhostRequests = EventCounter()

    package init() { super.init(.local) }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        if query.asked().isChaos { return .next }
        if query.place(in: zones) != nil { return .elsewhere }
        return LocalStep.beginsWithLocalhost(query.asked().name) ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let question = exchange.question
        let name = question.name
        guard question.recordClass == .in else { return await next(exchange) }
        var response = Response(to: exchange.query, .noError, from: .local)
        if name != LocalStep.localhost, name.isAtOrBelow(LocalStep.localhost) || LocalStep.beginsWithLocalhost(name) {
            localhostRequests.add()
            response.message.answer(question.type, at: name, denying: name)
            return response
        }
        guard let place = zones.first(holding: name) else { return await next(exchange) }
        let zone = zones.names[place]
        if name == zone {
            switch question.type {
            case .soa: response.message.answers = [LocalStep.soa(at: name)]
            case .ns: response.message.answers = [LocalStep.record(name, .ns(LocalStep.localhost))]
            case _ where zone == LocalStep.localhost: response.message.answer(question.type, at: name, denying: name)
            default: response.message.authorities = [LocalStep.soa(at: name)]
            }
        } else if name == LocalStep.loopbackReverse {
            if question.type == .ptr {
                response.message.answers = [LocalStep.record(name, .ptr(LocalStep.localhost))]
            } else {
                response.message.authorities = [LocalStep.soa(at: zone)]
            }
        } else {
            // What lies above 1.0.0.127.in-addr.arpa exists (RFC 8020).
            if !LocalStep.loopbackReverse.isAtOrBelow(name) { response.message.rcode = .nxDomain }
            response.message.authorities = [LocalStep.soa(at: zone)]
        }
        return response
    }

    private static func beginsWithLocalhost(_ name: DomainName) -> Bool {
        name.labels.count > 1 && name.lowercased.labels[0].elementsEqual("localhost".utf8)
    }

    /// The same for a name in lower case: the label with its length is ten octets, compared as two numbers.
    private static func beginsWithLocalhost(_ name: FoldedName) -> Bool {
        name.length > 11 && UInt64(bigEndian: name.words.loadUnaligned(as: UInt64.self)) == 0x09_6C6F_6361_6C68_6F
            && UInt16(bigEndian: name.words.loadUnaligned(fromByteOffset: 8, as: UInt16.self)) == 0x7374
    }

    fileprivate static func record(_ owner: DomainName, _ data: RecordData) -> ResourceRecord {
        ResourceRecord(owner: owner, ttl: ttl, data: data)
    }

    fileprivate static func soa(at owner: DomainName) -> ResourceRecord {
        record(
            owner,
            .soa(
                StartOfAuthority(
                    primary: localhost, mailbox: mailbox, serial: 1, refresh: 0, retry: 0, expire: 0, minimum: ttl)))
    }
}

extension Message {
    /// The loopback address, or that there is no such type.
    fileprivate mutating func answer(_ type: RecordType, at name: DomainName, denying zone: DomainName) {
        switch type {
        case .a: answers = [LocalStep.record(name, .address(IPAddress(v4: 0x7F00_0001)))]
        case .aaaa: answers = [LocalStep.record(name, .address(IPAddress(v6High: 0, low: 1)))]
        default: authorities = [LocalStep.soa(at: zone)]
        }
    }
}

extension DomainName {
    /// A name that the source spells: labels without escapes.
    fileprivate init(fixed labels: String...) {
        guard let name = try? DomainName(labels: labels.map { Array($0.utf8) }) else {
            preconditionFailure("\(labels) is no name")
        }
        self = name
    }
}
