import Findings
import ServiceRegistry
import YAML

extension ObjectReader {
    /// MAN010: characters in names, labels, selectors and ports that look like ASCII. Annotations, and all of a Pod that
    /// is its containers' business, may have any text.
    ///
    /// An object has one finding for all of them. Where the line has an error for the same reason, it tells the error's
    /// reader instead.
    mutating func noteLookAlikes(_ kind: ObjectKind) {
        var found: [(place: SourcePlace, sentence: Phrase, text: String)] = []
        for node in textsOfNames(kind) {
            guard let text = node.text, let first = LookAlikes.find(in: text).first else { continue }
            corrections.append(Correction("MAN010", .value(node, LookAlikes.unquoted(text))))
            let column = node.column + (node.isPlain ? 0 : 1) + first.index
            let place = SourcePlace(file: file, line: node.line, column: column)
            found.append((place, LookAlikes.sentence(first.scalar, first.ascii), text))
        }
        found.removeAll { item in
            guard let error = findings.firstIndex(where: { $0.severity == .error && $0.place?.line == item.place.line })
            else { return false }
            findings[error].add(evidence: item.sentence)
            return true
        }
        found.sort { $0.place < $1.place }
        guard let first = found.first else { return }
        let right = LookAlikes.unquoted(first.text).split(separator: " ").joined(separator: " ")
        let others = found.dropFirst().map { item in
            Phrase(
                "line \(item.place.line): \(item.sentence.english)",
                zh: "第 \(item.place.line) 行：\(item.sentence.chinese)")
        }
        note(
            "MAN010", .warning,
            Phrase(
                "\(first.sentence.english), in \"\(first.text)\"", zh: "\"\(first.text)\" 中的\(first.sentence.chinese)"),
            at: YAMLNode("", isPlain: true, line: first.place.line, column: first.place.column), evidence: others,
            fix: Phrase("write \(right)", zh: "改为 \(right)"))
    }

    /// The keys and values that names, selections and ports hang on.
    private func textsOfNames(_ kind: ObjectKind) -> [YAMLNode] {
        var out: [YAMLNode] = []
        func collect(_ node: YAMLNode?) {
            guard let node else { return }
            if let items = node.items {
                for item in items { collect(item) }
            } else if let pairs = node.pairs {
                for pair in pairs where pair.key.text != "annotations" && pair.key.text != "managedFields" {
                    out.append(pair.key)
                    collect(pair.value)
                }
            } else {
                out.append(node)
            }
        }
        func collectPod(_ spec: YAMLNode?) {
            for key in ["hostname", "subdomain", "dnsConfig", "nodeName"] { collect(spec?[key]) }
            for container in spec?["containers"]?.items ?? [] {
                collect(container["name"])
                collect(container["ports"])
            }
        }
        switch kind {
        case .service, .endpointSlice, .endpoints, .ingress, .namespace, .node, .networkPolicy: collect(document)
        case .pod:
            collect(metadata)
            collectPod(spec)
        case .workload:
            collect(metadata)
            for key in ["selector", "serviceName"] { collect(spec?[key]) }
            let template = (spec?["jobTemplate"]?["spec"] ?? spec)?["template"]
            collect(template?["metadata"])
            collectPod(template?["spec"])
        }
        return out
    }
}

extension Finding {
    /// Adds a fact in both languages.
    mutating func add(evidence: Phrase) {
        self.evidence.append(evidence.english)
        chinese?.evidence.append(evidence.chinese)
    }
}
