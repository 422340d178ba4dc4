import AnswerTable
import Corefile
import DNSWire
import NetworkAddress

/// `hosts`: names of a hosts file (CoreDNS plugin/hosts).
///
/// A, AAAA and PTR; another type at a name of the file has no data, without a SOA, for there is no zone. What the file does
/// not have goes on to the next plugin or is SERVFAIL; a reverse name that it does not have always goes on. A wildcard is
/// looked up in a task: it counts for one label, which the answer table's do not (RFC 4592).
package final class HostsStep: Step, @unchecked Sendable {
    package let table: HostsTable
    private let names: ZoneSet.Reader
    private let reverse: ZoneSet.Reader
    private let zones: NameList
    private let fallsThrough: NameList?
    /// The same, for workers: nobody counts it.
    private let fastFallsThrough: Unmanaged<NameList>?
    private let wildcards: Unmanaged<Slot<NameList>>

    package init(_ table: HostsTable) {
        self.table = table
        names = table.names.reader
        reverse = table.reverse.reader
        zones = NameList(table.zones)
        let names = table.settings.fallsThrough.names
        fallsThrough = names.isEmpty ? nil : NameList(names)
        fastFallsThrough = fallsThrough.map(Unmanaged.passUnretained)
        wildcards = .passUnretained(table.wildcards)
        super.init(.hosts)
    }

    package override var claims: [DomainName] { table.claims }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let type = query.asked().type
        if type == RecordType.axfr.rawValue || type == RecordType.ixfr.rawValue || query.asked().isChaos {
            return .next
        }
        if type == RecordType.ptr.rawValue {
            if query.look(in: reverse) == .answered(.noError) { return .answered(.noError) }
            query.beginAgain()
            return .next
        }
        guard query.place(in: zones) != nil else { return .next }
        // A marked name is SERVFAIL, see HostsTable.
        let found = query.look(in: names)
        if case .answered(let rcode) = found, rcode != .servFail { return .answered(rcode) }
        query.beginAgain()
        let below = wildcards._withUnsafeGuaranteedRef { $0.load() }._withUnsafeGuaranteedRef { query.place(in: $0) }
        if below != nil { return .elsewhere }
        if let fastFallsThrough, fastFallsThrough._withUnsafeGuaranteedRef({ query.place(in: $0) }) != nil {
            return .next
        }
        return .refused(.servFail)
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let question = exchange.question
        guard question.recordClass == .in, question.type != .axfr, question.type != .ixfr else {
            return await next(exchange)
        }
        let contents = table.contents
        let ttl = table.settings.ttl
        var response = Response(to: exchange.query, .noError, from: .hosts)
        response.message.flags.insert(.authoritative)
        if question.type == .ptr {
            guard let names = contents.reverse[question.name] else { return await next(exchange) }
            response.message.answers = names.map { name in
                ResourceRecord(owner: question.name, ttl: ttl, data: .ptr(name))
            }
            return response
        }
        guard zones.first(holding: question.name) != nil else { return await next(exchange) }
        guard let addresses = contents.addresses(of: question.name) else {
            if fallsThrough?.first(holding: question.name) != nil { return await next(exchange) }
            return Response(to: exchange.query, .servFail, from: .hosts)
        }
        let data: [IPAddress] =
            switch question.type {
            case .a: addresses.v4
            case .aaaa: addresses.v6
            // RFC 8482 4.1: one set of those there are.
            case .any: addresses.v4.isEmpty ? addresses.v6 : addresses.v4
            default: []
            }
        response.message.answers = data.shuffled().map { address in
            ResourceRecord(owner: question.name, ttl: ttl, data: .address(address))
        }
        return response
    }
}
