import Findings
import ServiceRegistry

extension DiagnosisReport {
    /// The report for people: the Service, a line for each stage, then each finding with what proves and mends it.
    ///
    ///     hostnames.default  ClusterIP 10.0.1.175  80/TCP -> 9376
    ///      ok    name        hostnames.default.svc.cluster.local A 10.0.1.175
    ///      FAIL  endpoints   0 ready of 0
    ///      skip  client      no --from-pod      skip  proxy  no rule dump given
    package func text(in language: Language, _ paint: Paint = .none) -> String {
        var out = ""
        if let inquiry { out += inquiry.headline(in: language) + "\n" }
        for report in stages where !report.isSkipped {
            let word = report.status == .fail ? "FAIL" : report.status.rawValue
            let status = paint(padded(word, 4), report.findings.map(\.severity).max())
            var head = " \(status)  \(padded(report.stage.label, 10))"
            var facts = report.facts.map { $0.text(in: language) }
            if facts.isEmpty { facts = [report.findings.map(\.code).joined(separator: ", ")] }
            for fact in facts {
                out += "\(head)  \(singleLine(fact))".trimmedEnd + "\n"
                head = padded("", 17)
            }
        }
        for (why, stages) in skipped(in: language) {
            out += " skip  \(stages.map(\.label).joined(separator: ", "))  \(singleLine(why))\n"
        }
        if !out.isEmpty { out += "\n" }
        for finding in findings { out += finding.paragraph(in: language, paint) }
        return out + findings.tally(in: language) + "\n"
    }

    /// The stages that were not looked at, by the reason.
    private func skipped(in language: Language) -> [(why: String, stages: [Stage])] {
        var out: [(why: String, stages: [Stage])] = []
        for report in stages where report.isSkipped {
            let why = report.facts.map { $0.text(in: language) }.joined(separator: ", ")
            if let place = out.firstIndex(where: { $0.why == why }) {
                out[place].stages.append(report.stage)
            } else {
                out.append((why, [report.stage]))
            }
        }
        return out
    }
}

extension Inquiry {
    /// The Service in a line: `hostnames.default  ClusterIP 10.0.1.175  80/TCP -> 9376`.
    package func headline(in language: Language) -> String {
        guard let service else { return singleLine(asked.text) }
        var parts = ["\(service.name.name).\(service.name.namespace)"]
        switch service.kind {
        case .externalName: parts.append("ExternalName \(service.externalName ?? "")")
        default:
            let addresses = service.clusterIPs.map { "\($0)" }.joined(separator: ",")
            parts.append("\(service.kind.rawValue) \(service.isHeadless ? "None" : addresses)")
        }
        let ports = service.ports.map { port in
            let name = port.name.isEmpty ? "" : "\(port.name) "
            let node = port.nodePort.map { ":\($0)" } ?? ""
            let target = port.target == .number(port.port) ? "" : " -> \(port.target)"
            return "\(name)\(port.port)\(node)/\(port.transport.rawValue)\(target)"
        }
        if !ports.isEmpty { parts.append(ports.joined(separator: ", ")) }
        return singleLine(parts.joined(separator: "  "))
    }
}

extension String {
    /// Without blanks behind it.
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
