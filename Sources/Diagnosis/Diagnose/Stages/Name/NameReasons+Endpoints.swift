import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension NameReasons {
    // MARK: Ports

    /// Why `_http._tcp.web.shop` does not exist though the Service does; nil where it does, and where the port is there and
    /// only has no name.
    func missingPort(_ port: String, _ transport: String, of name: ObjectName, _ asked: AskedName) -> Finding? {
        guard let service = facts.registry.services[name], facts.types(at: asked.subject).isEmpty else { return nil }
        let ports = service.ports.filter { $0.transport.rawValue.lowercased() == transport }
        // What has no port name has no SRV name: an info, told of the type.
        if ports.contains(where: \.name.isEmpty) { return nil }
        // A headless Service without ready endpoints has no names: its endpoints' matter.
        if ports.contains(where: { $0.name == port }), service.isHeadless { return nil }
        let list = service.ports.map(portText).joined(separator: ", ")
        let has =
            service.kind == .externalName
            ? Phrase(
                "Service \(name) is of type ExternalName and has no names of ports",
                zh: "Service \(name) 的类型是 ExternalName，没有端口名称")
            : list.isEmpty
                ? Phrase("Service \(name) has no ports", zh: "Service \(name) 没有端口")
                : Phrase("Service \(name) has \(list)", zh: "Service \(name) 的端口：\(list)")
        let nearest = service.ports.filter { !$0.name.isEmpty }.min { a, b in
            distance(a.name, port) < distance(b.name, port)
        }
        let right = nearest.map { "_\($0.name)._\($0.transport.rawValue.lowercased()).\(facts.hostName(of: name))" }
        return Finding(
            "NAM001", .error,
            Phrase(
                "Service \(name) has no port \"\(port)\" over \(transport.uppercased())",
                zh: "Service \(name) 没有名为 \"\(port)\" 的 \(transport.uppercased()) 端口"),
            at: facts.place(of: name), object: "Service \(name)", evidence: [denial(of: asked), has],
            fix: right.map { Phrase("clusterdns lookup -t SRV \($0)") })
    }

    private func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        return editDistance(a, b, atMost: max(a.count, b.count)) ?? Int.max
    }

    // MARK: Endpoints

    /// Why `web-0.db.shop` does not exist though the Service does; nil where it does, and where no endpoint of the Service is
    /// ready: its endpoints' matter.
    func missingEndpoint(_ label: String, of name: ObjectName, _ asked: AskedName) -> Finding? {
        guard let service = facts.registry.services[name], facts.types(at: asked.subject).isEmpty else { return nil }
        if facts.exposure.ignoresEndpoints {
            return NameReasons.unexposed(
                "Service \(name)", Phrase("noendpoints: endpoints have no names", zh: "noendpoints：端点没有名称"))
        }
        let endpoints = facts.endpoints(of: name).map(\.endpoint)
        if let endpoint = endpoints.first(where: { !$0.isReady && isNamed($0, label) }) {
            return endpoints.contains(where: \.isReady) ? notReady(endpoint, label, of: name, asked) : nil
        }
        if let pod = facts.registry.pods[ObjectName(name.namespace, label)]
            ?? pod(withHostname: label, in: name.namespace)
        {
            return unnamed(pod, label, of: service, asked)
        }
        if service.isHeadless, !endpoints.isEmpty, !endpoints.contains(where: \.isReady) { return nil }
        return noEndpoint(label, of: service, endpoints, asked)
    }

    private func isNamed(_ endpoint: Endpoint, _ label: String) -> Bool {
        endpoint.hostname.isEmpty
            ? endpoint.addresses.contains { dashed($0) == label } || endpoint.podName == label
            : endpoint.hostname.lowercased() == label
    }

    /// `10-0-0-1`
    func dashed(_ address: IPAddress) -> String { "\(address)".replacing(".", with: "-").replacing(":", with: "-") }

    private func pod(withHostname label: String, in namespace: String) -> Pod? {
        facts.pods(in: namespace).first { $0.hostname == label }
    }

    private func notReady(_ endpoint: Endpoint, _ label: String, of name: ObjectName, _ asked: AskedName) -> Finding {
        let pod = facts.registry.pods[ObjectName(name.namespace, endpoint.podName)]
        let why = [pod?.readyReason ?? ""] + (pod?.containerProblems ?? [])
        let reasons = why.filter { !$0.isEmpty }.joined(separator: ", ")
        let who = endpoint.podName.isEmpty ? "endpoint \(label)" : "Pod \(name.namespace)/\(endpoint.podName)"
        let fix =
            endpoint.podName.isEmpty
            ? "kubectl -n \(name.namespace) get endpointslices -l kubernetes.io/service-name=\(name.name)"
            : "kubectl -n \(name.namespace) describe pod \(endpoint.podName)"
        return Finding(
            "NAM001", .error,
            Phrase(
                "endpoint \(label) of Service \(name) is not ready, so its name does not exist",
                zh: "Service \(name) 的端点 \(label) 未就绪，因此其名称不存在"),
            at: facts.place(of: name), object: "Service \(name)",
            evidence: [
                denial(of: asked),
                Phrase(
                    "\(who) is not ready\(reasons.isEmpty ? "" : " (\(reasons))")",
                    zh: "\(who) 未就绪\(reasons.isEmpty ? "" : "（\(reasons)）")"),
            ], fix: Phrase(fix))
    }

    /// A Pod that is there and is not named by the Service.
    private func unnamed(_ pod: Pod, _ label: String, of service: Service, _ asked: AskedName) -> Finding {
        let name = service.name
        let isSelected = service.selector.map { selector in
            !selector.isEmpty && selector.allSatisfy { pod.labels[$0.key] == $0.value }
        }
        var evidence = [
            denial(of: asked),
            Phrase(
                "Pod \(pod.name): hostname \"\(pod.hostname)\", subdomain \"\(pod.subdomain)\"; "
                    + "the name needs hostname \"\(label)\", subdomain \"\(name.name)\"",
                zh: "Pod \(pod.name)：hostname \"\(pod.hostname)\"，subdomain \"\(pod.subdomain)\"；"
                    + "该名称需要 hostname \"\(label)\"，subdomain \"\(name.name)\""),
        ]
        let owner = facts.registry.workloads.values.filter { workload in
            workload.kind == "StatefulSet" && workload.name.namespace == pod.name.namespace
                && pod.name.name.hasPrefix(workload.name.name + "-")
        }.max { $0.name.name.utf8.count < $1.name.name.utf8.count }
        if let owner {
            evidence.append(
                Phrase("StatefulSet \(owner.name): serviceName \"\(owner.serviceName ?? "")\""))
        }
        let governing = ObjectName(name.namespace, pod.subdomain)
        var fix = Phrase("spec:\n  hostname: \(label)\n  subdomain: \(name.name)")
        if isSelected == false {
            evidence.append(
                Phrase(
                    "selector \((service.selector ?? [:]).pairsText) of Service \(name) does not match it",
                    zh: "Service \(name) 的选择算符 \((service.selector ?? [:]).pairsText) 与它不匹配"))
        }
        if !pod.subdomain.isEmpty, governing != name {
            let there = facts.registry.services[governing] != nil
            evidence.append(
                there
                    ? Phrase(
                        "its name is \(label).\(facts.hostName(of: governing))",
                        zh: "它的名称是 \(label).\(facts.hostName(of: governing))")
                    : Phrase("there is no Service \(governing)", zh: "没有 Service \(governing)"))
            if there { fix = Phrase("clusterdns lookup \(label).\(facts.hostName(of: governing))") }
        }
        if owner != nil, owner?.serviceName != name.name, fix.english.hasPrefix("spec") {
            fix = Phrase("spec:\n  serviceName: \(name.name)")
        }
        if let address = pod.addresses.first, isSelected == true, pod.isReady {
            let own = "\(dashed(address)).\(facts.hostName(of: name))"
            evidence.append(Phrase("its endpoint has the name \(own)", zh: "它的端点名称是 \(own)"))
        }
        return Finding(
            "POD002", .error,
            Phrase(
                "hostname and subdomain of Pod \(pod.name) do not give it the name \(shown(asked.name))",
                zh: "Pod \(pod.name) 的 hostname 和 subdomain 没有给它 \(shown(asked.name)) 这个名称"),
            at: facts.places[ObjectKey(.pod, pod.name)], object: "Pod \(pod.name)", evidence: evidence, fix: fix)
    }

    private func noEndpoint(
        _ label: String, of service: Service, _ endpoints: [Endpoint], _ asked: AskedName
    ) -> Finding {
        let name = service.name
        let ready = endpoints.filter(\.isReady)
        let names = ready.map { $0.hostname.isEmpty ? $0.addresses.first.map(dashed) ?? "" : $0.hostname }
            .filter { !$0.isEmpty }.sorted { (distance($0, label), $0) < (distance($1, label), $1) }
        let list = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        var evidence = [
            denial(of: asked),
            list.isEmpty
                ? Phrase("Service \(name) has no ready endpoint", zh: "Service \(name) 没有就绪端点")
                : Phrase(
                    "endpoints of Service \(name) have the names \(list)",
                    zh: "Service \(name) 的端点名称：\(list)"),
        ]
        // `api.web.shop` for `api.shop`: one label too many.
        let shorter = ObjectName(name.namespace, label)
        let hasShorter = facts.registry.services[shorter] != nil
        if hasShorter {
            evidence.append(
                Phrase(
                    "one label too many: Service \(shorter) has the name \(facts.hostName(of: shorter))",
                    zh: "多了一个标签：Service \(shorter) 的名称是 \(facts.hostName(of: shorter))"))
        }
        let nearest = names.first.flatMap { distance($0, label) <= 2 ? "\($0).\(facts.hostName(of: name))" : nil }
        return Finding(
            "NAM001", .error,
            Phrase("Service \(name) has no endpoint \(label)", zh: "Service \(name) 没有端点 \(label)"),
            at: facts.place(of: name), object: "Service \(name)", evidence: evidence,
            fix: hasShorter
                ? look(at: shorter) : Phrase("clusterdns lookup \(nearest ?? facts.hostName(of: name))"))
    }

    private func portText(_ port: Service.Port) -> String {
        (port.name.isEmpty ? "" : port.name + " ") + "\(port.port)/\(port.transport.rawValue)"
    }
}
