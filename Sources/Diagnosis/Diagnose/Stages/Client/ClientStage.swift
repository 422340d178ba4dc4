import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// What the asking Pod would do: whether it asks the right server the right name, and whether packets may pass.
    func examineClient() -> StageReport {
        let examination = ClientExamination(self)
        var report = StageReport(.client, facts: examination.facts, findings: examination.findings)
        if report.facts.isEmpty {
            report.facts = [Phrase("no --from-pod", zh: "未给出 --from-pod")]
            report.isSkipped = report.findings.isEmpty
        }
        return report
    }
}

/// One question seen from the client that asks it. Its findings are in files of their own, one for each family of codes.
struct ClientExamination: Sendable {
    let inquiry: Inquiry
    let dns: ClusterDNS
    /// nil: nothing is known of the client.
    let asking: AskingClient?
    /// nil: no query log was given.
    let lostQueries: LostQueries?

    init(_ inquiry: Inquiry) {
        self.inquiry = inquiry
        // Who looks at every Service without a client pays for no look at all of them each time.
        let concernsDNS =
            inquiry.client.pod != nil || inquiry.client.resolvConf != nil
            || !inquiry.facts.registry.networkPolicies.isEmpty
        dns = concernsDNS ? ClusterDNS(inquiry.facts) : ClusterDNS()
        let asking = AskingClient(inquiry, dns)
        self.asking = asking
        let addresses = asking?.pod?.addresses ?? []
        lostQueries = inquiry.client.lostQueries.map { addresses.isEmpty ? $0 : $0.only(Set(addresses)) }
    }

    var registry: ServiceRegistry { inquiry.facts.registry }
    var libc: ResolverRules { inquiry.client.libc }

    /// Whether the name is one that only the cluster's DNS knows: a node's resolver is right for others.
    var asksForClusterName: Bool {
        if case .other = inquiry.asked.subject { return inquiry.asked.name.isAtOrBelow(inquiry.facts.domain) }
        return true
    }

    /// The order is that of causes: the first error is the primary one.
    var findings: [Finding] {
        var findings = podFindings
        // A Pod that has its node's resolver has the wrong server and list because of that.
        if findings.isEmpty, asking != nil {
            findings = serverFindings
            if findings.isEmpty { findings = searchFindings }
            if findings.isEmpty { findings = ndotsFindings }
        }
        findings += limitFindings + wildcardFindings + podNameFindings
        findings += policyFindings + queryLogFindings
        return findings
    }

    var facts: [Phrase] {
        var facts: [Phrase] = []
        if let pod = inquiry.client.pod, registry.pods[pod] == nil {
            facts.append(Phrase("Pod \(pod) is not in the registry", zh: "注册表中没有 Pod \(pod)"))
        }
        if let asking { facts += [askingFact(asking)] }
        facts += queryLogFacts
        return facts
    }

    /// `web-0 in shop asks 10.96.0.10 for api.shop.svc.cluster.local: 2 names tried`
    private func askingFact(_ asking: AskingClient) -> Phrase {
        guard let file = asking.file else {
            return Phrase(
                "\(asking.label) asks its node's resolver (\(asking.computed?.reason ?? ""))",
                zh: "\(asking.label) 使用所在节点的解析器（\(asking.computed?.reason ?? "")）")
        }
        let servers = file.nameservers.prefix(ResolverConfiguration.maximumNameservers).map(\.text)
        let whom = servers.isEmpty ? "127.0.0.1" : servers.joined(separator: ", ")
        let name = shown(inquiry.asked.name)
        guard let plan = asking.plan(for: inquiry.asked, rules: libc) else {
            return Phrase("\(asking.label) asks \(whom)", zh: "\(asking.label) 向 \(whom) 查询")
        }
        guard let index = plan.candidates.firstIndex(where: { $0.name == inquiry.asked.name }) else {
            let tried = plan.candidates.map { shown($0.name) }.joined(separator: ", ")
            return Phrase(
                "\(asking.label) asks \(whom) for \(tried), never for \(name)",
                zh: "\(asking.label) 向 \(whom) 查询 \(tried)，从不查询 \(name)")
        }
        return Phrase(
            "\(asking.label) asks \(whom) for \(name): \(counted(index + 1, "name")) tried",
            zh: "\(asking.label) 向 \(whom) 查询 \(name)：尝试了 \(index + 1) 个名称")
    }

    /// `Service kube-system/kube-dns has ClusterIP 10.0.0.10 (manifests.yaml:1)`, a line for each DNS Service.
    var dnsEvidence: [Phrase] {
        dns.services.map { service in
            let addresses = service.clusterIPs.map(\.description).joined(separator: ", ")
            let place = inquiry.facts.place(of: service.name).map { " (\($0))" } ?? ""
            return Phrase(
                "Service \(service.name) has ClusterIP \(addresses.isEmpty ? "None" : addresses)\(place)",
                zh: "Service \(service.name) 的 ClusterIP 是 \(addresses.isEmpty ? "None" : addresses)\(place)")
        }
    }

    /// ` 10.0.0.10` behind "the cluster DNS"; empty where the registry has no address.
    var dnsSuffix: String { dns.addresses.first.map { " \($0)" } ?? "" }
}
