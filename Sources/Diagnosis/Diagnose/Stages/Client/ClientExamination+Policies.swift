import Findings
import NetworkAddress
import ServiceRegistry

/// NET001, NET002 and NET005: whether NetworkPolicies let the client reach the DNS server and the Service's Pods.
extension ClientExamination {
    private var evaluation: PolicyEvaluation { PolicyEvaluation(inquiry.facts) }

    var policyFindings: [Finding] {
        guard !registry.networkPolicies.isEmpty else { return [] }
        let name = dnsFinding
        return [name, serviceFinding(besides: name)].compactMap { $0 }
    }

    private func evidence(_ party: PolicyParty, _ direction: PolicyEvaluation.Direction) -> [Phrase] {
        evaluation.policies(on: party, direction).map { found in
            PolicyText.line(
                found.policy, direction, place: inquiry.facts.places[ObjectKey(.networkPolicy, found.policy.name)])
        }
    }

    private func firstPolicy(_ party: PolicyParty, _ direction: PolicyEvaluation.Direction) -> ObjectName? {
        evaluation.policies(on: party, direction).first { $0.selects == .allowed }?.policy.name
    }

    // MARK: The DNS server

    /// The Pods that answer DNS, or what their Service tells of them. A Service that nobody wrote tells nothing.
    private var dnsParties: [PolicyParty] {
        var parties = dns.pods.map { PolicyParty($0) }
        if parties.isEmpty {
            let service = dns.isWritten ? dns.services.first : nil
            parties = [PolicyParty(selectedBy: service?.selector ?? [:], in: service?.name.namespace)]
        }
        // Asked through a ClusterIP, or through a node's own cache.
        let aliases =
            dns.services.flatMap(\.clusterIPs)
            + (asking?.file?.nameservers ?? []).compactMap(\.address).filter(\.isLinkLocal)
        return parties.map { party in
            var party = party
            party.aliases = aliases
            return party
        }
    }

    private var dnsFinding: Finding? {
        let client = asking?.pod.map { PolicyParty($0) }
        if let client, !client.isOnHost, let pod = asking?.pod {
            let way = { (transport: TransportProtocol) in
                dnsParties.map { server in
                    evaluation.verdict(
                        client, .egress, with: server, port: PolicyPort(transport, dns.ports(transport)))
                }.max() ?? .unknown
            }
            let udp = way(.udp)
            if udp == .denied { return egressFinding("NET001", .error, pod, client) }
            if udp == .allowed, way(.tcp) == .denied { return egressFinding("NET002", .warning, pod, client) }
        }
        return dnsIngressFinding(client)
    }

    private func egressFinding(
        _ code: String, _ severity: Finding.Severity, _ pod: Pod, _ client: PolicyParty
    ) -> Finding {
        let message =
            code == "NET001"
            ? Phrase(
                "no NetworkPolicy of namespace \(pod.name.namespace) lets Pod \(pod.name) send DNS queries (UDP 53) to the cluster DNS\(dnsSuffix)",
                zh:
                    "命名空间 \(pod.name.namespace) 中没有 NetworkPolicy 允许 Pod \(pod.name) 向集群 DNS\(dnsSuffix) 发送 DNS 查询（UDP 53）"
            )
            : Phrase(
                "Pod \(pod.name) may ask the cluster DNS\(dnsSuffix) over UDP 53 only: answers that need TCP 53 fail",
                zh: "Pod \(pod.name) 只能通过 UDP 53 访问集群 DNS\(dnsSuffix)：需要 TCP 53 的应答会失败")
        let selector = dns.services.first?.selector ?? ["k8s-app": "kube-dns"]
        let policy = firstPolicy(client, .egress)
        return Finding(
            code, severity, message,
            at: policy.flatMap { inquiry.facts.places[ObjectKey(.networkPolicy, $0)] },
            object: policy.map { "NetworkPolicy \($0)" }, evidence: evidence(client, .egress),
            fix: Phrase(
                PolicyText.command(
                    ObjectName(pod.name.namespace, "allow-dns"), .egress, selector: [:],
                    peer: (dns.services.first?.name.namespace ?? "kube-system", selector), ports: dnsPorts)))
    }

