import ClusterZone
import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension NameReasons {
    // MARK: Pods and addresses

    /// `10-0-0-1.shop.pod`: exists where the option `pods` answers such names.
    func missingPod(_ label: String, in namespace: String, _ asked: AskedName) -> Finding? {
        if let missing = missing(namespace: namespace, asked) { return missing }
        let pod = facts.registry.pods[ObjectName(namespace, label)]
        let address = [".", ":"].lazy.compactMap { IPAddress(label.replacing("-", with: $0)) }.first
        guard let address else {
            let own = pod?.addresses.first.map { "\(dashed($0)).\(namespace).pod.\(shown(facts.domain))" }
            return Finding(
                "NAM001", .error,
                Phrase(
                    "\"\(label)\" is no address with dashes, as the names of Pods below pod.\(shown(facts.domain)) have",
                    zh: "\"\(label)\" 不是用连字符书写的地址，而 pod.\(shown(facts.domain)) 下的 Pod 名称须如此"),
                object: "Namespace \(namespace)",
                evidence: [denial(of: asked)]
                    + (own.map {
                        [Phrase("Pod \(namespace)/\(label) would be \($0)", zh: "Pod \(namespace)/\(label) 应为 \($0)")]
                    }
                        ?? []),
                fix: own.map { Phrase("clusterdns lookup \($0)") })
        }
        switch facts.exposure.pods {
        case .insecure: return nil
        case .disabled:
            return NameReasons.unexposed(
                "Pod \(address)",
                Phrase("pods disabled: names of Pods are not answered", zh: "pods disabled：不应答 Pod 的名称"))
        case .verified:
            let holders = facts.registry.pods.values.filter { $0.addresses.contains(address) }.map(\.name).sorted()
            if holders.contains(where: { $0.namespace == namespace }) { return nil }
            return Finding(
                "NAM001", .error,
                Phrase(
                    "no Pod in namespace \(namespace) has the address \(address)",
                    zh: "命名空间 \(namespace) 中没有地址为 \(address) 的 Pod"),
                object: "Namespace \(namespace)",
                evidence: [denial(of: asked)]
                    + holders.map { Phrase("Pod \($0) has it", zh: "Pod \($0) 拥有该地址") },
                fix: Phrase("kubectl -n \(namespace) get pods -o wide"))
        }
    }

    /// An address of the cluster's blocks that nothing has.
    func unknown(_ address: IPAddress, _ asked: AskedName) -> Finding? {
        guard !facts.registry.pods.values.contains(where: { $0.addresses.contains(address) }),
            let block = (facts.serviceCIDRs + facts.podCIDRs).first(where: { $0.contains(address) })
        else { return nil }
        let isService = facts.serviceCIDRs.contains(block)
        return Finding(
            "NAM001", .error,
            Phrase(
                "no \(isService ? "Service" : "Pod") has the address \(address)",
                zh: "没有 \(isService ? "Service" : "Pod") 使用地址 \(address)"),
            evidence: [
                denial(of: asked),
                Phrase(
                    "\(address) is in \(block), where the cluster's \(isService ? "Services" : "Pods") have theirs",
                    zh: "\(address) 属于集群的 \(isService ? "Service" : "Pod") 网段 \(block)"),
            ],
            fix: Phrase("kubectl get \(isService ? "services" : "pods") -A -o wide"))
    }

    // MARK: Other shapes

    /// A name of the cluster's domain that no object can have, or one of another domain that means one of its objects.
    func badShape(_ asked: AskedName) -> Finding? {
        asked.name.isAtOrBelow(facts.domain) ? wrongLabels(asked) : wrongZone(asked)
    }

    /// The names that are there whatever objects there are.
    static let fixedNames: Set<[String]> = [[], ["svc"], ["pod"], ["dns"], ["ns", "dns"], ["dns-version"]]

    private func wrongLabels(_ asked: AskedName) -> Finding? {
        let words = Array(asked.name.words.dropLast(facts.domain.labelCount))
        guard !NameReasons.fixedNames.contains(words) else { return nil }
        let meant = meantService(words)
        let isShort = words.count < 3
        var evidence = [
            denial(of: asked),
            Phrase(
                "names of Services are SERVICE.NAMESPACE.svc.\(shown(facts.domain))",
                zh: "Service 的名称形如 SERVICE.NAMESPACE.svc.\(shown(facts.domain))"),
        ]
        if let meant {
            evidence.append(
                Phrase(
                    "Service \(meant) has the name \(facts.hostName(of: meant))",
                    zh: "Service \(meant) 的名称是 \(facts.hostName(of: meant))"))
        }
        return Finding(
            "NAM001", .error,
            Phrase(
                "\(shown(asked.name)) has too \(isShort ? "few" : "many") labels: no object has such a name",
                zh: "\(shown(asked.name)) 的标签太\(isShort ? "少" : "多")：没有对象有这样的名称"),
            object: meant.map { "Service \($0)" }, evidence: evidence, fix: meant.map(look))
    }

    /// The Service whose name, and namespace if it is there, stand among labels.
    private func meantService(_ words: [String]) -> ObjectName? {
        let services = facts.registry.services.keys.filter { words.contains($0.name) }.sorted()
        return services.first { words.contains($0.namespace) } ?? services.first
    }

    /// `web.shop.svc.cluster.locall`, or a zone that this cluster does not have.
    private func wrongZone(_ asked: AskedName) -> Finding? {
        let words = asked.name.words
        let domain = facts.domain.words
        // A label `svc` behind a Service and its namespace, or before it where it is left out: `web.shop.cluster.locl`.
        let mark = words.lastIndex(of: "svc") ?? words.lastIndex(of: "pod")
        let zone = mark.map { Array(words[($0 + 1)...]) } ?? Array(words.suffix(domain.count))
        let front = mark.map { Array(words[...$0]) } ?? Array(words.dropLast(domain.count))
        // Of the Multi-Cluster Services API.
        guard !zone.isEmpty, !front.isEmpty, zone != ["clusterset", "local"] else { return nil }
        let (own, other) = (domain.joined(separator: "."), zone.joined(separator: "."))
        let isNearDomain =
            editDistance(Array(other.utf8), Array(own.utf8), atMost: min(2, own.utf8.count / 4)) != nil
            || zone == ["cluster", "local"] || zone == Array(domain.prefix(zone.count))
        let subject = AskedName.subject(inDomain: front)
        let service = AskedName(text: "", subject: subject, name: .root).service
        let exists = service.map { facts.registry.services[$0] != nil } ?? false
        guard isNearDomain || mark != nil && exists else { return nil }
        let right = AskedName.name(of: subject, in: facts.domain).map(shown) ?? (front + domain).joined(separator: ".")
        return Finding(
            "DNS005", .error,
            Phrase(
                "\(shown(asked.name)) is in zone \(zone.joined(separator: ".")), and the cluster's domain is "
                    + shown(facts.domain),
                zh: "\(shown(asked.name)) 位于区域 \(zone.joined(separator: "."))，而集群域是 \(shown(facts.domain))"),
            at: service.flatMap { facts.place(of: $0) }, object: service.map { "Service \($0)" },
            evidence: [
                Phrase(
                    "no zone of the cluster has \(shown(asked.name))",
                    zh: "集群的任何区域中都没有 \(shown(asked.name))"),
                exists
                    ? Phrase("\(right) exists", zh: "\(right) 存在")
                    : Phrase("in the cluster's domain it would be \(right)", zh: "在集群域中它应为 \(right)"),
            ], fix: Phrase("clusterdns lookup \(right)"))
    }
}
