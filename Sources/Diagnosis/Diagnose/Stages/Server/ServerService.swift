import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

/// The DNS Service, by which clients reach the server: written by somebody, with endpoints that are ready, and port 53 of
/// UDP and TCP. Of one that nobody wrote (an embedded registry has one by default) nothing is said.
extension Inquiry {
    static let dnsService = ObjectName("kube-system", "kube-dns")
    private static let dnsLabel = (key: "k8s-app", value: "kube-dns")

    /// DNS003, and a line about the Service where there is one to look at.
    func dnsServiceReport() -> (facts: [Phrase], findings: [Finding]) {
        guard let service = writtenDNSService else { return ([], []) }
        let addresses = service.clusterIPs.map { "\($0)" }.joined(separator: ",")
        let head = "Service \(service.name)\(addresses.isEmpty ? "" : " \(addresses)")"
        let missing: [TransportProtocol] = [.udp, .tcp].filter { transport in
            !service.ports.contains { $0.port == 53 && $0.transport == transport }
        }
        if service.kind == .externalName { return ([Phrase(head)], []) }
        if !missing.isEmpty { return ([Phrase(head)], [portMissing(missing, of: service)]) }
        let endpoints = facts.endpoints(of: service.name).map(\.endpoint)
        let ready = endpoints.filter(\.isReady)
        if !ready.isEmpty {
            let list = ready.prefix(3).flatMap(\.addresses).map { "\($0):53" }.joined(separator: ",")
            return (
                [
                    Phrase(
                        "\(head), \(ready.count) ready: \(list)\(ready.count > 3 ? ",…" : "")",
                        zh: "\(head)，\(ready.count) 个就绪：\(list)\(ready.count > 3 ? ",…" : "")")
                ], []
            )
        }
        guard let finding = notReady(service, endpoints) else { return ([Phrase(head)], []) }
        return ([Phrase(head)], [finding])
    }

    /// The Service that clients of this cluster ask, if somebody wrote it: the one whose address the client's resolv.conf or
    /// `--server` names, kube-system/kube-dns, one that carries its label.
    private var writtenDNSService: Service? {
        let services = facts.registry.services
        func isWritten(_ name: ObjectName) -> Bool {
            facts.reading.origin == .api || facts.places[ObjectKey(.service, name)] != nil
        }
        func isDNS(_ service: Service) -> Bool { service.ports.contains { $0.port == 53 } }
        var asked: Set<IPAddress> = Set([server?.address?.address].compactMap(\.self))
        if let input = client.resolvConf,
            let configuration = try? ResolverConfiguration(parsing: input.text, file: input.file)
        {
            asked.formUnion(configuration.nameservers.map(\.address))
        }
        let candidates = services.values.filter { service in
            isWritten(service.name)
                && (service.name == Inquiry.dnsService || service.clusterIPs.contains(where: asked.contains)
                    || service.labels[Inquiry.dnsLabel.key] == Inquiry.dnsLabel.value && isDNS(service))
        }
        func rank(_ service: Service) -> Int {
            service.clusterIPs.contains(where: asked.contains) && isDNS(service)
                ? 0 : service.name == Inquiry.dnsService ? 1 : 2
        }
        return candidates.filter { isDNS($0) || $0.name == Inquiry.dnsService }
            .min { (rank($0), $0.name) < (rank($1), $1.name) }
    }

    // MARK: Findings

    private func portMissing(_ missing: [TransportProtocol], of service: Service) -> Finding {
        let words = missing.map { "53/\($0.rawValue)" }.joined(separator: ", ")
        let there = service.ports.map { "\($0.port)/\($0.transport.rawValue)" }.joined(separator: ", ")
        let patch = missing.map { transport in
            "{\"name\":\"\(transport == .udp ? "dns" : "dns-tcp")\",\"port\":53,\"protocol\":\"\(transport.rawValue)\"}"
        }
        // Ports are merged by number; where the other transport is there it has to be said again.
        let kept = service.ports.filter { $0.port == 53 }.map { port in
            "{\"name\":\"\(port.name.isEmpty ? (port.transport == .udp ? "dns" : "dns-tcp") : port.name)\",\"port\":53,"
                + "\"protocol\":\"\(port.transport.rawValue)\",\"targetPort\":\(Inquiry.json(port.target))}"
        }
        let others = service.ports.filter { $0.port != 53 }.map { port in
            "{\"name\":\"\(port.name.isEmpty ? "port-\(port.port)" : port.name)\",\"port\":\(port.port),"
                + "\"protocol\":\"\(port.transport.rawValue)\",\"targetPort\":\(Inquiry.json(port.target))}"
        }
        let ports = (kept + patch + others).joined(separator: ",")
        return Finding(
            "DNS003", .error,
            Phrase(
                "the DNS Service \(service.name) has no port \(words)", zh: "DNS Service \(service.name) 没有端口 \(words)"),
            at: facts.place(of: service.name), object: "Service \(service.name)",
            evidence: [
                Phrase("ports: \(there.isEmpty ? "none" : there)", zh: "端口：\(there.isEmpty ? "无" : there)"),
                Phrase(
                    "clients ask UDP port 53, and TCP port 53 where an answer does not fit a datagram",
                    zh: "客户端使用 UDP 53 端口查询，数据报放不下的应答使用 TCP 53 端口"),
            ],
            fix: Phrase(
                "kubectl -n \(service.name.namespace) patch svc \(service.name.name) --type merge "
                    + "-p '{\"spec\":{\"ports\":[\(ports)]}}'"))
    }

