import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// How the Service is reached from outside the cluster: load balancer, external addresses, Ingresses, external zones.
    func examineOutside() -> StageReport {
        let routes = self.routes
        let hasWay =
            service.map { $0.kind == .loadBalancer || !$0.externalIPs.isEmpty || $0.kind == .nodePort } ?? false
        let wantsExternalName = externalNameAsked != nil
        if !hasWay, routes.isEmpty, !wantsExternalName {
            return .skipped(.outside, Phrase("not reached from outside", zh: "不对集群外提供"))
        }
        var report = StageReport(.outside)
        report.facts = outsideFacts(routes)
        report.findings = loadBalancerFindings + ingressFindings(routes) + externalZoneFindings(routes)
        return report
    }

    private func outsideFacts(_ routes: [IngressRoute]) -> [Phrase] {
        var lines: [Phrase] = []
        if let service, service.kind == .loadBalancer || service.kind == .nodePort {
            let nodePorts = service.ports.compactMap(\.nodePort).map { "\($0)" }.joined(separator: ", ")
            let addresses = service.outsideAddresses.joined(separator: ", ")
            let ports = nodePorts.isEmpty ? "" : ", nodePort \(nodePorts)"
            lines.append(Phrase("\(service.kind.rawValue)\(addresses.isEmpty ? "" : " \(addresses)")\(ports)"))
        } else if let service, !service.externalIPs.isEmpty {
            lines.append(Phrase("externalIPs \(service.outsideAddresses.joined(separator: ", "))"))
        }
        for name in Set(routes.map(\.ingress)).sorted() {
            let hosts = routes.filter { $0.ingress == name }.map { $0.host.isEmpty ? "*" : $0.host }
            lines.append(Phrase("Ingress \(name): \(Array(Set(hosts)).sorted().joined(separator: ", "))"))
        }
        return lines
    }

    // MARK: Load balancers

    /// XTN001, XTN002.
    private var loadBalancerFindings: [Finding] {
        guard let service, service.kind == .loadBalancer else { return [] }
        let (namespace, name) = (service.name.namespace, service.name.name)
        let key = "Service \(service.name)"
        guard !service.loadBalancer.isEmpty else {
            // Reached by addresses that somebody routes here: nothing is waited for.
            guard service.externalIPs.isEmpty else { return [] }
            let nodePorts = service.ports.compactMap(\.nodePort).map { "\($0)" }.joined(separator: ", ")
            return [
                Finding(
                    "XTN001", .warning,
                    Phrase(
                        "LoadBalancer Service \(service.name) is pending: status.loadBalancer.ingress is empty, nobody has "
                            + "given it an address",
                        zh: "LoadBalancer 类型的 Service \(service.name) 处于 pending：status.loadBalancer.ingress 为空，尚未分配地址"),
                    at: facts.place(of: service.name), object: key,
                    evidence: [
                        Phrase("type: LoadBalancer, EXTERNAL-IP <pending>"),
                        nodePorts.isEmpty
                            ? Phrase("it has no nodePort", zh: "没有 nodePort")
                            : Phrase(
                                "until then it is reached by nodePort \(nodePorts)",
                                zh: "在此之前可通过 nodePort \(nodePorts) 访问"),
                    ], fix: Phrase("kubectl -n \(namespace) describe service \(name)"))
            ]
        }
        return badHostnames(service.loadBalancer).map { host, fault in
            Finding(
                "XTN002", .error,
                Phrase(
                    "status of Service \(service.name) has the host name \"\(host)\": \(fault.english)",
                    zh: "Service \(service.name) 的 status 中的主机名 \"\(host)\" 有误：\(fault.chinese)"),
                at: facts.place(of: service.name), object: key,
                evidence: [Phrase("status.loadBalancer.ingress[].hostname: \"\(host)\"")],
                fix: Phrase("kubectl -n \(namespace) get service \(name) -o jsonpath='{.status.loadBalancer}'"))
        }
    }

    /// Host names that are none, with what is wrong. Letters of both cases are fine: a cloud wrote them, and DNS does not
    /// care.
    func badHostnames(_ ingress: [LoadBalancerIngress]) -> [(String, Phrase)] {
        ingress.compactMap(\.hostname).compactMap { host in
            let bare = host.hasSuffix(".") ? String(host.dropLast()) : host
            if IPAddress(bare) != nil {
                return (host, Phrase("it is an address, and belongs in ip", zh: "它是地址，应写在 ip 中"))
            }
            return HostNameFault.of(host.lowercased()).map { (host, $0.fault) }
        }
    }
}

extension Service {
    /// Addresses and host names by which it is reached from outside.
    var outsideAddresses: [String] {
        loadBalancer.compactMap { $0.address.map { "\($0)" } ?? $0.hostname } + externalIPs.map { "\($0)" }
    }

    /// It has an address or host name outside.
    var isReachedFromOutside: Bool { kind != .externalName && !outsideAddresses.isEmpty }
}
