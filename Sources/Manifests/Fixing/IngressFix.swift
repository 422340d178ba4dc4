import ServiceRegistry
import YAML

/// A document of extensions/v1beta1 or networking.k8s.io/v1beta1 as networking.k8s.io/v1 (kubernetes.io, "Deprecated API
/// Migration Guide", v1.22): backends by service.name and service.port, a pathType for each path, defaultBackend for
/// backend, ingressClassName for the annotation that it was.
struct IngressFix {
    private static let classAnnotation = "kubernetes.io/ingress.class"
    let text: SourceText

    /// The changes; nil where a backend is not written in a way that can be changed by places.
    func edits(_ document: YAMLNode) -> [SourceText.Edit]? {
        guard let version = document["apiVersion"], let current = KindVersions.current("Ingress"),
            let versionEdit = text.edit(version, to: current)
        else { return nil }
        var edits = [versionEdit]
        let spec = document["spec"]
        if let own = spec?.pair("backend") {
            guard let rename = text.edit(own.key, to: "defaultBackend"), let backend = backend(own.value) else {
                return nil
            }
            edits.append(rename)
            edits += backend
        }
        for rule in spec?["rules"]?.items ?? [] {
            for entry in rule["http"]?["paths"]?.items ?? [] {
                guard let backend = entry["backend"].map(backend) ?? [] else { return nil }
                edits += backend
                if entry["pathType"] == nil { edits.append(pathType(entry)) }
            }
        }
        return edits + className(document)
    }

    private func backend(_ node: YAMLNode) -> [SourceText.Edit]? {
        guard let name = node.pair("serviceName") else { return [] }
        let port = node.pair("servicePort")
        let isNumber = port?.value.text.map { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } } ?? false
        let portKey = isNumber ? "number" : "name"
        if let end = text.end(ofFlow: node) {
            func quoted(_ word: String) -> String { "\"\(word)\"" }
            let value = isNumber ? port?.value.text ?? "" : quoted(port?.value.text ?? "")
            let service =
                "\(quoted("name")): \(quoted(name.value.text ?? ""))"
                + (port == nil ? "" : ", \(quoted("port")): {\(quoted(portKey)): \(value)}")
            return [
                .span(
                    line: node.line, column: node.column, length: end - node.column,
                    "{\(quoted("service")): {\(service)}}")
            ]
        }
        guard let nameText = text.value(ofKey: name.key) else { return nil }
        let indent = String(repeating: " ", count: node.column - 1)
        var lines = ["\(indent)service:", "\(indent)  name: \(nameText)"]
        guard let port else { return [.lines(line: name.key.line, lines)] }
        guard var portText = text.value(ofKey: port.key) else { return nil }
        // A number in quotes was one too: servicePort took both.
        if isNumber, !port.value.isPlain { portText = port.value.text ?? portText }
        lines += ["\(indent)  port:", "\(indent)    \(portKey): \(portText)"]
        return [.lines(line: name.key.line, lines), .lines(line: port.key.line, [])]
    }

    private func pathType(_ entry: YAMLNode) -> SourceText.Edit {
        let type = Ingress.pathType(of: entry["path"]?.text)
        if text.end(ofFlow: entry) != nil {
            return .span(line: entry.line, column: entry.column + 1, length: 0, "\"pathType\": \"\(type)\", ")
        }
        let indent = String(repeating: " ", count: entry.column - 1)
        return .after(line: entry.lastLine, ["\(indent)pathType: \(type)"])
    }

    /// The annotation's value as spec.ingressClassName, where both may be said a line each.
    private func className(_ document: YAMLNode) -> [SourceText.Edit] {
        guard let annotations = document["metadata"]?.pair("annotations"), let spec = document.pair("spec"),
            let old = annotations.value.pair(IngressFix.classAnnotation), let value = text.value(ofKey: old.key),
            let first = spec.value.pairs?.first?.key, first.line > spec.key.line, spec.value["ingressClassName"] == nil
        else { return [] }
        let indent = String(repeating: " ", count: first.column - 1)
        var edits: [SourceText.Edit] = [
            .lines(line: old.key.line, []), .after(line: spec.key.line, ["\(indent)ingressClassName: \(value)"]),
        ]
        if annotations.value.pairs?.count == 1 { edits.append(.lines(line: annotations.key.line, [])) }
        return edits
    }
}
