import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

/// Why a name does not exist, nearest cause first: the server does not show it, the Service is elsewhere, another name was
/// meant, the namespace is missing, the shape is none of the specification's.
///
/// `diagnose` and `lookup` say the same.
struct NameReasons {
    let facts: ClusterFacts

    init(_ facts: ClusterFacts) { self.facts = facts }

    /// - Returns: nil where the object is there, whether or not it has records now, and for names outside the cluster.
    func reason(for asked: AskedName) -> Finding? {
        switch asked.subject {
        case .service(let service): missing(service, asked)
        case .port(let port, let transport, let service):
            missing(service, asked) ?? missingPort(port, transport, of: service, asked)
        case .endpoint(let label, let service): missing(service, asked) ?? missingEndpoint(label, of: service, asked)
        case .pod(let label, let namespace): missingPod(label, in: namespace, asked)
        case .namespace(let namespace): missing(namespace: namespace, asked)
        case .address(let address): asked.holder == nil ? unknown(address, asked) : nil
        case .ingress: nil
        case .other: badShape(asked)
        }
    }

    // MARK: Services

    /// Why a Service's name does not exist; nil where the Service does and is shown.
    func missing(_ service: ObjectName, _ asked: AskedName) -> Finding? {
        if let hidden = hidden(service) { return hidden }
        guard facts.registry.services[service] == nil else { return nil }
        let elsewhere = facts.registry.services.keys.filter { $0.name == service.name }.sorted()
        let hasNamespace = facts.hasNamespace(service.namespace)
        let isTypo = elsewhere.contains { isNear($0.namespace, service.namespace) }
        if !elsewhere.isEmpty, hasNamespace || !isTypo {
            return elsewhereFinding(service, elsewhere, hasNamespace: hasNamespace, asked)
        }
        return hasNamespace ? noService(service, asked) : noNamespace(service.namespace, for: service, asked)
    }

    private func hidden(_ service: ObjectName) -> Finding? {
        let labels = facts.registry.namespaces[service.namespace]?.labels
        let object = facts.registry.services[service]
        let reason =
            facts.exposure.reason(against: service.namespace, labels: labels)
            ?? object.flatMap { facts.exposure.reason(against: $0) }
        return reason.map { NameReasons.unexposed("Service \(service)", $0, at: facts.place(of: service)) }
    }

    static func unexposed(_ object: String, _ reason: Phrase, at place: SourcePlace? = nil) -> Finding {
        Finding(
            "NAM007", .error,
            Phrase(
                "\(object) is not exposed by configuration: \(reason.english)",
                zh: "\(object) 未被配置公开：\(reason.chinese)"),
            at: place, object: object,
            fix: Phrase(
                "name it in the kubernetes block of the Corefile, or widen --namespaces, --namespace-labels or --labels",
                zh: "在 Corefile 的 kubernetes 块中加上它，或放宽 --namespaces、--namespace-labels、--labels"))
    }

    private func elsewhereFinding(
        _ service: ObjectName, _ elsewhere: [ObjectName], hasNamespace: Bool, _ asked: AskedName
    ) -> Finding {
        let namespaces = elsewhere.map(\.namespace).joined(separator: ", ")
        let first = elsewhere[0]
        var evidence = [
            denial(of: asked),
            Phrase(
                "Service \(first) has the name \(facts.hostName(of: first))",
                zh: "Service \(first) 的名称是 \(facts.hostName(of: first))"),
        ]
        if !hasNamespace { evidence.append(noNamespaceLine(service.namespace)) }
        return Finding(
            "NAM002", .error,
            Phrase(
                "Service \(service.name) is in namespace \(namespaces), not in \(service.namespace)",
                zh: "Service \(service.name) 在命名空间 \(namespaces) 中，不在 \(service.namespace) 中"),
            at: facts.place(of: first), object: "Service \(service)", evidence: evidence, fix: look(at: first))
    }

