import AnswerTable
import Corefile
import DNSWire
import NetworkAddress

/// `autopath`: walks a client's search list in its place (CoreDNS plugin/autopath).
///
/// A question for an address of `www.example.com.shop.svc.cluster.local` that does not exist is asked again for each of
/// the other domains of the list, and is answered with a CNAME to the first name that has one. A and AAAA end at the same
/// name: one that has only the other family's address ends the walk without data. Where no name exists, or somebody could
/// not say, the client gets its NXDOMAIN and goes on by itself.
package final class AutopathStep: Step, @unchecked Sendable {
    /// Which domains a client searches.
    package enum Search: Sendable {
        /// Those of a resolv.conf, for every client.
        case fixed([DomainName])
        /// `NAMESPACE.svc.ZONE`, `svc.ZONE`, `ZONE`, then the host's own.
        /// - Parameters:
        ///   - zones: the kubernetes plugin's.
        ///   - namespace: of a client's address; nil where it is not known, or several have it.
        case kubernetes(
            zones: [DomainName], host: [DomainName], namespace: @Sendable (IPAddress) -> String?)
    }

    private let zones: NameList
    /// What a name with the first domain of somebody's list is below.
    private let firstDomains: NameList
    private let search: Search
    private let probe: ZoneSet.Reader?
    private let kept: ZoneSet?
    /// Questions that were answered from another domain than the one asked.
    package let successes = EventCounter()

    /// - Parameters:
    ///   - zones: the line's; the block's where it has none.
    ///   - probe: the kubernetes plugin's zones: what they have is answered in place. Without it each question for an
    ///     address below a first search domain leaves the worker.
    package init(zones: [DomainName], search: Search, probe: ZoneSet? = nil) {
        self.zones = NameList(zones.sorted { $0.wire.count > $1.wire.count })
        self.search = search
        self.kept = probe
        self.probe = probe?.reader
        switch search {
        case .fixed(let domains): firstDomains = NameList(Array(domains.prefix(1)))
        case .kubernetes(let zones, _, _): firstDomains = NameList(zones.compactMap(AutopathStep.serviceDomain))
        }
        super.init(.autopath)
    }

    /// It has a say only where a name does not exist, and of that the table says nothing by itself.
    package override var claims: [DomainName] { [] }
    package override var seesDenials: Bool { true }

    package override func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict {
        let asked = query.asked()
        guard asked.type == RecordType.a.rawValue || asked.type == RecordType.aaaa.rawValue, !asked.isChaos,
            query.place(in: firstDomains) != nil, query.place(in: zones) != nil
        else { return .next }
        guard let probe else { return .elsewhere }
        let found = query.look(in: probe)
        query.beginAgain()
        return found == .absent ? .elsewhere : .next
    }

    package override func resolve(_ exchange: Exchange, _ next: Next) async -> Response {
        let first = await next(exchange)
        let question = exchange.question
        guard first.message.rcode == .nxDomain, !first.isDropped, question.recordClass == .in,
            question.type == .a || question.type == .aaaa, zones.first(holding: question.name) != nil,
            let (base, others) = domains(of: exchange)
        else { return first }
        for domain in others {
            guard let name = try? base.appending(domain), name != question.name else { continue }
            let found = await ask(name, question.type, exchange, next)
            guard !found.isDropped else { return first }
            switch found.message.rcode {
            case .nxDomain: continue
            case .noError:
                if found.message.has(question.type) { return lead(question.name, to: name, found) }
                // Does the name have an address of the other family, then it is the one.
                let sibling = await ask(name, question.type == .a ? .aaaa : .a, exchange, next)
                if sibling.message.rcode == .noError, sibling.message.has(question.type == .a ? .aaaa : .a) {
                    return lead(question.name, to: name, found)
                }
            default: return first
            }
        }
        return first
    }

    /// What the client had before it put the first domain of its list behind it, and the rest of the list; the root is
    /// last. nil where the name is not made so.
    private func domains(of exchange: Exchange) -> (base: DomainName, others: [DomainName])? {
        let name = exchange.question.name
        let list: [DomainName]
        switch search {
        case .fixed(let domains): list = domains
        case .kubernetes(let zones, let host, let namespace):
            guard let zone = zones.filter(name.isAtOrBelow).max(by: { $0.wire.count < $1.wire.count }),
                let services = AutopathStep.serviceDomain(zone), name.isAtOrBelow(services),
                let namespace = namespace(exchange.client.address), let first = try? services.prepending(namespace)
            else { return nil }
            list = [first, services, zone] + host
        }
        guard let first = list.first, let labels = name.labels(above: first), !labels.isEmpty,
            let base = try? DomainName(labels: labels.map { Array($0) })
        else { return nil }
        return (base, list.dropFirst() + [.root])
    }

    private static func serviceDomain(_ zone: DomainName) -> DomainName? { try? zone.prepending("svc") }

    /// The plugins behind are asked for names of this block, the whole server for the others.
    private func ask(_ name: DomainName, _ type: RecordType, _ exchange: Exchange, _ next: Next) async -> Response {
        exchange.view.block(for: name, type) === exchange.block
            ? await next(exchange.asking(name, type)) : await exchange.resolve(name, type)
    }

    private func lead(_ asked: DomainName, to name: DomainName, _ found: Response) -> Response {
        successes.add()
        var response = found
        let ttl = found.message.answers.first?.ttl ?? found.message.authorities.first { $0.type == .soa }?.ttl ?? 0
        response.message.answers.insert(ResourceRecord(owner: asked, ttl: ttl, data: .cname(name)), at: 0)
        // Nobody signed the alias.
        response.message.flags.remove(.authenticData)
        return response
    }

    /// The search list of a resolv.conf: that of its last `search` or `domain` line (resolv.conf(5)).
    package static func searchList(inResolvConf text: String) -> [DomainName] {
        var list: [DomainName] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" && $0 != ";" }.split(whereSeparator: \.isWhitespace)
            guard let keyword = words.first, keyword == "search" || keyword == "domain" else { continue }
            let names = words.dropFirst().prefix(keyword == "domain" ? 1 : .max)
            list = names.compactMap { try? DomainName(String($0)) }
        }
        return list
    }
}

extension Message {
    fileprivate func has(_ type: RecordType) -> Bool { answers.contains { $0.type == type } }
}