    private var dnsPorts: [PolicyPort] {
        [PolicyPort(.udp, dns.ports(.udp)), PolicyPort(.tcp, dns.ports(.tcp))]
    }

    /// The policies of the DNS Pods: for the client, or where they let nobody in.
    private func dnsIngressFinding(_ client: PolicyParty?) -> Finding? {
        let servers = dns.pods.map { PolicyParty($0) }.filter { !$0.isOnHost }
        guard !servers.isEmpty, client?.isOnHost != true, let pod = dns.pods.first(where: { !$0.hostNetwork }),
            let service = dns.services.first
        else { return nil }
        let way = { (transport: TransportProtocol) in
            servers.map { server in
                evaluation.verdict(
                    server, .ingress, with: client, port: PolicyPort(transport, dns.ports(transport)))
            }.max() ?? .unknown
        }
        let udp = way(.udp)
        guard udp == .denied || udp == .allowed && way(.tcp) == .denied else { return nil }
        let who = asking?.pod.map { "Pod \($0.name)" }
        let policy = firstPolicy(servers[0], .ingress)
        let message =
            udp == .denied
            ? Phrase(
                "no NetworkPolicy of namespace \(pod.name.namespace) lets \(who ?? "anybody") reach the DNS Pods of Service \(service.name) on UDP 53",
                zh:
                    "命名空间 \(pod.name.namespace) 中没有 NetworkPolicy 允许\(who.map { " \($0) " } ?? "任何客户端")访问 Service \(service.name) 的 DNS Pod 的 UDP 53"
            )
            : Phrase(
                "the DNS Pods of Service \(service.name) may be reached on UDP 53 only: answers that need TCP 53 fail",
                zh: "Service \(service.name) 的 DNS Pod 只允许 UDP 53：需要 TCP 53 的应答会失败")
        return Finding(
            udp == .denied ? "NET001" : "NET002", udp == .denied ? .error : .warning, message,
            at: policy.flatMap { inquiry.facts.places[ObjectKey(.networkPolicy, $0)] },
            object: policy.map { "NetworkPolicy \($0)" }, evidence: evidence(servers[0], .ingress),
            fix: Phrase(
                PolicyText.command(
                    ObjectName(pod.name.namespace, "allow-dns"), .ingress, selector: service.selector ?? [:], peer: nil,
                    ports: dnsPorts)))
    }

    // MARK: The Service's Pods

    /// The Pods behind the Service; from templates where there are no Pods.
    private func targets(of service: Service) -> [PolicyParty] {
        guard let selector = service.selector, !selector.isEmpty else { return [] }
        let pods = (inquiry.facts.pods(selectedBy: service) ?? []).map { PolicyParty($0) }
        if !pods.isEmpty { return pods }
        return registry.workloads.values.filter { workload in
            workload.name.namespace == service.name.namespace
                && selector.allSatisfy { workload.templateLabels[$0.key] == $0.value }
        }.sorted { $0.name < $1.name }.map { PolicyParty($0) }
    }

    private func targetPort(_ port: Service.Port, of party: PolicyParty) -> PolicyPort? {
        switch port.target {
        case .number(let number): PolicyPort(port.transport, [number])
        case .name(let name):
            party.ports.first { $0.name == name && $0.transport == port.transport }
                .map { PolicyPort(port.transport, [$0.port]) }
        }
    }