    private func noService(_ service: ObjectName, _ asked: AskedName) -> Finding {
        let suggestions = self.suggestions(for: service)
        let name = "Service \(service)"
        var evidence = [denial(of: asked)]
        evidence += suggestions.prefix(1).map { facts.place(of: $0.service) }.compactMap { place in
            place.map { Phrase("Service \(suggestions[0].service) (\($0))") }
        }
        evidence += neighbours(of: service)
        evidence += facts.routes(to: service).map { route in
            Phrase("Ingress \(route.ingress) routes to it", zh: "Ingress \(route.ingress) 将流量转发到它")
        }
        let workload = self.workload(like: service)
        var message = Phrase(
            "no Service \(service.name) in namespace \(service.namespace)",
            zh: "命名空间 \(service.namespace) 中没有 Service \(service.name)")
        if !suggestions.isEmpty {
            let list = suggestions.map(\.phrase)
            message = Phrase(
                "\(message.english): did you mean \(list.map(\.english).joined(separator: " or "))?",
                zh: "\(message.chinese)：是不是 \(list.map(\.chinese).joined(separator: " 或 "))？")
        }
        let fix: Phrase
        if let first = suggestions.first, workload == nil || first.isTurned || first.distance != nil {
            fix = look(at: first.service)
        } else if let workload {
            evidence.append(
                Phrase(
                    "\(workload.kind) \(workload.name) exists, and no Service leads to its Pods",
                    zh: "\(workload.kind) \(workload.name) 存在，但没有 Service 指向它的 Pod"))
            let port = workload.containerPorts.first.map { " --port=\($0.port)" } ?? ""
            fix = Phrase(
                "kubectl -n \(service.namespace) expose \(workload.kind.lowercased()) \(service.name)\(port)")
        } else {
            fix = Phrase("kubectl -n \(service.namespace) get services")
        }
        return Finding("NAM001", .error, message, object: name, evidence: evidence, fix: fix)
    }

    /// Services that may have been meant; the two labels the other way round come first.
    private func suggestions(for service: ObjectName) -> [NameSuggestion] {
        let turned = ObjectName(service.name, service.namespace)
        if facts.registry.services[turned] != nil { return [NameSuggestion(turned: turned)] }
        return nameSuggestions(for: service.name, in: service.namespace, among: facts.registry.services.keys)
    }

    /// What else is in the namespace: Services, and a Pod of that name.
    private func neighbours(of service: ObjectName) -> [Phrase] {
        var lines: [Phrase] = []
        let others = facts.registry.services.keys.filter { $0.namespace == service.namespace }.map(\.name).sorted()
        let list = others.prefix(8).joined(separator: ", ") + (others.count > 8 ? ", …" : "")
        lines.append(
            others.isEmpty
                ? Phrase(
                    "namespace \(service.namespace) has no Service", zh: "命名空间 \(service.namespace) 中没有任何 Service")
                : Phrase(
                    "namespace \(service.namespace) has \(others.count) Service\(others.count == 1 ? "" : "s"): \(list)",
                    zh: "命名空间 \(service.namespace) 有 \(others.count) 个 Service：\(list)"))
        if facts.registry.pods[service] != nil {
            lines.append(
                Phrase(
                    "Pod \(service) exists: a Pod's name is no name in DNS by itself, it needs hostname and subdomain",
                    zh: "Pod \(service) 存在：Pod 的名称本身不是 DNS 名称，需要 hostname 和 subdomain"))
        }
        return lines
    }

    private func workload(like service: ObjectName) -> Workload? {
        facts.registry.workloads.values.filter { $0.name == service }.min { $0.kind < $1.kind }
    }

    // MARK: Namespaces

    func missing(namespace: String, _ asked: AskedName) -> Finding? {
        let labels = facts.registry.namespaces[namespace]?.labels
        if let reason = facts.exposure.reason(against: namespace, labels: labels) {
            return NameReasons.unexposed("Namespace \(namespace)", reason)
        }
        guard !facts.hasNamespace(namespace) else { return nil }
        let services = facts.registry.services.keys.filter { $0.name == namespace }.sorted()
        guard let first = services.first else { return noNamespace(namespace, for: nil, asked) }
        return Finding(
            "NAM001", .error,
            Phrase(
                "\(shown(asked.name)) lacks a label: Service \(first) has the name \(facts.hostName(of: first))",
                zh: "\(shown(asked.name)) 少一个标签：Service \(first) 的名称是 \(facts.hostName(of: first))"),
            object: "Service \(first)", evidence: [denial(of: asked), noNamespaceLine(namespace)], fix: look(at: first))
    }

