import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// Whether the name exists, as what, and why not.
    func examineName() -> StageReport {
        if let service = asked.service, self.service == nil,
            facts.loadFindings.contains(where: { $0.severity == .error && $0.object == "Service \(service)" })
        {
            return .skipped(
                .name, Phrase("Service \(service) did not load", zh: "Service \(service) 未能加载"))
        }
        var report = StageReport(.name)
        if let reason = NameReasons(facts).reason(for: asked) {
            report.findings = [reason]
            return report
        }
        report.facts = nameFacts
        report.findings = externalNameFindings + [typeFinding, searchFinding, topLevelFinding].compactMap { $0 }
        return report
    }

    private var nameFacts: [Phrase] {
        switch asked.subject {
        case .service(let name):
            guard let service else { return [] }
            return [serviceFact(service, fullName: facts.hostName(of: name))]
        case .port, .endpoint, .pod:
            return [Phrase("\(shown(asked.name)) exists", zh: "\(shown(asked.name)) 存在")]
        case .namespace(let namespace):
            return [Phrase("namespace \(namespace) exists", zh: "命名空间 \(namespace) 存在")]
        case .address(let address): return [addressFact(address)]
        case .ingress(let name): return [Phrase("Ingress \(name)")]
        case .other:
            let domain = shown(facts.domain)
            return [
                Phrase(
                    "\(shown(asked.name)) is no name of the cluster's domain \(domain): upstreams answer it",
                    zh: "\(shown(asked.name)) 不是集群域 \(domain) 中的名称：由上游服务器应答")
            ]
        }
    }

    private func serviceFact(_ service: Service, fullName: String) -> Phrase {
        if service.kind == .externalName {
            return Phrase("\(fullName) CNAME \(service.externalName ?? "")")
        }
        if !service.isHeadless {
            let addresses = service.clusterIPs.map { "\($0.family == .v4 ? "A" : "AAAA") \($0)" }
            return Phrase("\(fullName) \(addresses.joined(separator: ", "))")
        }
        let ready = facts.endpoints(of: service.name).count { $0.endpoint.isReady }
        return Phrase(
            "\(fullName) headless, \(ready) ready endpoint\(ready == 1 ? "" : "s")",
            zh: "\(fullName) 无头服务，\(ready) 个就绪端点")
    }

    private func addressFact(_ address: IPAddress) -> Phrase {
        if let service {
            let isOwn = service.clusterIPs.contains(address)
            let role = isOwn ? "ClusterIP" : "address"
            return Phrase(
                "\(address) is \(isOwn ? "the \(role)" : "an \(role)") of Service \(service.name)",
                zh: "\(address) 是 Service \(service.name) 的 \(isOwn ? "ClusterIP" : "地址")")
        }
        if let pod = facts.registry.pods.values.filter({ $0.addresses.contains(address) }).map(\.name).min() {
            return Phrase(
                "\(address) is Pod \(pod)'s, which is an endpoint of no Service: it has no PTR record",
                zh: "\(address) 属于 Pod \(pod)，它不是任何 Service 的端点：没有 PTR 记录")
        }
        return Phrase(
            "\(address) is no address of the cluster's Services and Pods",
            zh: "\(address) 不是集群中任何 Service 或 Pod 的地址")
    }
}
