import DNSWire

/// The text of bind9-dnsutils' nslookup 9.18 (bin/dig/nslookup.c, printmessage), byte for byte.
struct NslookupText {
    private let result: LookupResult

    init(_ result: LookupResult) { self.result = result }

    /// Without a type, nslookup asks A, and AAAA behind it; the head and the words about authority then come once, with A.
    /// An address looked up without a type has no head at all.
    private var isDefault: Bool { result.query.typesAreImplied }

    var text: String {
        var out = ""
        for attempt in result.decisive {
            switch attempt.result {
            case .success(let reply): out += text(of: attempt, reply.message)
            case .failure(let failure): out += text(of: failure)
            }
        }
        return out + "\n"
    }

    private func text(of failure: ExchangeFailure) -> String {
        let servers = result.query.servers
        let lines = (0..<max(1, result.query.options.tries)).flatMap { _ in
            servers.map { ";; communications error to \($0.host)#\($0.port): \(failure.text)\n" }
        }
        return lines.joined() + ";; no servers could be reached\n"
    }

    private func text(of attempt: LookupAttempt, _ message: Message) -> String {
        let server = attempt.server
        let isHead = !isDefault || attempt.type == .a
        var out = ""
        if message.rcode == .servFail { out += ";; Got SERVFAIL reply from \(server.host)\n" }
        if isHead { out += "Server:\t\t\(server.host)\nAddress:\t\(server.host)#\(server.port)\n\n" }
        guard message.rcode == .noError else {
            return out + "** server can't find \(bare(attempt.name)): \(message.rcode)\n"
        }
        let isAuthoritative = message.flags.contains(.authoritative)
        if !isAuthoritative, isHead { out += "Non-authoritative answer:\n" }
        if !message.answers.isEmpty {
            out += section(message.answers, isAnswer: true)
        } else if !isDefault || (attempt.type == .aaaa && result.head.message?.answers.isEmpty == true) {
            let asked = attempt.type == .aaaa && isDefault ? bare(attempt.name) : result.query.text
            out += "*** Can't find \(asked): No answer\n"
        }
        if !isAuthoritative, attempt.type != .a, attempt.type != .aaaa {
            out += "\nAuthoritative answers can be found from:\n"
            out += section(message.authorities, isAnswer: false) + section(message.additionals, isAnswer: false)
        }
        return out
    }

    /// The records with those of one owner and type together, as BIND keeps them.
    private func section(_ records: [ResourceRecord], isAnswer: Bool) -> String {
        var order: [DomainName] = []
        for record in records where !order.contains(record.owner) { order.append(record.owner) }
        var out = ""
        for owner in order {
            let own = records.filter { $0.owner == owner }
            var types: [RecordType] = []
            for record in own where !types.contains(record.data.type) { types.append(record.data.type) }
            for type in types {
                for record in own where record.data.type == type { out += text(of: record, isAnswer: isAnswer) }
            }
        }
        return out
    }

    private func text(of record: ResourceRecord, isAnswer: Bool) -> String {
        let owner = bare(record.owner)
        switch record.data {
        case .address(let address) where isAnswer:
            return "Name:\t\(owner)\nAddress: \(address)\n"
        case .soa(let soa):
            return """
                \(owner)
                \torigin = \(bare(soa.primary))
                \tmail addr = \(bare(soa.mailbox))
                \tserial = \(soa.serial)
                \trefresh = \(soa.refresh)
                \tretry = \(soa.retry)
                \texpire = \(soa.expire)
                \tminimum = \(soa.minimum)

                """
        default:
            return "\(owner)\t\(NslookupText.label(of: record.data.type))\(presentation(of: record.data))\n"
        }
    }

    /// `rtypetext` of nslookup.c.
    private static func label(of type: RecordType) -> String {
        let labels: [RecordType: String] = [
            .a: "internet address = ", .ns: "nameserver = ", .cname: "canonical name = ", .ptr: "name = ",
            .hinfo: "hinfo = ", .mx: "mail exchanger = ", .txt: "text = ", .aaaa: "has AAAA address ",
            .srv: "service = ", .naptr: "naptr = ", .dname: "dname = ",
        ]
        return labels[type] ?? "rdata_\(type.rawValue) = "
    }

    /// A name without its final dot; the root keeps it.
    private func bare(_ name: DomainName) -> String { name.isRoot ? "." : String("\(name)".dropLast()) }
}
