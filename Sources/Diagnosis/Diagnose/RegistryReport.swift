import DNSWire
import Findings
import ServiceRegistry

/// `diagnose --all`: every Service of a registry, and what is wrong with it.
package struct RegistryReport: Sendable {
    package struct Line: Sendable {
        package var service: ObjectName
        /// The primary one first.
        package var findings: [Finding]
    }

    /// In the order of the Services' names.
    package let lines: [Line]
    /// What belongs to no Service: files that do not load, the server.
    package let others: [Finding]

    /// - Parameters:
    ///   - inquiry: about any name: what is given with it counts for every Service.
    ///   - codes: left out, in capitals.
    package init(_ inquiry: Inquiry, ignoring codes: Set<String> = []) {
        let facts = inquiry.facts
        var inquiry = inquiry
        inquiry.proxy.reading = ProxyReading(inquiry.proxy)
        var told: Set<Finding> = []
        let stages = Set(Stage.allCases).subtracting([.server])
        lines = facts.registry.services.keys.filter { !facts.implied.contains($0) }.sorted().map { service in
            var one = inquiry
            one.asked = AskedName(service, in: facts.domain)
            let report = Diagnosis.examine(one, ignoring: codes, stages: stages)
            told.formUnion(report.findings)
            return Line(service: service, findings: report.findings)
        }
        // A collision is told of its Services.
        let loaded = facts.loadFindings.filter { !$0.code.hasPrefix("SVC") }
        others = (loaded + inquiry.examineServer().findings).filter {
            !told.contains($0) && !codes.contains($0.code) && !facts.ignores($0)
        }
    }

    /// Each once, the primary one first.
    package var findings: [Finding] {
        var seen: Set<Finding> = []
        return (others + lines.flatMap(\.findings)).filter { seen.insert($0).inserted }.bySeverity
    }

    package func exitCode(strict: Bool) -> Int32 { findings.exitCode(strict: strict) }

    /// A line for each Service, its worst code first, then what belongs to none.
    package func text(in language: Language, _ paint: Paint = .none) -> String {
        let width = lines.map { "\($0.service)".count }.max() ?? 0
        var out = ""
        for line in lines {
            let primary = line.findings.first { $0.severity != .info }
            out += padded("\(line.service)", width) + "  "
            if let primary {
                let more = line.findings.count { $0.severity != .info } - 1
                out += "\(paint(primary.code, primary.severity)) \(primary.severity.rawValue)  "
                out += singleLine(primary.message(in: language)) + (more > 0 ? "  (+\(more))" : "") + "\n"
            } else {
                out += paint("ok", nil) + "\n"
            }
        }
        for finding in others.bySeverity where finding.severity != .info {
            out += finding.paragraph(in: language, paint)
        }
        let services =
            language == .chinese ? "\(lines.count) 个 Service，" : "\(counted(lines.count, "Service")), "
        return out + services + findings.tally(in: language) + "\n"
    }

    /// `{"version":1,"services":[{"service","namespace","codes":[…]}],"findings":[…],"summary":{…},"exit":N}` on one line.
    package func jsonText(in language: Language, strict: Bool) -> String {
        let services = lines.map { line in
            JSONValue.object([
                ("service", .string(line.service.name)), ("namespace", .string(line.service.namespace)),
                ("codes", .array(line.findings.map { .string($0.code) })),
            ])
        }
        return JSONValue.object([
            ("version", 1), ("services", .array(services)),
            ("findings", .array(findings.map { $0.json(in: language) })),
            ("summary", findings.summaryJSON), ("exit", .number(Int(exitCode(strict: strict)))),
        ]).text + "\n"
    }
}

extension AskedName {
    /// A Service by its own name.
    package init(_ service: ObjectName, in domain: DomainName) {
        let name = try? domain.prepending("svc").prepending(service.namespace).prepending(service.name)
        self.init(text: "\(service.name).\(service.namespace)", subject: .service(service), name: name ?? domain)
    }
}
