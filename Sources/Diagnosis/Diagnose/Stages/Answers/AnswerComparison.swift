import DNSWire
import Findings

/// What a server says to one question, beside what the registry says.
struct AnswerComparison {
    let question: AnswerQuestion
    /// Of the objects themselves, whole.
    let expected: Reply
    /// By way, in order; those that were given up after silence on another question are missing.
    var replies: [(way: AnswerWay, result: Result<Reply, ExchangeFailure>)] = []

    /// How far an answer can be compared.
    enum Rule { case records, existence, nothing }

    /// A way whose answer says other than the registry.
    struct Difference {
        var way: AnswerWay
        var message: Message
        var missing: [String]
        var surplus: [String]
    }

    func differences(_ rule: Rule, within domain: DomainName) -> [Difference] {
        replies.compactMap { way, result in
            guard case .success(let reply) = result else { return nil }
            return difference(of: reply.message, over: way, rule, within: domain)
        }
    }

    private func difference(
        of message: Message, over way: AnswerWay, _ rule: Rule, within domain: DomainName
    ) -> Difference? {
        let wanted = AnswerComparison.records(expected.message, within: domain)
        let said = AnswerComparison.records(message, within: domain)
        let isAnswer = message.rcode == .noError || message.rcode == .nxDomain
        switch rule {
        case .nothing: return nil
        case .existence:
            guard !wanted.isEmpty, said.isEmpty else { return nil }
            return Difference(way: way, message: message, missing: ["\(question.type)"], surplus: [])
        case .records:
            let missing = wanted.subtracting(said)
            let surplus = said.subtracting(wanted)
            guard !missing.isEmpty || !surplus.isEmpty || !isAnswer && !wanted.isEmpty else { return nil }
            return Difference(
                way: way, message: message, missing: AnswerComparison.texts(missing),
                surplus: AnswerComparison.texts(surplus))
        }
    }

    /// The answer's records that the cluster's zones have. Weights of SRV are each server's own way to spread load; what
    /// follows an alias out of the cluster is somebody else's.
    private static func records(_ message: Message, within domain: DomainName) -> Set<RecordData> {
        let own = message.answers.filter { record in
            [domain, .inAddrArpa, .ip6Arpa].contains(where: record.owner.isAtOrBelow)
        }
        return Set(
            own.map { record in
                guard case .srv(let location) = record.data else { return record.data }
                return .srv(ServiceLocation(weight: 0, port: location.port, target: location.target))
            })
    }

    private static func texts(_ records: Set<RecordData>) -> [String] {
        records.map { data in
            switch data {
            case .address(let address): "\(address)"
            case .cname(let name): "CNAME \(plain(name))"
            case .ptr(let name), .ns(let name): plain(name)
            case .srv(let location): "\(location.port) \(plain(location.target))"
            default: "\(data.type) \(data)"
            }
        }.sorted()
    }

    /// The expected data on one line: `10.96.1.4`, `NXDOMAIN`, `no data`.
    var expectedText: Phrase {
        let texts = AnswerComparison.texts(Set(expected.message.answers.map(\.data)))
        if texts.isEmpty {
            return expected.message.rcode == .nxDomain ? Phrase("NXDOMAIN") : Phrase("no data", zh: "无数据")
        }
        let more = texts.count > 4 ? ", … (\(texts.count))" : ""
        return Phrase(texts.prefix(4).joined(separator: ", ") + more)
    }
}

extension AnswerComparison.Difference {
    /// `missing 10.96.1.9; too much 10.96.1.1`
    var text: Phrase {
        func list(_ texts: [String]) -> String {
            texts.prefix(5).joined(separator: ", ") + (texts.count > 5 ? ", … (\(texts.count))" : "")
        }
        var english: [String] = []
        var chinese: [String] = []
        if message.rcode != .noError {
            english.append("it says \(message.rcode)")
            chinese.append("应答为 \(message.rcode)")
        }
        if !missing.isEmpty {
            english.append("missing \(list(missing))")
            chinese.append("缺少 \(list(missing))")
        }
        if !surplus.isEmpty {
            english.append("too much \(list(surplus))")
            chinese.append("多出 \(list(surplus))")
        }
        return Phrase(english.joined(separator: "; "), zh: chinese.joined(separator: "；"))
    }

    /// How long caches may keep what is wrong, and how long one has had it: RFC 2308 5.
    /// - Parameter age: seconds since the object was made, where that is known.
    func life(objectAge age: Int64?) -> Phrase? {
        if message.answers.isEmpty {
            let found = message.authorities.lazy.compactMap { record -> (UInt32, StartOfAuthority)? in
                if case .soa(let soa) = record.data { (record.ttl, soa) } else { nil }
            }.first
            guard let (ttl, soa) = found else { return nil }
            let left = min(ttl, soa.minimum)
            guard ttl < soa.minimum else {
                return Phrase(
                    "the denial may be kept for \(left) s", zh: "该否定应答最多会被缓存 \(left) 秒")
            }
            let since = soa.minimum - ttl
            if let age, age < Int64(since) {
                return Phrase(
                    "the denial is from a cache and \(since) s old, older than the object (\(age) s); it lives \(left) s more",
                    zh: "该否定应答来自缓存，已有 \(since) 秒，早于对象的创建（\(age) 秒前）；还会保留 \(left) 秒")
            }
            return Phrase(
                "the denial is from a cache and \(since) s old; it lives \(left) s more",
                zh: "该否定应答来自缓存，已有 \(since) 秒；还会保留 \(left) 秒")
        }
        let ttl = message.answers.map(\.ttl).max() ?? 0
        return Phrase("the answer may be kept for \(ttl) s (TTL)", zh: "该应答最多会被缓存 \(ttl) 秒（TTL）")
    }
}
