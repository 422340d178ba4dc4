import Findings
import NetworkAddress
import ServiceRegistry
import YAML

/// The values of a Service's fields that are fixed lists.
private enum SessionAffinity: String, CaseIterable {
    case none = "None"
    case clientIP = "ClientIP"
}

private enum TrafficPolicy: String, CaseIterable {
    case cluster = "Cluster"
    case local = "Local"
}

extension Service.Kind: CaseIterable {
    package static let allCases: [Service.Kind] = [.clusterIP, .nodePort, .loadBalancer, .externalName]
}

extension Service.FamilyPolicy: CaseIterable {
    package static let allCases: [Service.FamilyPolicy] = [.singleStack, .preferDualStack, .requireDualStack]
}

extension ObjectReader {
    /// core/v1 Service; what its validation refuses (pkg/apis/core/validation, ValidateService) is noted.
    mutating func readService() -> Service {
        var service = Service(name: name)
        checkFields(document, OtherFields.top, in: "Service")
        checkServiceFields()
        service.labels = labels(metadata?["labels"])
        service.annotations = labels(metadata?["annotations"])
        service.created = text(metadata?["creationTimestamp"]).flatMap(RFC3339.seconds)
        service.kind = choice(spec?["type"], "spec.type", Service.Kind.self) ?? .clusterIP
        readAddresses(into: &service)
        for family in list(spec?["ipFamilies"], "spec.ipFamilies") {
            switch text(family) {
            case "IPv4": service.families.append(.v4)
            case "IPv6": service.families.append(.v6)
            case let other?: error("MAN004", .notAllowed("spec.ipFamilies", other, ["IPv4", "IPv6"]), at: family)
            case nil: break
            }
        }
        service.familyPolicy = choice(spec?["ipFamilyPolicy"], "spec.ipFamilyPolicy", Service.FamilyPolicy.self)
        service.selector = readSelector()
        service.externalIPs = list(spec?["externalIPs"], "spec.externalIPs").compactMap {
            address($0, "spec.externalIPs")
        }
        service.loadBalancer = readLoadBalancer()
        service.publishNotReadyAddresses =
            boolean(spec?["publishNotReadyAddresses"], "spec.publishNotReadyAddresses") ?? false
        service.allocateLoadBalancerNodePorts =
            boolean(spec?["allocateLoadBalancerNodePorts"], "spec.allocateLoadBalancerNodePorts") ?? true
        service.sessionAffinityClientIP =
            choice(spec?["sessionAffinity"], "spec.sessionAffinity", SessionAffinity.self) == .clientIP
        service.externalTrafficPolicyLocal =
            choice(spec?["externalTrafficPolicy"], "spec.externalTrafficPolicy", TrafficPolicy.self) == .local
        service.internalTrafficPolicyLocal =
            choice(spec?["internalTrafficPolicy"], "spec.internalTrafficPolicy", TrafficPolicy.self) == .local
        service.prefersNear = spec?["trafficDistribution"]?.text?.hasPrefix("Prefer") ?? false
        readPorts(into: &service)
        if service.kind == .externalName {
            service.externalName = text(spec?["externalName"])
            if service.externalName?.isEmpty ?? true, !isMisspelt("externalName") {
                error(
                    "MAN005",
                    Phrase(
                        "a Service of type ExternalName needs spec.externalName",
                        zh: "ExternalName 类型的 Service 必须有 spec.externalName"), at: spec)
            }
        }
        return service
    }

    /// A Service's selector is the labels themselves, a workload's has them in matchLabels.
    private mutating func readSelector() -> Labels? {
        guard let selector = spec?["selector"] else { return nil }
        guard
            let wrong = selector.pairs?.first(where: {
                $0.key.text == "matchLabels" || $0.key.text == "matchExpressions"
            }),
            wrong.value.text == nil, let key = wrong.key.text
        else { return labels(selector) }
        let wanted = (wrong.value.pairs ?? []).map { "\n  \($0.key.text ?? ""): \($0.value.text ?? "")" }
        error(
            "MAN003",
            Phrase(
                "spec.selector.\(key) is not a Service field: a Service's selector has the labels themselves",
                zh: "spec.selector.\(key) 不是 Service 的字段：Service 的选择算符直接写标签"),
            at: wrong.key, fix: wanted.isEmpty ? nil : Phrase("selector:" + wanted.joined()))
        return nil
    }

    private mutating func readAddresses(into service: inout Service) {
        let single = spec?["clusterIP"]
        var texts = list(spec?["clusterIPs"], "spec.clusterIPs")
        if texts.isEmpty, let single { texts = [single] }
        for node in texts {
            guard let text = text(node), !text.isEmpty else { continue }
            if text == "None" {
                service.isHeadless = true
            } else if text.lowercased() == "none" {
                error(
                    "MAN004",
                    Phrase(
                        "spec.clusterIP \"\(text)\" is no address; a headless Service says None",
                        zh: "spec.clusterIP \"\(text)\" 不是 IP 地址；无头 Service 应写 None"), at: node,
                    fix: Phrase("clusterIP: None"))
                corrections.append(Correction("MAN004", .value(node, "None")))
            } else if let address = address(node, "spec.clusterIP") {
                service.clusterIPs.append(address)
            }
        }
        if service.kind == .externalName {
            service.clusterIPs = []
            service.isHeadless = false
        }
        if service.isHeadless { service.clusterIPs = [] }
    }

