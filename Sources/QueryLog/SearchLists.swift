import DNSWire
import NetworkAddress

/// Names that resolvers made from a search list, found in what clients ask one after the other.
///
///     google.com.shop.svc.cluster.local.  NXDOMAIN     1 of 4
///     google.com.svc.cluster.local.       NXDOMAIN     2 of 4
///     google.com.cluster.local.           NXDOMAIN     3 of 4
///     google.com.                         NOERROR      4 of 4: three tries were wasted
///
/// The first try is known by `NAMESPACE.svc` in the name: the client's namespace where its Pod is known, else any behind a
/// name of two labels at least. A later one is what a client asks within 5 s that begins with the same name. A client's
/// questions for A and AAAA are two lookups. Bounded: 8,192 clients' lookups are remembered, the older half goes.
package struct SearchLists: Sendable {
    /// A lookup that came to its end.
    package struct Finished: Hashable, Sendable {
        /// The name that was meant.
        package var name: String
        /// Names that were asked, the absolute one included.
        package var queries: Int
    }

    private struct Key: Hashable, Sendable {
        var client: IPAddress
        var type: RecordType
    }

    private struct Lookup: Sendable {
        /// The wire form of the meant name without the root's label.
        var base: [UInt8]
        /// The first and the last name that was asked, in wire form.
        var first: [UInt8]
        var last: [UInt8]
        var tries: Int
        var time: Int64
    }

    private static let capacity = 8192
    private static let lookupsAtOnce = 8
    /// Nanoseconds.
    private static let patience: Int64 = 5_000_000_000
    /// `NAMESPACE.svc.cluster.local svc.cluster.local cluster.local`, and the name itself.
    private static let usualTotal = 4

    private var young: [Key: [Lookup]] = [:]
    private var old: [Key: [Lookup]] = [:]

    package init() {}

    /// - Returns: what the name is, and the lookup that ended with it.
    package mutating func note(_ record: QueryRecord) -> (mark: SearchTry?, finished: Finished?) {
        guard let question = record.question, question.type == .a || question.type == .aaaa else { return (nil, nil) }
        let name = question.name.lowercased
        let key = Key(client: record.client, type: question.type)
        let isMissing = record.rcode == .nxDomain
        var lookups = (young[key] ?? old[key] ?? []).filter { record.time - $0.time <= SearchLists.patience }
        defer { put(lookups, at: key) }
        if let index = lookups.firstIndex(where: {
            $0.base.count + 1 == name.wire.count && name.wire.starts(with: $0.base)
        }) {
            let queries = lookups.remove(at: index).tries + 1
            return (
                SearchTry(number: queries, total: queries),
                Finished(name: "\(name)", queries: queries)
            )
        }
        guard isMissing else { return (nil, nil) }
        if let index = lookups.firstIndex(where: { name.wire.starts(with: $0.base) }) {
            // The same name again is the same try again, the first one begins anew.
            if name.wire == lookups[index].first {
                lookups[index].tries = 1
            } else if name.wire != lookups[index].last {
                lookups[index].tries += 1
            }
            lookups[index].last = name.wire
            lookups[index].time = record.time
            let number = lookups[index].tries
            return (SearchTry(number: number, total: max(SearchLists.usualTotal, number + 1)), nil)
        }
        guard let base = SearchLists.base(of: name, namespace: record.namespace) else { return (nil, nil) }
        if lookups.count == SearchLists.lookupsAtOnce { lookups.removeFirst() }
        lookups.append(Lookup(base: base, first: name.wire, last: name.wire, tries: 1, time: record.time))
        return (SearchTry(number: 1, total: SearchLists.usualTotal), nil)
    }

    private mutating func put(_ lookups: [Lookup], at key: Key) {
        old[key] = nil
        young[key] = lookups.isEmpty ? nil : lookups
        guard young.count > SearchLists.capacity / 2 else { return }
        old = young
        young = [:]
    }

    /// The labels in front of `NAMESPACE.svc`.
    private static func base(of name: DomainName, namespace: String?) -> [UInt8]? {
        let labels = name.labels
        guard let service = labels.lastIndex(where: { $0.elementsEqual("svc".utf8) }), service >= 2 else { return nil }
        if let namespace {
            guard labels[service - 1].elementsEqual(namespace.utf8) else { return nil }
        } else if service < 3 {
            return nil
        }
        return Array(labels[..<(service - 1)].flatMap { [UInt8($0.count)] + $0 })
    }
}

extension QueryRecord {
    /// The Pod's.
    fileprivate var namespace: String? { pod.map { String($0.prefix { $0 != "/" }) } }
}