    private func noNamespace(_ namespace: String, for service: ObjectName?, _ asked: AskedName) -> Finding {
        let near = facts.registry.namespaces.keys.filter { isNear($0, namespace) }.sorted { a, b in
            let (x, y) = (rank(a, namespace, service), rank(b, namespace, service))
            return x == y ? a < b : x < y
        }
        let what = service.map { "Service \($0)" } ?? "Namespace \(namespace)"
        var message = Phrase("there is no namespace \(namespace)", zh: "没有命名空间 \(namespace)")
        if let first = near.first {
            let names = near.prefix(3).joined(separator: " or ")
            message = Phrase(
                "\(message.english): did you mean \(names)?",
                zh: "\(message.chinese)：是不是 \(names.replacing(" or ", with: " 或 "))？")
            if let service {
                let meant = ObjectName(first, service.name)
                let evidence =
                    facts.registry.services[meant] != nil
                    ? Phrase(
                        "Service \(meant) has the name \(facts.hostName(of: meant))",
                        zh: "Service \(meant) 的名称是 \(facts.hostName(of: meant))")
                    : Phrase(
                        "namespace \(first) has no Service \(service.name)",
                        zh: "命名空间 \(first) 中没有 Service \(service.name)")
                return Finding(
                    "NAM003", .error, message, object: what, evidence: [denial(of: asked), evidence],
                    fix: look(at: meant))
            }
        }
        let suggestions = service.map(self.suggestions) ?? []
        if let first = suggestions.first, first.isTurned {
            message = Phrase(
                "\(message.english): did you mean \(first.phrase.english)?",
                zh: "\(message.chinese)：是不是 \(first.phrase.chinese)？")
        }
        var evidence = [denial(of: asked)]
        let known = facts.registry.namespaces.keys.sorted()
        evidence.append(
            Phrase(
                "namespaces: \(known.prefix(10).joined(separator: ", "))\(known.count > 10 ? ", …" : "")",
                zh: "命名空间：\(known.prefix(10).joined(separator: ", "))\(known.count > 10 ? ", …" : "")"))
        evidence += suggestions.prefix(1).map {
            Phrase("near it: Service \($0.service)", zh: "相近的：Service \($0.service)")
        }
        return Finding(
            "NAM003", .error, message, object: what, evidence: evidence,
            fix: suggestions.first.map { look(at: $0.service) } ?? Phrase("kubectl get namespaces"))
    }

    /// Those that hold the Service before the others, then the nearest.
    private func rank(_ candidate: String, _ namespace: String, _ service: ObjectName?) -> Int {
        let holds = service.map { facts.registry.services[ObjectName(candidate, $0.name)] != nil } ?? false
        let distance = editDistance(Array(candidate.utf8), Array(namespace.utf8), atMost: 2) ?? 3
        return (holds ? 0 : 10) + distance
    }

    func isNear(_ a: String, _ b: String) -> Bool {
        let allowed = min(2, min(a.utf8.count, b.utf8.count) / 2)
        if editDistance(Array(a.utf8), Array(b.utf8), atMost: allowed) != nil { return true }
        return min(a.utf8.count, b.utf8.count) >= 3 && (a.hasPrefix(b) || b.hasPrefix(a))
    }

    func noNamespaceLine(_ namespace: String) -> Phrase {
        Phrase("there is no namespace \(namespace)", zh: "没有命名空间 \(namespace)")
    }

    // MARK: What all say

    /// `web.shop.svc.cluster.local is NXDOMAIN`
    func denial(of asked: AskedName) -> Phrase {
        Phrase("\(shown(asked.name)) is NXDOMAIN", zh: "\(shown(asked.name)) 的应答是 NXDOMAIN")
    }

    func look(at service: ObjectName) -> Phrase { Phrase("clusterdns lookup \(service.name).\(service.namespace)") }
}
