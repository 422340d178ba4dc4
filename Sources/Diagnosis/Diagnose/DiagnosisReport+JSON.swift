import Findings
import ServiceRegistry

extension DiagnosisReport {
    /// One object on one line, the primary finding first:
    ///
    ///     {"version":1,
    ///      "asked":{"text","name","service","namespace","type","port"},        null where no name was asked
    ///      "stages":[{"stage","status":"ok|warn|fail|skip","facts":["..."]}],
    ///      "findings":[{"code","severity","title","message","object","place":{"file","line","column"},"evidence":["..."],
    ///                   "fix","doc"}],
    ///      "summary":{"errors","warnings","infos"},
    ///      "exit":1}
    ///
    /// Members may be added under version 1; what is there keeps its name and meaning.
    ///
    /// - Parameter exit: where the program ends otherwise than `exitCode` says.
    package func jsonText(in language: Language, strict: Bool, exit: Int32? = nil) -> String {
        let asked = inquiry.map { inquiry in
            JSONValue.object([
                ("text", .string(inquiry.asked.text)), ("name", .string("\(inquiry.asked.name)")),
                ("service", JSONValue(inquiry.asked.service?.name)),
                ("namespace", JSONValue(inquiry.asked.service?.namespace)),
                ("type", JSONValue(inquiry.type.map { "\($0)" })),
                ("port", inquiry.port.map { .number(Int($0)) } ?? .null),
            ])
        }
        let stages = stages.map { report in
            JSONValue.object([
                ("stage", .string(report.stage.label)), ("status", .string(report.status.rawValue)),
                ("facts", .array(report.facts.map { .string($0.text(in: language)) })),
            ])
        }
        return JSONValue.object([
            ("version", 1), ("asked", asked ?? .null), ("stages", .array(stages)),
            ("findings", .array(findings.map { $0.json(in: language) })), ("summary", findings.summaryJSON),
            ("exit", .number(Int(exit ?? exitCode(strict: strict)))),
        ]).text + "\n"
    }
}
