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
        service.annotations = annotations(metadata?["annotations"])
        service.created = text(metadata?["creationTimestamp"]).flatMap(RFC3339.seconds)
        service.kind = choice(spec?["type"], "spec.type", Service.Kind.self) ?? .clusterIP
        readAddresses(into: &service)
        for family in list(spec?["ipFamilies"], "spec.ipFamilies") {
            switch text(family) {
            case "IPv4": service.families.append(.v4)
            case "IPv6": service.families.append(.v6)
            case let other?: error("MAN004", "spec.ipFamilies \"\(other)\" is not allowed: IPv4, IPv6", at: family)
            case nil: break
            }
        }
        service.familyPolicy = choice(spec?["ipFamilyPolicy"], "spec.ipFamilyPolicy", Service.FamilyPolicy.self)
        service.selector = spec?["selector"].map { labels($0) }
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
        readPorts(into: &service)
        if service.kind == .externalName {
            service.externalName = text(spec?["externalName"])
            if service.externalName?.isEmpty ?? true {
                error("MAN005", "a Service of type ExternalName needs spec.externalName", at: spec)
            }
        }
        return service
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
                    "MAN004", "spec.clusterIP \"\(text)\" is no address; a headless Service says None", at: node,
                    fix: "clusterIP: None")
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
        let halves = splitEntry(nodes)
        for (index, node) in nodes.enumerated() {
            let path = "spec.ports[\(index)]"
            checkFields(node, ServiceFields.port, in: path)
            let name = text(node["name"]) ?? ""
            if !name.isEmpty, let fault = Label.fault(name) {
                error("MAN008", "\(path).name \"\(name)\" is no DNS label: \(fault)", at: node["name"])
            }
            if !name.isEmpty, !names.insert(name).inserted {
                error("MAN005", "\(path).name \"\(name)\" stands twice", at: node["name"])
            }
            let transport = transport(node["protocol"], "\(path).protocol")
            guard let port = port(node["port"], "\(path).port") else {
                if node["port"] == nil && !halves {
                    error("MAN005", "\(path) has no port", at: node)
                }
                continue
            }
            if name.isEmpty, nodes.count > 1, !halves {
                error("MAN005", "\(path) needs a name: with several ports each has one", at: node)
            }
            service.ports.append(
                Service.Port(
                    name: name, transport: transport, port: port, target: targetPort(node["targetPort"], path),
                    nodePort: self.port(node["nodePort"], "\(path).nodePort"), appProtocol: text(node["appProtocol"])))
        }
        service.ports = shared.one(service.ports)
        if nodes.isEmpty, !service.isHeadless, service.kind != .externalName {
            error("MAN005", "spec.ports is missing: only headless and ExternalName Services go without", at: spec)
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
            "ports[\(withName)] has a name but no port, ports[\(withPort)] a port but no name; did you mean one entry?",
            at: nodes[0].listMark, fix: "ports:\n- name: \(name)\n  port: \(port)")
        return true
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
            return address == nil && hostname == nil ? nil : LoadBalancerIngress(address: address, hostname: hostname)
        }
    }

    /// Annotations: any texts.
    private func annotations(_ node: YAMLNode?) -> Labels {
        Dictionary((node?.pairs ?? []).map { ($0.key.text ?? "", $0.value.text ?? "") }, uniquingKeysWith: { $1 })
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
