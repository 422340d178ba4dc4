import DNSWire
import Findings

extension Inquiry {
    /// DNS005: a server that answers, but not for the registry's domain. Which one it has is asked for where others are
    /// known: the search list's, the usual one.
    func otherDomain(_ message: Message, _ probe: ServerProbe, _ server: LiveServer) -> Finding {
        let said = message.extendedErrorTexts.map { ", \($0)" }.joined()
        let rcode = message.rcode == .noError ? "NODATA" : "\(message.rcode)"
        var evidence = [Phrase("\(facts.domain) SOA: \(rcode)\(said)")]
        let known = otherDomains(message).first { domain in
            let result = server.ask(domain, .soa, at: probe.address)
            guard case .success(let reply) = result, ServerProbe.hasDomain(reply.message, domain) else { return false }
            let ns = (try? DomainName("ns.dns").appending(domain)).map { server.ask($0, .a, at: probe.address) }
            // A zone of the outer world has an SOA too; the cluster's has the name of its server.
            if case .success(let own)? = ns, own.message.rcode == .noError { return true }
            return reply.message.flags.contains(.authoritative)
        }
        guard let known else {
            return Finding(
                "DNS005", .error,
                Phrase(
                    "\(probe.address) does not serve \(facts.domain)", zh: "\(probe.address) 不提供 \(facts.domain) 域"),
                evidence: evidence,
                fix: Phrase("clusterdns lookup -t SOA \(facts.domain) @\(probe.address)"))
        }
        evidence.append(Phrase("\(known) SOA: NOERROR"))
        if let search = searchDomain {
            evidence.append(
                Phrase("search list of \(search.file): \(search.domain)", zh: "\(search.file) 的搜索列表：\(search.domain)"))
        }
        return Finding(
            "DNS005", .error,
            Phrase(
                "\(probe.address) serves the cluster domain \(known), not \(facts.domain)",
                zh: "\(probe.address) 提供的集群域是 \(known)，而不是 \(facts.domain)"),
            evidence: evidence, fix: Phrase("clusterdns diagnose \(asked.text) --cluster-domain \(known)"))
    }

    /// The cluster's domain that the client's search list shows.
    private var searchDomain: (file: String, domain: DomainName)? {
        guard let input = client.resolvConf,
            let configuration = try? ResolverConfiguration(parsing: input.text, file: input.file),
            let domain = configuration.clusterDomain
        else { return nil }
        return (input.file, domain)
    }

    /// Domains that the server may have, other than the registry's: the zone that denied, where it is not the root's or a
    /// top-level one; the search list's; the usual one.
    private func otherDomains(_ message: Message) -> [DomainName] {
        let denied = message.authorities.filter { $0.type == .soa && $0.owner.labelCount > 1 }.map(\.owner)
        let usual = ["cluster.local.", "cluster.internal.", "k8s.local."].compactMap { try? DomainName($0) }
        var seen: Set<DomainName> = [facts.domain]
        return (denied + [searchDomain?.domain].compactMap(\.self) + usual).filter { seen.insert($0).inserted }
    }
}
