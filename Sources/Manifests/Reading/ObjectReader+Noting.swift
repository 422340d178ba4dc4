import Findings
import YAML

extension ObjectReader {
    /// Notes an error for which an API server would refuse the object.
    mutating func error(_ code: String, _ message: Phrase, at node: YAMLNode?, fix: Phrase? = nil) {
        isRefused = true
        note(code, .error, message, at: node, fix: fix)
    }

    mutating func note(
        _ code: String, _ severity: Finding.Severity, _ message: Phrase, at node: YAMLNode?, evidence: [Phrase] = [],
        fix: Phrase? = nil
    ) {
        let place = node.map { SourcePlace(file: file, line: $0.line, column: $0.column) } ?? self.place
        findings.append(
            Finding(code, severity, message, at: place, object: label, evidence: evidence, fix: fix))
    }

    /// Notes the keys of a mapping that Kubernetes does not know there: an error, but the object is read all the same; a
    /// field too new for us must not make a name vanish.
    mutating func checkFields(_ node: YAMLNode?, _ known: Set<String>, in path: @autoclosure () -> String) {
        guard let pairs = node?.pairs else { return }
        for place in pairs.indices {
            guard let text = pairs[place].key.text, !known.contains(text) else { continue }
            let key = pairs[place].key
            if known == OtherFields.top, label?.hasPrefix("Service ") ?? false, ServiceFields.spec.contains(text) {
                note(
                    "MAN003", .error,
                    Phrase(
                        "\(text) is not a field of the Service itself; it belongs in spec",
                        zh: "\(text) 不是 Service 顶层的字段；它应写在 spec 里"), at: key,
                    fix: Phrase("write \(text) in spec", zh: "把 \(text) 写到 spec 里"))
                missed.insert(text)
            } else if let near = nearest(text, in: known) {
                note(
                    "MAN003", .error,
                    Phrase(
                        "\(path()).\(text) is no field; did you mean \(near)?",
                        zh: "\(path()).\(text) 不是已知字段；是否应为 \(near)？"), at: key,
                    fix: Phrase("write \(near)", zh: "改为 \(near)"))
                missed.insert(near)
            } else {
                note(
                    "MAN003", .error,
                    Phrase("\(path()).\(text) is no field of this kind", zh: "\(path()).\(text) 不是此类对象的字段"), at: key)
            }
        }
    }

    /// Whether a required field that is not there was written under another name or in another place: one fault, told
    /// already. An API server refuses the object for it.
    mutating func isMisspelt(_ field: String) -> Bool {
        guard missed.contains(field) else { return false }
        isRefused = true
        return true
    }

    /// Fields of a port that stand in the Service's spec.
    var misplacedPortFields: [(key: YAMLNode, value: YAMLNode)] {
        (spec?.pairs ?? []).filter { pair in
            pair.key.text.map { ServiceFields.port.contains($0) && !ServiceFields.spec.contains($0) } ?? false
        }
    }

    /// spec.ports as its author may have meant it: one entry with all that is written.
    private func joinedPorts(_ misplaced: [(key: YAMLNode, value: YAMLNode)]) -> String {
        let entries = spec?["ports"]?.items ?? []
        let own = entries.count <= 2 ? entries.flatMap { $0.pairs ?? [] } : []
        var keys: Set<String> = []
        let pairs = (own + misplaced).filter { keys.insert($0.key.text ?? "").inserted }
        let lines = pairs.map { "\($0.key.text ?? ""): \($0.value.text ?? "")" }
        return "ports:\n- " + (own.isEmpty ? ["port: ..."] + lines : lines).joined(separator: "\n  ")
    }

    /// The same for a Service's spec, into which the fields of a port are often written: one finding for all of those.
    mutating func checkServiceFields() {
        let misplaced = misplacedPortFields
        if let first = misplaced.first?.key {
            let others = misplaced.dropFirst().map { pair in
                Phrase(
                    "so does spec.\(pair.key.text ?? ""), line \(pair.key.line)",
                    zh: "spec.\(pair.key.text ?? "") 也是，第 \(pair.key.line) 行")
            }
            note(
                "MAN003", .error,
                Phrase(
                    "spec.\(first.text ?? "") is not a Service field; it belongs in spec.ports[]",
                    zh: "spec.\(first.text ?? "") 不是 Service 的字段；它应写在 spec.ports[] 里"),
                at: first, evidence: others, fix: Phrase(joinedPorts(misplaced)))
        }
        let placed = ServiceFields.spec.union(misplaced.compactMap(\.key.text))
        checkFields(spec, placed, in: "spec")
    }
}