    private mutating func readPorts(into service: inout Service) {
        let nodes = list(spec?["ports"], "spec.ports")
        var names: Set<String> = []
        var unnamed: [(index: Int, node: YAMLNode)] = []
        let halves = splitEntry(nodes)
        for (index, node) in nodes.enumerated() {
            let path = "spec.ports[\(index)]"
            checkFields(node, ServiceFields.port, in: path)
            let name = text(node["name"]) ?? ""
            if !name.isEmpty, let fault = Label.fault(name) {
                error("MAN008", .noLabel("\(path).name", name, fault), at: node["name"], fix: Label.corrected(name))
            }
            if !name.isEmpty, !names.insert(name).inserted {
                error(
                    "MAN005",
                    Phrase("\(path).name \"\(name)\" stands twice", zh: "\(path).name \"\(name)\" 重复出现"),
                    at: node["name"])
            }
            let transport = transport(node["protocol"], "\(path).protocol")
            guard let port = port(node["port"], "\(path).port") else {
                if node["port"] == nil && !halves && !isMisspelt("port") {
                    error("MAN005", Phrase("\(path) has no port", zh: "\(path) 没有 port"), at: node)
                }
                continue
            }
            if name.isEmpty, nodes.count > 1, !halves { unnamed.append((index, node)) }
            service.ports.append(
                Service.Port(
                    name: name, transport: transport, port: port, target: targetPort(node["targetPort"], path),
                    nodePort: self.port(node["nodePort"], "\(path).nodePort"), appProtocol: text(node["appProtocol"])))
        }
        service.ports = shared.one(service.ports)
        noteUnnamed(unnamed)
        if let spec, halves || !misplacedPortFields.isEmpty {
            corrections.append(Correction("MAN003", .ports(spec: spec, misplaced: misplacedPortFields)))
        }
        if nodes.isEmpty, !service.isHeadless, service.kind != .externalName, spec?["ports"]?.pairs == nil,
            !isMisspelt("ports")
        {
            error(
                "MAN005",
                Phrase(
                    "spec.ports is missing: only headless and ExternalName Services go without",
                    zh: "缺少 spec.ports：只有无头和 ExternalName 的 Service 可以没有"), at: spec ?? metadata?["name"])
        }
    }

    /// Whether the ports are one entry that a dash too many has cut: a name here, a number there.
    private mutating func splitEntry(_ nodes: [YAMLNode]) -> Bool {
        guard nodes.count == 2 else { return false }
        let withName = nodes.firstIndex { $0["name"] != nil && $0["port"] == nil }
        let withPort = nodes.firstIndex { $0["port"] != nil && $0["name"] == nil }
        guard let withName, let withPort else { return false }
        let name = nodes[withName]["name"]?.text ?? ""
        let port = nodes[withPort]["port"]?.text ?? ""
        error(
            "MAN005",
            Phrase(
                "ports[\(withName)] has a name but no port, ports[\(withPort)] a port but no name; did you mean one entry?",
                zh: "ports[\(withName)] 有 name 没有 port，ports[\(withPort)] 有 port 没有 name；是否本应是同一项？"),
            at: nodes[0].listMark, fix: Phrase("ports:\n- name: \(name)\n  port: \(port)"))
        return true
    }

    /// SVC005. The Service is read all the same: its name and its addresses are clear.
    private mutating func noteUnnamed(_ ports: [(index: Int, node: YAMLNode)]) {
        guard let first = ports.first else { return }
        let all = ports.map { "spec.ports[\($0.index)]" }.joined(separator: ", ")
        note(
            "SVC005", .error,
            Phrase(
                "no name in \(all): with several ports each needs one", zh: "\(all) 没有 name：有多个端口时每个都必须有名称"),
            at: first.node,
            fix: Phrase("write a name for each port", zh: "为每个端口写上 name"))
    }

    private mutating func targetPort(_ node: YAMLNode?, _ path: String) -> TargetPort? {
        guard let node, !node.isNull else { return nil }
        if node.integer != nil { return port(node, "\(path).targetPort").map(TargetPort.number) }
        guard let text = text(node) else { return nil }
        // "80" in quotes is a name to Kubernetes, and no container has such a port name.
        return text.isEmpty ? nil : .name(text)
    }

    /// status.loadBalancer.ingress. What is wrong there a cloud has written, not the manifest's author.
    func readLoadBalancer() -> [LoadBalancerIngress] {
        (status?["loadBalancer"]?["ingress"]?.items ?? []).compactMap { entry in
            let address = entry["ip"]?.text.flatMap { IPAddress($0) }
            let hostname = entry["hostname"]?.text.flatMap { $0.isEmpty ? nil : $0 }
            var ingress = LoadBalancerIngress(address: address, hostname: hostname)
            ingress.isProxied = entry["ipMode"]?.text == "Proxy"
            return address == nil && hostname == nil ? nil : ingress
        }
    }

}

extension YAMLNode {
    /// The place of a list item's dash, where the item stands on the dash's line.
    fileprivate var listMark: YAMLNode {
        var mark = self
        mark.column = max(1, column - 2)
        return mark
    }
}
