import Findings

/// What `check` found in a set of files, without what somebody asked not to hear.
package struct CheckReport: Sendable {
    /// Sorted by place, then by code.
    package let findings: [Finding]
    package let files: Int
    package let objects: Int

    /// - Parameter ignoring: codes left out, in any case of letters.
    package init(findings: [Finding], files: Int, objects: Int, ignoring: some Sequence<String> = [String]()) {
        let ignored = Set(ignoring.map { $0.uppercased() })
        self.findings = findings.filter { !ignored.contains($0.code) }.sorted { a, b in
            switch (a.place, b.place) {
            case (let x?, let y?) where x != y: x < y
            case (nil, _?): true
            case (_?, nil): false
            default: (a.code, a.message) < (b.code, b.message)
            }
        }
        self.files = files
        self.objects = objects
    }

    package func count(_ severity: Finding.Severity) -> Int { findings.count(severity) }

    /// 1 for an error, with `strict` also for a warning.
    package func exitCode(strict: Bool) -> Int32 { findings.exitCode(strict: strict) }

    /// `file:line:col: severity CODE: text` for each finding, then the count.
    package func text(in language: Language) -> String {
        let lines = findings.map { $0.line(in: language) + "\n" }
        let loaded =
            language == .chinese
            ? "\(files) 个文件，已加载 \(objects) 个对象，"
            : "\(counted(files, "file")), \(counted(objects, "object")) loaded, "
        return lines.joined() + loaded + findings.tally(in: language) + "\n"
    }

    /// `{"version":1,"findings":[…],"summary":{…}}` on one line.
    package func jsonText(in language: Language) -> String {
        JSONValue.object([
            ("version", 1), ("findings", .array(findings.map { $0.json(in: language) })),
            (
                "summary",
                .object([
                    ("files", .number(files)), ("objects", .number(objects)), ("errors", .number(count(.error))),
                    ("warnings", .number(count(.warning))), ("infos", .number(count(.info))),
                ])
            ),
        ]).text + "\n"
    }
}
