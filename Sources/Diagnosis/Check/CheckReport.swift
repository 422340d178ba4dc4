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

    package func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// 1 for an error, with `strict` also for a warning.
    package func exitCode(strict: Bool) -> Int32 {
        count(.error) > 0 || (strict && count(.warning) > 0) ? 1 : 0
    }

    /// `file:line:col: severity CODE: text` for each finding, then the count.
    package var text: String {
        findings.map { singleLine($0.description) + "\n" }.joined()
            + "\(counted(files, "file")), \(counted(objects, "object")) loaded, \(counted(count(.error), "error")), "
            + "\(counted(count(.warning), "warning"))\n"
    }

    /// `{"version":1,"findings":[…],"summary":{…}}` on one line.
    package var jsonText: String {
        JSONValue.object([
            ("version", 1), ("findings", .array(findings.map(\.json))),
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

extension Finding {
    /// The finding as every subcommand's JSON has it.
    package var json: JSONValue {
        let place = place.map { place in
            JSONValue.object([
                ("file", .string(place.file)), ("line", .number(place.line)), ("column", .number(place.column)),
            ])
        }
        return .object([
            ("code", .string(code)), ("severity", .string(severity.rawValue)), ("message", .string(message)),
            ("object", JSONValue(object)), ("place", place ?? .null),
            ("evidence", .array(evidence.map(JSONValue.string))),
            ("fix", JSONValue(fix)),
        ])
    }
}