    private static func json(_ target: TargetPort) -> String {
        switch target {
        case .number(let number): "\(number)"
        case .name(let name): "\"\(name)\""
        }
    }

    /// nil where the facts do not say that none is ready: no Pod and no slice of it among some manifests.
    private func notReady(_ service: Service, _ endpoints: [Endpoint]) -> Finding? {
        let selected = facts.pods(selectedBy: service)
        let selector = (service.selector ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: ",")
        if let selected, selected.isEmpty, endpoints.isEmpty {
            return noPod(service, selector)
        }
        guard !endpoints.isEmpty || !(selected ?? []).isEmpty else {
            // Somebody else makes its endpoints; only who has read them all knows that there are none.
            guard facts.reading.origin == .api, !facts.reading.unread.contains(.endpointSlice) else { return nil }
            return none(service, [])
        }
        var evidence = (selected ?? []).map { pod in
            let reason = pod.isTerminating ? "terminating" : pod.readyReason
            let problems = pod.containerProblems.joined(separator: ", ")
            let why = [reason, problems].filter { !$0.isEmpty }.joined(separator: ", ")
            let word = pod.isReady && !pod.isTerminating
            return Phrase(
                "Pod \(pod.name) \(pod.addresses.first.map { "\($0) " } ?? "")\(word ? "ready" : "not ready")"
                    + (why.isEmpty ? "" : ": \(why)"),
                zh: "Pod \(pod.name) \(pod.addresses.first.map { "\($0) " } ?? "")\(word ? "就绪" : "未就绪")"
                    + (why.isEmpty ? "" : "：\(why)"))
        }
        if evidence.isEmpty {
            evidence = endpoints.map { endpoint in
                let address = endpoint.addresses.first.map { "\($0)" } ?? ""
                return Phrase("endpoint \(address) not ready", zh: "端点 \(address) 未就绪")
            }
        }
        if evidence.count > 5 {
            let more = evidence.count - 5
            evidence = evidence.prefix(5) + [Phrase("and \(more) more", zh: "另有 \(more) 个")]
        }
        return none(service, evidence)
    }

    private func none(_ service: Service, _ evidence: [Phrase]) -> Finding {
        let namespace = service.name.namespace
        let selector = (service.selector ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: ",")
        let address = service.clusterIPs.map { "\($0)" }.joined(separator: ", ")
        var facts = evidence
        if !selector.isEmpty { facts.insert(Phrase("selector \(selector)", zh: "选择算符 \(selector)"), at: 0) }
        if !address.isEmpty {
            facts.append(
                Phrase(
                    "nobody answers what Pods send to \(address):53", zh: "Pod 发往 \(address):53 的查询无人应答"))
        }
        return Finding(
            "DNS003", .error,
            Phrase(
                "the DNS Service \(service.name) has no ready endpoint", zh: "DNS Service \(service.name) 没有就绪的端点"),
            at: self.facts.place(of: service.name), object: "Service \(service.name)", evidence: facts,
            fix: Phrase(
                selector.isEmpty
                    ? "kubectl -n \(namespace) get endpointslices -l kubernetes.io/service-name=\(service.name.name)"
                    : "kubectl -n \(namespace) describe pods -l \(selector)"))
    }

    /// A selector that finds nothing: a fault where Pods are there that are meant, or where everything was read.
    private func noPod(_ service: Service, _ selector: String) -> Finding? {
        let reading = facts.reading
        if reading.origin == .api {
            guard !reading.unread.contains(.pod), !reading.unread.contains(.endpointSlice) else { return nil }
        }
        let meant = facts.pods(in: service.name.namespace).filter { pod in
            pod.labels[Inquiry.dnsLabel.key] == Inquiry.dnsLabel.value
                || ["coredns", "kube-dns", "clusterdns"].contains(where: pod.name.name.hasPrefix)
        }
        guard reading.origin == .api || !meant.isEmpty else { return nil }
        var finding = none(
            service,
            [
                Phrase(
                    "it matches no Pod in namespace \(service.name.namespace)",
                    zh: "它没有匹配命名空间 \(service.name.namespace) 中的任何 Pod")
            ])
        guard let pod = meant.first, let labels = Inquiry.text(pod.labels) else { return finding }
        finding.add(evidence: Phrase("Pod \(pod.name) has \(labels)", zh: "Pod \(pod.name) 的标签为 \(labels)"))
        let label = Inquiry.dnsLabel
        if pod.labels[label.key] == label.value {
            let patch = #"[{"op":"replace","path":"/spec/selector","value":{"\#(label.key)":"\#(label.value)"}}]"#
            let fix = "kubectl -n \(service.name.namespace) patch svc \(service.name.name) --type json -p '\(patch)'"
            finding.fix = fix
            finding.chinese?.fix = fix
        }
        return finding
    }

    private static func text(_ labels: Labels) -> String? {
        labels.isEmpty
            ? nil : labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
