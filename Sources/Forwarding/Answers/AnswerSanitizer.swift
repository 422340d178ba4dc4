import DNSWire

/// Leaves of an upstream's answer what answers the question (RFC 5452 6): records of the names that the question's name
/// leads to, the proofs of the zones that hold them, and addresses of hosts that these records name.
enum AnswerSanitizer {
    /// RFC 8914.
    static let extendedError: UInt16 = 15
    private static let rrsig = RecordType(rawValue: 46)
    private static let nsec = RecordType(rawValue: 47)
    private static let nsec3 = RecordType(rawValue: 50)

    /// The message with RA, without OPT, but for the extended errors in it; a response code that only EDNS can say is
    /// SERVFAIL.
    static func sanitized(_ message: Message) -> Message {
        var out = message
        let errors = message.edns?.options.filter { $0.code == extendedError } ?? []
        out.edns = errors.isEmpty ? nil : EDNS(options: errors)
        if out.rcode.rawValue > 15 { out.rcode = .servFail }
        out.flags.insert([.response, .recursionAvailable])
        guard let question = message.questions.first else { return out }
        let names = chain(from: question.name, in: message.answers)
        out.answers = message.answers.filter { record in
            record.recordClass == question.recordClass || question.recordClass == .any
                ? names.contains(record.owner) || isDNAME(record) && names.contains { $0.isAtOrBelow(record.owner) }
                : false
        }
        // A zone speaks for what is in it.
        let zones = message.authorities.filter { record in
            [.soa, .ns, .ds].contains(record.type) && names.contains { $0.isAtOrBelow(record.owner) }
        }.map(\.owner)
        out.authorities = message.authorities.filter { record in
            switch record.type {
            case .soa, .ns, .ds: zones.contains(record.owner)
            case rrsig, nsec, nsec3: zones.contains { record.owner.isAtOrBelow($0) } || names.contains(record.owner)
            default: false
            }
        }
        let hosts = names.union((out.answers + out.authorities).compactMap(host))
        out.additionals = message.additionals.filter { record in
            [.a, .aaaa, rrsig].contains(record.type) && hosts.contains(record.owner)
        }
        return out
    }

    /// The name and those that its CNAMEs lead to, in whatever order they stand.
    private static func chain(from name: DomainName, in answers: [ResourceRecord]) -> Set<DomainName> {
        var targets: [DomainName: DomainName] = [:]
        for record in answers {
            if case .cname(let target) = record.data, targets[record.owner] == nil { targets[record.owner] = target }
        }
        var names: Set<DomainName> = [name]
        var at = name
        while let next = targets[at], names.insert(next).inserted { at = next }
        return names
    }

    /// A DNAME of a zone above, or its signature.
    private static func isDNAME(_ record: ResourceRecord) -> Bool {
        guard record.type == rrsig, case .other(_, let data) = record.data else { return record.type == .dname }
        return data.starts(with: octets(RecordType.dname.rawValue))
    }

    private static func host(_ record: ResourceRecord) -> DomainName? {
        switch record.data {
        case .mx(_, let exchange): exchange
        case .srv(let location): location.target
        case .ns(let name): name
        default: nil
        }
    }
}
