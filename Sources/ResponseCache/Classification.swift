import DNSWire

/// What an upstream's answer is to a cache, and how long it keeps (CoreDNS plugin/pkg/response/typify.go,
/// plugin/cache/cache.go; RFC 2308).
struct Classification: Equatable {
    enum Kind: Equatable {
        /// NOERROR that answers the question, and a referral.
        case success
        /// NXDOMAIN, or NOERROR without what was asked for; with a SOA.
        case denial
        /// SERVFAIL or NOTIMP.
        case failure
        /// Nothing to be kept: truncated, of a type that no zone holds, with expired signatures, refused, empty.
        case none
    }

    let kind: Kind
    /// Seconds, 0 for none; CoreDNS sends the first answer with this TTL in all records too.
    let ttl: UInt32

    /// How long CoreDNS keeps a referral (dnsutil.MinimalDefaultTTL).
    private static let referralTTL: UInt32 = 5

    /// - Parameters:
    ///   - response: it answers `question`.
    ///   - time: seconds since 1970, for the validity of signatures.
    init(_ response: Message, for question: Question, _ settings: CacheRules, time: UInt32) {
        kind = Classification.kind(response, question, time: time)
        switch kind {
        case .failure: ttl = settings.servfailTTL
        case .denial:
            var least = Classification.leastTTL(response, atMost: settings.denial.maxTTL)
            // RFC 2308 5.
            for case .soa(let soa) in response.authorities.map(\.data) { least = min(least, soa.minimum) }
            ttl = settings.denial.bound(least)
        case .none: ttl = 0
        case .success:
            let least = Classification.leastTTL(response, atMost: settings.success.maxTTL)
            ttl = settings.success.bound(response.answers.isEmpty ? Classification.referralTTL : least)
        }
    }

    private static func leastTTL(_ response: Message, atMost limit: UInt32) -> UInt32 {
        [response.answers, response.authorities, response.additionals].joined().reduce(limit) { min($0, $1.ttl) }
    }

    private static func kind(_ response: Message, _ question: Question, time: UInt32) -> Kind {
        guard response.opcode == 0, !response.flags.contains(.truncated), !question.type.isMeta,
            !hasExpiredSignature(response, time: time)
        else { return .none }
        let hasSOA = response.authorities.contains { $0.type == .soa }
        switch response.rcode {
        case .noError:
            if response.answers.isEmpty {
                if hasSOA { return .denial }
                return response.authorities.contains { $0.type == .ns } ? .success : .none
            }
            if answers(question, response.answers) { return .success }
            return hasSOA ? .denial : .none
        case .nxDomain:
            // RFC 2308 2.1: of an alias, it is the target that does not exist.
            return hasSOA && response.answers.allSatisfy { $0.type.isOfAlias } ? .denial : .none
        case .servFail, .notImp: return .failure
        default: return .none
        }
    }

    /// Whether there is a record of the type at the end of the one chain of CNAMEs that begins at the name asked for
    /// (RFC 1034 3.6.2). A name with two targets and a loop end in nothing.
    private static func answers(_ question: Question, _ records: [ResourceRecord]) -> Bool {
        var aliases: [DomainName: DomainName] = [:]
        for record in records where record.recordClass == question.recordClass {
            guard case .cname(let target) = record.data else { continue }
            // RFC 2181 10.1.
            guard aliases.updateValue(target, forKey: record.owner).map({ $0 == target }) ?? true else { return false }
        }
        if question.type == .cname { return aliases[question.name] != nil }
        var name = question.name
        var steps = 0
        while let target = aliases[name] {
            guard steps < aliases.count else { return false }
            name = target
            steps += 1
        }
        return records.contains {
            $0.type == question.type && $0.recordClass == question.recordClass && $0.owner == name
        }
    }

    /// Signatures that were asked for are of no use outside their time (RFC 4034 3.1.5: numbers modulo 2^32).
    private static func hasExpiredSignature(_ response: Message, time: UInt32) -> Bool {
        guard response.edns?.dnssecOK == true else { return false }
        return [response.answers, response.authorities, response.additionals].joined().contains { record in
            guard case .other(.rrsig, let data) = record.data, data.count >= 16 else { return false }
            let expiration = data[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let inception = data[12..<16].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return Int32(bitPattern: expiration &- time) < 0 || Int32(bitPattern: time &- inception) < 0
        }
    }
}

extension RecordType {
    static let rrsig = RecordType(rawValue: 46)

    /// A type of queries only (RFC 6895 3.1): ANY, AXFR, TSIG, OPT and their like.
    fileprivate var isMeta: Bool { self == .opt || rawValue == 0 || (128...255).contains(rawValue) }

    fileprivate var isOfAlias: Bool { self == .cname || self == .dname || self == .rrsig }
}
