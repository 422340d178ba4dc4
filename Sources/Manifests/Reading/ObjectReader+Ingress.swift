import Findings
import ServiceRegistry
import YAML

extension ObjectReader {
    private static let current = "networking.k8s.io/v1"

    /// networking.k8s.io/v1 Ingress; the versions removed in Kubernetes 1.22 are read into the same form.
    mutating func readIngress(_ version: String) -> Ingress {
        var ingress = Ingress(name: name, apiVersion: version)
        checkFields(document, OtherFields.top, in: "Ingress")
        checkFields(spec, OtherFields.ingress, in: "spec")
        ingress.defaultBackend = backend(spec?["defaultBackend"] ?? spec?["backend"])
        for (index, node) in list(spec?["rules"], "spec.rules").enumerated() {
            let path = "spec.rules[\(index)]"
            checkFields(node, OtherFields.rule, in: path)
            var rule = Ingress.Rule(host: text(node["host"]) ?? "", backends: [])
            if !rule.host.isEmpty, let fault = hostFault(rule.host) {
                error(
                    "MAN008",
                    Phrase(
                        "\(path).host \"\(rule.host)\" is no host name: \(fault.english)",
                        zh: "\(path).host \"\(rule.host)\" 不是主机名：\(fault.chinese)"),
                    at: node["host"])
            }
            for entry in list(node["http"]?["paths"], "\(path).http.paths") {
                checkFields(entry, OtherFields.path, in: "\(path).http.paths[]")
                if let backend = backend(entry["backend"]) { rule.backends.append(backend) }
            }
            ingress.rules.append(rule)
        }
        ingress.loadBalancer = readLoadBalancer()
        if version != ObjectReader.current {
            noteRemoved(version, fix: Phrase(currentForm(ingress)))
            corrections.append(Correction("MAN006", .ingress(document)))
        }
        return ingress
    }

    private func hostFault(_ host: String) -> Phrase? {
        Label.subdomainFault(host.hasPrefix("*.") ? String(host.dropFirst(2)) : host)
    }

    /// A backend in the form of v1 (`service.name`, `service.port`) or before it (`serviceName`, `servicePort`).
    private mutating func backend(_ node: YAMLNode?) -> Ingress.Backend? {
        guard let node, let name = text(node["service"]?["name"] ?? node["serviceName"]) else { return nil }
        if let port = node["service"]?["port"] {
            if let number = port["number"] {
                return Ingress.Backend(
                    service: name, port: self.port(number, "backend.service.port.number").map(TargetPort.number))
            }
            return Ingress.Backend(service: name, port: text(port["name"]).map(TargetPort.name))
        }
        guard let port = node["servicePort"] else { return Ingress.Backend(service: name, port: nil) }
        if port.integer != nil {
            return Ingress.Backend(service: name, port: self.port(port, "servicePort").map(TargetPort.number))
        }
        return Ingress.Backend(service: name, port: text(port).map(TargetPort.name))
    }

    /// The object as networking.k8s.io/v1 YAML.
    private func currentForm(_ ingress: Ingress) -> String {
        func backendLines(_ backend: Ingress.Backend, _ indent: String) -> [String] {
            var lines = ["\(indent)service:", "\(indent)  name: \(backend.service)"]
            switch backend.port {
            case .number(let number): lines += ["\(indent)  port:", "\(indent)    number: \(number)"]
            case .name(let name): lines += ["\(indent)  port:", "\(indent)    name: \(name)"]
            case nil: break
            }
            return lines
        }
        var lines = ["apiVersion: \(ObjectReader.current)", "kind: Ingress", "metadata:", "  name: \(name.name)"]
        if metadata?["namespace"] != nil { lines.append("  namespace: \(name.namespace)") }
        lines.append("spec:")
        if let backend = ingress.defaultBackend {
            lines.append("  defaultBackend:")
            lines += backendLines(backend, "    ")
        }
        if !ingress.rules.isEmpty { lines.append("  rules:") }
        for (rule, node) in zip(ingress.rules, spec?["rules"]?.items ?? []) {
            lines.append(rule.host.isEmpty ? "  - http:" : "  - host: \(rule.host)\n    http:")
            lines.append("      paths:")
            for (backend, entry) in zip(rule.backends, node["http"]?["paths"]?.items ?? []) {
                let path = entry["path"]?.text
                let type = entry["pathType"]?.text ?? Ingress.pathType(of: path)
                lines +=
                    path.map { ["      - path: \($0)", "        pathType: \(type)"] } ?? ["      - pathType: \(type)"]
                lines.append("        backend:")
                lines += backendLines(backend, "          ")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension Ingress {
    /// What a path without pathType meant before networking.k8s.io/v1: Prefix is what its authors expect; without a path
    /// it must be the controller's own way.
    static func pathType(of path: String?) -> String { path == nil ? "ImplementationSpecific" : "Prefix" }
}
