import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

/// What is wrong with one target.
extension ExternalNameWay {
    func fault(of service: Service) -> Finding? {
        guard let target = service.externalName, !target.isEmpty else { return nil }
        return address(target, service) ?? badText(target, service) ?? clusterName(target, service)
            ?? shortName(target, service)
    }

    private func finding(
        _ code: String, _ service: Service, _ message: Phrase, _ evidence: [Phrase], fix: Phrase?
    ) -> Finding {
        let key = ObjectKey(.service, service.name)
        let place = facts.place(of: key, field: ["spec", "externalName"])
        let written = Phrase("externalName: \"\(service.externalName ?? "")\"\(facts.mark(place))")
        return Finding(
            code, .error, message, at: place ?? facts.place(of: service.name), object: "\(key)",
            evidence: [written] + evidence, fix: fix)
    }

    /// EXT001: text that is an address, or of digits and points only.
    private func address(_ target: String, _ service: Service) -> Finding? {
        var text = target.filter { !$0.isWhitespace }
        if text.hasSuffix(".") { text.removeLast() }
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        let address = IPAddress(text)
        let isDigits = !text.isEmpty && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || 48...57 ~= $0 }
        guard address != nil || isDigits else { return nil }
        return finding(
            "EXT001", service,
            Phrase(
                "ExternalName of Service \(service.name) is the address \"\(target)\": a CNAME leads to a name, never to an "
                    + "address",
                zh: "Service \(service.name) 的 ExternalName 是地址 \"\(target)\"：CNAME 只能指向名称，不能指向地址"),
            [
                Phrase(
                    "\(facts.hostName(of: service.name)) is NXDOMAIN: no top-level domain consists of digits",
                    zh: "\(facts.hostName(of: service.name)) 的应答是 NXDOMAIN：没有纯数字的顶级域")
            ], fix: address.map { slice(of: service, $0, port: service.ports.first?.port ?? 80) })
    }

    /// What leads to an address: a Service without selector and the slice that has its endpoint.
    private func slice(of service: Service, _ address: IPAddress, port: UInt16) -> Phrase {
        let (namespace, name) = (service.name.namespace, service.name.name)
        return Phrase(
            """
            apiVersion: v1
            kind: Service
            metadata:
              name: \(name)
              namespace: \(namespace)
            spec:
              ports:
              - port: \(port)
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: \(name)-1
              namespace: \(namespace)
              labels:
                kubernetes.io/service-name: \(name)
            addressType: \(address.family == .v6 ? "IPv6" : "IPv4")
            endpoints:
            - addresses: ["\(address)"]
            ports:
            - port: \(port)
            """)
    }

    /// EXT005: what a host name cannot have (RFC 1123 2.1; the API's ValidateDNS1123Subdomain).
    private func badText(_ target: String, _ service: Service) -> Finding? {
        guard let (fault, right) = HostNameFault.of(target) else { return nil }
        return finding(
            "EXT005", service,
            Phrase(
                "ExternalName \"\(target)\" of Service \(service.name) is no host name: \(fault.english)",
                zh: "Service \(service.name) 的 ExternalName \"\(target)\" 不是主机名：\(fault.chinese)"),
            [],
            fix: right.map { right in
                guard let address = IPAddress(right) else { return patch(service, right) }
                let port = target.split(separator: ":").last.flatMap { UInt16($0) }
                return slice(of: service, address, port: port ?? service.ports.first?.port ?? 80)
            })
    }

    /// EXT002: a name of the cluster's domain, or one that means it, that does not exist.
    private func clusterName(_ target: String, _ service: Service) -> Finding? {
        guard let name = try? DomainName(target) else { return nil }
        let words = name.words
        let labels = name.isAtOrBelow(facts.domain) ? Array(words.dropLast(facts.domain.labelCount)) : nil
        let subject = labels.map { AskedName.subject(inDomain: $0) } ?? .other
        if labels == nil, words.last == "svc" || words.count == 2 { return nil }
        let asked = AskedName(text: target, subject: subject, name: name)
        guard let reason = NameReasons(facts).reason(for: asked) ?? notReady(subject) else { return nil }
        let right = suggestion(for: subject)
        return finding(
            "EXT002", service,
            Phrase(
                "ExternalName \(shown(name)) of Service \(service.name) does not exist",
                zh: "Service \(service.name) 的 ExternalName \(shown(name)) 不存在"),
            [Phrase(reason.message, zh: reason.chinese?.message ?? reason.message)]
                + zip(reason.evidence, reason.chinese?.evidence ?? reason.evidence).map { Phrase($0, zh: $1) },
            fix: right.map { patch(service, facts.hostName(of: $0)) })
    }

    /// A headless Service that has endpoints of which none is ready has no name.
    private func notReady(_ subject: AskedName.Subject) -> Finding? {
        guard case .service(let name) = subject, facts.registry.services[name]?.isHeadless == true else { return nil }
        let endpoints = facts.endpoints(of: name)
        guard !endpoints.isEmpty, !endpoints.contains(where: \.endpoint.isReady) else { return nil }
        return Finding(
            "EPS004", .error,
            Phrase(
                "headless Service \(name) has no ready endpoint of \(endpoints.count)",
                zh: "无头 Service \(name) 的 \(endpoints.count) 个端点均未就绪"))
    }

    private func suggestion(for subject: AskedName.Subject) -> ObjectName? {
        guard let name = AskedName(text: "", subject: subject, name: .root).service else { return nil }
        let services = facts.registry.services.keys
        return services.filter { $0.name == name.name }.min()
            ?? nameSuggestions(for: name.name, in: name.namespace, among: services).first?.service
    }

    /// EXT003: a name that only a search list would complete, which a CNAME never goes through.
    private func shortName(_ target: String, _ service: Service) -> Finding? {
        guard let name = try? DomainName(target), !name.isAtOrBelow(facts.domain) else { return nil }
        let words = name.words
        let meant: ObjectName
        switch words.count {
        case 1: meant = ObjectName(service.name.namespace, words[0])
        case 2:
            meant = ObjectName(words[1], words[0])
            let exists = facts.registry.services[meant] != nil || facts.registry.namespaces[words[1]] != nil
            guard words[1] == "svc" || exists && !isTopLevelDomain(words[1]) else { return nil }
        case _ where words.last == "svc":
            guard let named = AskedName(text: "", subject: AskedName.subject(inDomain: words), name: .root).service
            else {
                return nil
            }
            meant = named
        case 3:
            meant = ObjectName(words[2], words[1])
            guard facts.registry.services[meant] != nil, !isTopLevelDomain(words[2]) else { return nil }
        default: return nil
        }
        let exists = facts.registry.services[meant] != nil
        let elsewhere = exists ? meant : suggestion(for: .service(meant))
        return finding(
            "EXT003", service,
            Phrase(
                "ExternalName \(shown(name)) of Service \(service.name) is a short name: a CNAME's target is absolute, no "
                    + "search list completes it",
                zh: "Service \(service.name) 的 ExternalName \(shown(name)) 是短名称：CNAME 的目标是绝对名称，不会经过搜索列表补全"),
            [
                Phrase("resolvers ask for \(shown(name)).", zh: "解析器查询的是 \(shown(name))."),
                exists
                    ? Phrase(
                        "Service \(meant) has the name \(facts.hostName(of: meant))",
                        zh: "Service \(meant) 的名称是 \(facts.hostName(of: meant))")
                    : Phrase("there is no Service \(meant)", zh: "没有 Service \(meant)"),
            ], fix: elsewhere.map { patch(service, facts.hostName(of: $0)) })
    }
}
