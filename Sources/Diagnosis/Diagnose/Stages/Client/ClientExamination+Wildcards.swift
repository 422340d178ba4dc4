import DNSWire
import Findings

/// RSV004: a search suffix under which every name exists swallows what should have been asked as it was written.
extension ClientExamination {
    /// Suffixes that are asked about, at most.
    private static let maximumProbes = 8

    var wildcardFindings: [Finding] {
        guard let asking, let file = asking.file else { return [] }
        let outside = file.search.filter { word in
            guard let domain = try? DomainName(word.text) else { return word.text.contains("*") }
            return !domain.isRoot && !domain.isAtOrBelow(inquiry.facts.domain)
        }
        for word in outside {
            if let proof = proof(for: word) { return [finding(word, file, asking, proof)] }
        }
        return []
    }

    /// What shows that a suffix answers everything.
    private func proof(for word: ResolverFile.Word) -> Phrase? {
        if word.text.contains("*") {
            return Phrase("the entry itself is a wildcard", zh: "该条目本身就是通配符")
        }
        guard let domain = try? DomainName(word.text) else { return nil }
        // `*.corp.example` answers for `x.corp.example`, and as well for `x.a.corp.example` (RFC 4592 2.2).
        let owner = inquiry.client.wildcards.first { wildcard in
            wildcard.parent.map { domain.isAtOrBelow($0) || $0.isAtOrBelow(domain) } ?? false
        }
        if let owner {
            return Phrase("a zone file has \(shown(owner))", zh: "区域文件中有 \(shown(owner))")
        }
        return probe(domain)
    }

    /// Asks for a name that nobody has.
    private func probe(_ domain: DomainName) -> Phrase? {
        guard let server = inquiry.server, let address = server.address, let file = asking?.file else { return nil }
        let candidates = file.domains.filter { !$0.isAtOrBelow(inquiry.facts.domain) }
        guard candidates.prefix(ClientExamination.maximumProbes).contains(domain),
            let name = try? domain.prepending("clusterdns-\(String(UInt64.random(in: 0 ... .max), radix: 36))"),
            let reply = try? server.channel.exchange(name, .a, with: address, options: server.options),
            reply.message.rcode == .noError,
            case .address(let found)? = reply.message.answers.first(where: { $0.data.type == .a })?.data
        else { return nil }
        return Phrase(
            "\(address) answers \(shown(name)) A with \(found)", zh: "\(address) 对 \(shown(name)) A 的应答是 \(found)")
    }

    private func finding(
        _ word: ResolverFile.Word, _ file: ResolverFile, _ asking: AskingClient, _ proof: Phrase
    ) -> Finding {
        let kept = file.search.filter { $0 != word }.map(\.text).joined(separator: " ")
        return Finding(
            "RSV004", .warning,
            Phrase(
                "search suffix \(word.text) answers every name, so a name outside the cluster ends there and is never asked as it is written",
                zh: "搜索后缀 \(word.text) 会应答任何名称，集群外的名称因此停在那里，永远不会按原样被查询"),
            at: file.place(of: word), object: asking.object,
            evidence: [
                proof,
                Phrase(
                    "api.example.com becomes api.example.com.\(word.text) first",
                    zh: "api.example.com 会先变成 api.example.com.\(word.text)"),
            ],
            fix: Phrase(
                "search \(kept)   # or write outside names with a dot at their end, or take the wildcard out of that zone",
                zh: "search \(kept)   # 或在外部名称末尾加一个点，或从该区域中去掉通配符"))
    }
}
