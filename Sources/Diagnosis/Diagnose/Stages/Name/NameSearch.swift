import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// NAM006: the name is there and has no record of the type asked for.
    var typeFinding: Finding? {
        let name = shown(asked.name)
        guard let wanted = type ?? implied else { return nil }
        let there: Set<RecordType>
        var why: Phrase
        switch asked.subject {
        case .service(let object):
            guard let service, service.kind != .externalName else { return nil }
            there = facts.types(at: asked.subject)
            // A headless name without endpoints does not exist: their stage tells it.
            if there.isEmpty { return nil }
            let families = service.clusterIPs.map(\.family)
            let isOneFamily = wanted == .aaaa && there.contains(.a) || wanted == .a && there.contains(.aaaa)
            why =
                isOneFamily
                ? Phrase(
                    "Service \(object) is \(wanted == .aaaa ? "IPv4" : "IPv6") only",
                    zh: "Service \(object) 仅有 \(wanted == .aaaa ? "IPv4" : "IPv6")")
                : Phrase("Service \(object)\(families.isEmpty ? " has no ClusterIP" : "")", zh: "Service \(object)")
        case .port(let port, let transport, let object):
            guard let service else { return nil }
            there = facts.types(at: asked.subject)
            if there.isEmpty {
                guard
                    service.ports.contains(where: {
                        $0.name.isEmpty && $0.transport.rawValue.lowercased() == transport
                    })
                else { return nil }
                return Finding(
                    "NAM006", .info,
                    Phrase(
                        "\(name) has no SRV record: port \(service.ports[0].port)/\(transport.uppercased()) of Service "
                            + "\(object) has no name \"\(port)\"",
                        zh: "\(name) 没有 SRV 记录：Service \(object) 的端口 "
                            + "\(service.ports[0].port)/\(transport.uppercased()) 没有名称 \"\(port)\""),
                    at: facts.place(of: object), object: "Service \(object)",
                    fix: Phrase("spec:\n  ports:\n  - name: \(port)\n    port: \(service.ports[0].port)"))
            }
            why = Phrase("a name of ports", zh: "端口的名称")
        case .endpoint:
            there = facts.types(at: asked.subject)
            if there.isEmpty { return nil }
            why = Phrase("a name of an endpoint", zh: "端点的名称")
        case .pod:
            guard let address = podAddress else { return nil }
            there = [address.family == .v4 ? .a : .aaaa]
            why = Phrase("a name of the Pod address \(address)", zh: "Pod 地址 \(address) 的名称")
        case .namespace(let namespace):
            there = []
            why = Phrase("namespace \(namespace) itself has no records", zh: "命名空间 \(namespace) 本身没有记录")
        case .address:
            there = [.ptr]
            why = Phrase("a reverse name", zh: "反向名称")
        case .other:
            guard let words = asked.name.labels(above: facts.domain)?.map(DomainName.text) else { return nil }
            there =
                words.isEmpty
                ? [.soa, .ns] : words == ["dns-version"] ? [.txt] : words == ["ns", "dns"] ? [.a, .aaaa] : []
            why = Phrase("the zone's own name", zh: "区域自身的名称")
        case .ingress: return nil
        }
        guard !there.contains(wanted), wanted != .any else { return nil }
        let types = there.subtracting([.any]).map(\.description).sorted().joined(separator: ", ")
        if there == [.any] { why = Phrase("there are only names below it", zh: "只有其下的名称存在") }
        return Finding(
            "NAM006", .info,
            Phrase(
                "\(name) exists and has no \(wanted) record: \(why.english)",
                zh: "\(name) 存在，但没有 \(wanted) 记录：\(why.chinese)"),
            at: asked.service.flatMap { facts.place(of: $0) }, object: asked.service.map { "Service \($0)" },
            evidence: [types.isEmpty ? Phrase("no record", zh: "没有任何记录") : Phrase("\(types)")])
    }

    /// Somebody who names no type wants addresses: of a name that never has one, that is said.
    private var implied: RecordType? {
        switch asked.subject {
        case .namespace, .other: .a
        case .port("", _, _): .a
        case .port where facts.types(at: asked.subject).isEmpty: .srv
        default: nil
        }
    }

    private var podAddress: IPAddress? {
        guard case .pod(let label, _) = asked.subject else { return nil }
        return [".", ":"].lazy.compactMap { IPAddress(label.replacing("-", with: $0)) }.first
    }

    // MARK: The search list

    /// Where the asking Pod is: as it says itself, as its resolv.conf says, or where the name was asked.
    private var home: String { client.pod?.namespace ?? searchedNamespace ?? asked.namespace }

    /// The namespace of the first search domain, `shop.svc.cluster.local`.
    private var searchedNamespace: String? {
        guard let file = client.resolvConf,
            let first = (try? ResolverConfiguration(parsing: file.text, file: file.file))?.search.first,
            let labels = first.labels(above: facts.domain)?.map(DomainName.text), labels.count == 2, labels[1] == "svc"
        else { return nil }
        return labels[0]
    }

    /// The words that a search list would be applied to; nil where none is.
    private var searchedWords: [String]? {
        guard !asked.text.hasSuffix("."), !asked.text.contains("/"), let name = try? DomainName(asked.text) else {
            return nil
        }
        return name.reversedAddress == nil && IPAddress(asked.text) == nil ? name.words : nil
    }

    /// NAM004: of the names that the search list makes, an earlier one exists too.
    var searchFinding: Finding? {
        guard let words = searchedWords else { return nil }
        let candidates = AskedName.searched(words, from: home)
        let existing = candidates.filter { candidate in
            if case .namespace = candidate { return false }
            return facts.hasObject(of: candidate)
        }
        guard let first = existing.first, let answering = AskedName.name(of: first, in: facts.domain) else {
            return nil
        }
        // The other reading: the next name of the list, or the Service or name that was meant.
        let other: (name: String, object: String)
        if let second = existing.dropFirst().first, let name = AskedName.name(of: second, in: facts.domain) {
            other = (shown(name), describe(second))
        } else if first != asked.subject, let name = AskedName.name(of: asked.subject, in: facts.domain),
            facts.hasObject(of: asked.subject)
        {
            other = (shown(name), describe(asked.subject))
        } else if !isService(first), isTopLevelDomain(words[words.count - 1]) {
            other = (words.joined(separator: "."), words.joined(separator: "."))
        } else {
            return nil
        }
        let own = shown(answering)
        return Finding(
            "NAM004", .warning,
            Phrase(
                "in namespace \(home) \(asked.text) is answered as \(own) by \(describe(first)), not as \(other.name)",
                zh: "在命名空间 \(home) 中，\(asked.text) 由 \(describe(first)) 以 \(own) 应答，而不是 \(other.name)"),
            at: service.flatMap { facts.place(of: $0.name) }, object: describe(first),
            evidence: [
                Phrase(
                    "search list: \(home).svc.\(shown(facts.domain)), svc.\(shown(facts.domain)), \(shown(facts.domain))",
                    zh: "搜索列表：\(home).svc.\(shown(facts.domain))、svc.\(shown(facts.domain))、\(shown(facts.domain))"),
                Phrase("\(own) exists: \(describe(first))", zh: "\(own) 存在：\(describe(first))"),
                Phrase("\(other.name): \(other.object)"),
            ],
            fix: Phrase("clusterdns lookup \(other.name)."))
    }

    private func isService(_ subject: AskedName.Subject) -> Bool {
        if case .service = subject { true } else { false }
    }

    private func describe(_ subject: AskedName.Subject) -> String {
        switch subject {
        case .service(let service): "Service \(service)"
        case .port(let port, _, let service): "port \(port) of Service \(service)"
        case .endpoint(let label, let service): "endpoint \(label) of Service \(service)"
        case .pod(let label, let namespace): "Pod \(namespace)/\(label)"
        case .namespace(let namespace): "Namespace \(namespace)"
        case .address(let address): "\(address)"
        case .ingress(let ingress): "Ingress \(ingress)"
        case .other: shown(asked.name)
        }
    }

    /// NAM005: with a search list, `google.com` is Service google of namespace com.
    var topLevelFinding: Finding? {
        guard case .service(let name) = asked.subject, isTopLevelDomain(name.namespace), service != nil else {
            return nil
        }
        let hidden = "\(name.name).\(name.namespace)"
        return Finding(
            "NAM005", .warning,
            Phrase(
                "namespace \(name.namespace) is a public top-level domain: Service \(name) makes Pods take \(hidden) for a "
                    + "name of the cluster",
                zh: "命名空间 \(name.namespace) 与公共顶级域同名：Service \(name) 使 Pod 把 \(hidden) 当作集群内的名称"),
            at: facts.place(of: name), object: "Service \(name)",
            evidence: [
                Phrase(
                    "with the search list of any Pod \(hidden) becomes \(facts.hostName(of: name)), before the public name",
                    zh: "按任何 Pod 的搜索列表，\(hidden) 先成为 \(facts.hostName(of: name))，之后才是公共名称")
            ],
            fix: Phrase(
                "ask the public name with a final dot (\(hidden).), or give the namespace another name",
                zh: "查询公共名称时在末尾加点（\(hidden).），或为命名空间换一个名称"))
    }
}
