/// What is wrong, where, and what mends it: the one shape in which every part of clusterdns reports a fault.
///
///     file.yaml:8:5: error MAN001: "nodePort:31000" is not a key: write "nodePort: 31000"
///
/// Codes are stable: never renumbered, never reused.
package struct Finding: Sendable, Hashable, Codable, CustomStringConvertible {
    package enum Severity: String, Sendable, Comparable, Codable {
        case info, warning, error

        package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
        private var rank: Int { self == .info ? 0 : self == .warning ? 1 : 2 }
    }

    /// `MAN001`, `ZON003`, ...
    package var code: String
    package var severity: Severity
    /// One sentence that quotes the facts literally.
    package var message: String
    /// The file and place it was seen at, where it was seen in a file.
    package var place: SourcePlace?
    /// `Service default/web`, where an object is known.
    package var object: String?
    /// Further facts, one a line.
    package var evidence: [String]
    /// One command, or the corrected text, where there is one.
    package var fix: String?
    /// The sentences in Chinese, where their maker has them; codes and facts are the same in both.
    package var chinese: Chinese?

    package struct Chinese: Sendable, Hashable, Codable {
        package var message: String
        /// As many as in English.
        package var evidence: [String]
        package var fix: String?

        package init(message: String, evidence: [String] = [], fix: String? = nil) {
            self.message = message
            self.evidence = evidence
            self.fix = fix
        }
    }

    package init(
        _ code: String, _ severity: Severity, _ message: String, at place: SourcePlace? = nil, object: String? = nil,
        evidence: [String] = [], fix: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.place = place
        self.object = object
        self.evidence = evidence
        self.fix = fix
    }

    /// The same in two languages.
    package init(
        _ code: String, _ severity: Severity, _ message: Phrase, at place: SourcePlace? = nil, object: String? = nil,
        evidence: [Phrase] = [], fix: Phrase? = nil
    ) {
        self.init(
            code, severity, message.english, at: place, object: object, evidence: evidence.map(\.english),
            fix: fix?.english)
        chinese = Chinese(message: message.chinese, evidence: evidence.map(\.chinese), fix: fix?.chinese)
    }

    /// `file:line:col: severity CODE: text`, the form that editors and CI annotate.
    package var description: String {
        let head = place.map { "\($0): " } ?? ""
        return "\(head)\(severity.rawValue) \(code): \(message)"
    }
}

/// A place in a file; lines and columns count from 1, 0 where unknown.
package struct SourcePlace: Sendable, Hashable, Codable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String {
        line == 0 ? file : column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
    }
}

extension SourcePlace: Comparable {
    package static func < (a: SourcePlace, b: SourcePlace) -> Bool {
        (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }
}
