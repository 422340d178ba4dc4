import Findings
import NetworkAddress
import ServiceRegistry
import YAML

extension EndpointSlice.AddressType: CaseIterable {
    package static let allCases: [EndpointSlice.AddressType] = [.ipv4, .ipv6, .fqdn]
}

extension ObjectReader {
    /// discovery.k8s.io/v1 EndpointSlice; v1beta1 has the same fields where DNS looks.
    mutating func readEndpointSlice() -> EndpointSlice {
        checkFields(document, OtherFields.slice, in: "EndpointSlice")
        if document["addressType"] == nil {
            error(
                "MAN005",
                Phrase("addressType is missing: IPv4, IPv6 or FQDN", zh: "缺少 addressType：IPv4、IPv6 或 FQDN"),
                at: document)
        }
        let type = choice(document["addressType"], "addressType", EndpointSlice.AddressType.self) ?? .ipv4
        let service = metadata?["labels"]?["kubernetes.io/service-name"]?.text
        var slice = EndpointSlice(name: name, serviceName: service, addressType: type)
        let nodes = list(document["endpoints"], "endpoints")
        slice.endpoints = nodes.enumerated().map { index, node in sliceEndpoint(node, "endpoints[\(index)]", type) }
        slice.ports = endpointPorts(document["ports"], "ports")
        return slice
    }

    private mutating func sliceEndpoint(
        _ node: YAMLNode, _ path: @autoclosure () -> String, _ type: EndpointSlice.AddressType
    ) -> Endpoint {
        checkFields(node, OtherFields.sliceEndpoint, in: path())
        var addresses: [IPAddress] = []
        if (node["addresses"]?.items ?? []).isEmpty, node["addresses"]?.text == nil, !isMisspelt("addresses") {
            error(
                "MAN005", Phrase("\(path()) has no addresses", zh: "\(path()) 没有 addresses"),
                at: node["addresses"] ?? node)
        }
        for item in list(node["addresses"], "\(path()).addresses") where type != .fqdn {
            guard let address = address(item, "\(path()).addresses") else { continue }
            guard (address.family == .v4) == (type == .ipv4) else {
                error(
                    "MAN004",
                    Phrase(
                        "\(path()).addresses \(address) is not of the slice's addressType \(type.rawValue)",
                        zh: "\(path()).addresses \(address) 不属于该端点切片的 addressType \(type.rawValue)"),
                    at: item)
                continue
            }
            addresses.append(address)
        }
        // Nothing written is to be read as ready (discovery/v1 types.go, EndpointConditions).
        let isReady = boolean(node["conditions"]?["ready"], "\(path()).conditions.ready") ?? true
        // No name depends on it, but it must be a text.
        _ = text(node["nodeName"])
        return Endpoint(
            addresses: addresses, isReady: isReady, hostname: hostname(node, path()), podName: podName(node),
            zone: text(node["zone"]) ?? "")
    }

    private func podName(_ node: YAMLNode) -> String {
        let target = node["targetRef"]
        return target?["kind"]?.text == "Pod" ? target?["name"]?.text ?? "" : ""
    }

    private mutating func hostname(_ node: YAMLNode, _ path: @autoclosure () -> String) -> String {
        let hostname = text(node["hostname"]) ?? ""
        if !hostname.isEmpty, let fault = Label.fault(hostname) {
            error("MAN008", .noLabel("\(path()).hostname", hostname, fault), at: node["hostname"])
        }
        return hostname
    }

    private mutating func endpointPorts(_ node: YAMLNode?, _ path: @autoclosure () -> String) -> [EndpointPort] {
        var ports: [EndpointPort] = []
        for (index, item) in list(node, path()).enumerated() {
            checkFields(item, OtherFields.slicePort, in: "\(path())[\(index)]")
            ports.append(
                EndpointPort(
                    name: text(item["name"]) ?? "",
                    transport: transport(item["protocol"], "\(path())[\(index)].protocol"),
                    port: port(item["port"], "\(path())[\(index)].port")))
        }
        return shared.one(ports)
    }

    /// core/v1 Endpoints.
    mutating func readEndpoints() -> Endpoints {
        checkFields(document, OtherFields.endpoints, in: "Endpoints")
        var subsets: [Endpoints.Subset] = []
        for (index, node) in list(document["subsets"], "subsets").enumerated() {
            let path = "subsets[\(index)]"
            checkFields(node, OtherFields.subset, in: path)
            var endpoints: [Endpoint] = []
            for (key, isReady) in [("addresses", true), ("notReadyAddresses", false)] {
                for item in list(node[key], "\(path).\(key)") {
                    guard let address = address(item["ip"], "\(path).\(key).ip") else {
                        if item["ip"] == nil {
                            error(
                                "MAN005",
                                Phrase("an entry of \(path).\(key) has no ip", zh: "\(path).\(key) 中有一项没有 ip"),
                                at: item)
                        }
                        continue
                    }
                    _ = text(item["nodeName"])
                    endpoints.append(
                        Endpoint(
                            addresses: [address], isReady: isReady, hostname: hostname(item, "\(path).\(key)"),
                            podName: podName(item)))
                }
            }
            subsets.append(.init(endpoints: endpoints, ports: endpointPorts(node["ports"], "\(path).ports")))
        }
        return Endpoints(name: name, subsets: subsets)
    }
}