    private func serviceFinding(besides name: Finding?) -> Finding? {
        guard let service = inquiry.service, service.kind != .externalName else { return nil }
        var client = asking?.pod.map { PolicyParty($0) }
        if client?.isOnHost == true { client = nil }
        let asked = inquiry.port.map { number in service.ports.filter { $0.port == number } } ?? []
        let ports = asked.isEmpty ? service.ports : asked
        let targets = targets(of: service).map { party in
            var party = party
            party.aliases = service.clusterIPs
            return party
        }
        // Every way, through each Pod and port, must be closed.
        func closed(_ test: (PolicyParty, PolicyPort) -> PolicyVerdict) -> Bool {
            let ways = targets.flatMap { party in
                ports.map { port in targetPort(port, of: party).map { test(party, $0) } }
            }
            return !ways.isEmpty && ways.allSatisfy { $0 == .denied }
        }
        if closed({ evaluation.verdict($0, .ingress, with: client, port: $1) }) {
            return blockedFinding(service, targets[0], ports, .ingress, targets[0])
        }
        // A Pod that may send nothing, DNS queries included, has one fault.
        guard name?.code != "NET001", let client else { return nil }
        if closed({ evaluation.verdict(client, .egress, with: $0, port: $1) }) {
            return blockedFinding(service, targets[0], ports, .egress, client)
        }
        return nil
    }

    /// - Parameter party: the one whose policies block.
    private func blockedFinding(
        _ service: Service, _ target: PolicyParty, _ ports: [Service.Port], _ direction: PolicyEvaluation.Direction,
        _ party: PolicyParty
    ) -> Finding {
        let targets = ports.compactMap { targetPort($0, of: target) }
        let numbers = targets.flatMap { port in port.numbers.sorted().map { "\($0)/\(port.transport.rawValue)" } }
        let text = numbers.joined(separator: ", ")
        let pod = direction == .egress || asking?.pod?.hostNetwork == false ? asking?.pod : nil
        let policy = firstPolicy(party, direction)
        let namespace = party.namespace ?? service.name.namespace
        let message =
            pod.map { pod in
                Phrase(
                    "no NetworkPolicy of namespace \(namespace) lets Pod \(pod.name) reach the Pods of Service \(service.name) on port \(text)",
                    zh:
                        "命名空间 \(namespace) 中没有 NetworkPolicy 允许 Pod \(pod.name) 访问 Service \(service.name) 的 Pod 的端口 \(text)"
                )
            }
            ?? Phrase(
                "no NetworkPolicy of namespace \(namespace) lets anybody reach the Pods of Service \(service.name) on port \(text)",
                zh: "命名空间 \(namespace) 中没有 NetworkPolicy 允许任何客户端访问 Service \(service.name) 的 Pod 的端口 \(text)")
        var lines = evidence(party, direction)
        if let pod {
            let labels = pod.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            lines.append(
                Phrase("Pod \(pod.name) has labels \(labels)", zh: "Pod \(pod.name) 的标签是 \(labels)"))
        }
        for port in ports where port.target != .number(port.port) {
            lines.append(
                Phrase(
                    "policies see targetPort \(port.target), not port \(port.port) of the Service",
                    zh: "NetworkPolicy 看到的是 targetPort \(port.target)，而不是 Service 的端口 \(port.port)"))
        }
        lines.append(
            Phrase("DNS is not the problem: the name resolves, connections time out", zh: "问题不在 DNS：名称可以解析，连接会超时"))
        let fix =
            direction == .ingress
            ? PolicyText.command(
                ObjectName(service.name.namespace, "allow-\(service.name.name)"), .ingress,
                selector: service.selector ?? [:], peer: pod.map { ($0.name.namespace, $0.labels) }, ports: targets)
            : PolicyText.command(
                ObjectName(namespace, "allow-\(service.name.name)"), .egress, selector: party.labels,
                peer: (service.name.namespace, service.selector ?? [:]), ports: targets)
        return Finding(
            "NET005", .error, message, at: policy.flatMap { inquiry.facts.places[ObjectKey(.networkPolicy, $0)] },
            object: policy.map { "NetworkPolicy \($0)" }, evidence: lines, fix: Phrase(fix))
    }
}
