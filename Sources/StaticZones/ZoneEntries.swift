/// One entry of a master file: a record or a directive, over however many lines.
struct ZoneEntry {
    /// Where it begins, counted from 1.
    var line: Int
    /// The entry in one line: comments, parentheses and line ends are blanks. A leading blank stands for the owner name of
    /// the entry before.
    var text: [UInt8] = []
    /// Its first line as it stands in the file, for findings.
    var firstLine: String

    /// Takes the next word off `text`; nil at the end. A blank behind `\` does not end it.
    mutating func word() -> ArraySlice<UInt8>? {
        var rest = text[...].drop(while: ZoneEntries.isBlank)
        guard !rest.isEmpty else {
            text = []
            return nil
        }
        var end = rest.startIndex
        while end < rest.endIndex, !ZoneEntries.isBlank(rest[end]) {
            end = min(end + (rest[end] == UInt8(ascii: "\\") ? 2 : 1), rest.endIndex)
        }
        let word = rest[..<end]
        rest = rest[end...]
        text = Array(rest.drop(while: ZoneEntries.isBlank))
        return word
    }
}

/// Why an entry is no record, and where.
struct ZoneSyntaxError: Error {
    var line: Int
    /// The line as it stands in the file.
    var text: String
    var reason: String
    var fix: String?

    init(_ reason: String, in entry: ZoneEntry, fix: String? = nil) {
        self.line = entry.line
        self.text = entry.firstLine
        self.reason = reason
        self.fix = fix
    }
}

/// The entries of a master file, RFC 1035 5.1: quotation marks, parentheses, comments and escapes are seen here; what the
/// words say is not looked at.
struct ZoneEntries {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark is what some editors begin UTF-8 with; to DNS it means nothing.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    /// The next entry with a word in it; nil at the end of the file. After an error reading goes on with the next line.
    mutating func next() throws(ZoneSyntaxError) -> ZoneEntry? {
        while at < bytes.count {
            let entry = try one()
            if !entry.text.allSatisfy(ZoneEntries.isBlank) { return entry }
        }
        return nil
    }

    /// What stands up to the next line end outside of parentheses.
    private mutating func one() throws(ZoneSyntaxError) -> ZoneEntry {
        var entry = ZoneEntry(line: line, firstLine: lineText())
        var depth = 0
        var quoted = false
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case 0:
                skipLine()
                throw ZoneSyntaxError("an octet 0 is in the line", in: entry)
            case UInt8(ascii: "\n"):
                line += 1
                if quoted { throw ZoneSyntaxError("a quotation mark is not closed on its line", in: entry) }
                if depth == 0 { return entry }
                // An entry may begin with a parenthesis alone: the line that is shown is the first one with words.
                if entry.text.allSatisfy(ZoneEntries.isBlank) { entry.firstLine = lineText() }
                entry.text.append(UInt8(ascii: " "))
            case UInt8(ascii: "\\") where at < bytes.count && bytes[at] != UInt8(ascii: "\n"):
                entry.text += [byte, bytes[at]]
                at += 1
            case UInt8(ascii: "\""):
                quoted.toggle()
                entry.text.append(byte)
            case _ where quoted: entry.text.append(byte)
            case UInt8(ascii: "("):
                depth += 1
                entry.text.append(UInt8(ascii: " "))
            case UInt8(ascii: ")"):
                guard depth > 0 else {
                    skipLine()
                    throw ZoneSyntaxError("a closing parenthesis without an opening one", in: entry)
                }
                depth -= 1
                entry.text.append(UInt8(ascii: " "))
            case UInt8(ascii: ";"):
                while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
            case UInt8(ascii: "\r"): entry.text.append(UInt8(ascii: " "))
            default: entry.text.append(byte)
            }
        }
        if quoted { throw ZoneSyntaxError("a quotation mark is not closed", in: entry) }
        if depth > 0 { throw ZoneSyntaxError("a parenthesis is not closed", in: entry) }
        return entry
    }

    private mutating func skipLine() {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
        at = min(at + 1, bytes.count)
        line += 1
    }

    /// The line that begins at `at`, without the blanks around it, cut where it is long.
    private func lineText() -> String {
        let limit = 120
        let rest = bytes[at...].prefix { $0 != UInt8(ascii: "\n") }.drop(while: ZoneEntries.isBlank)
        var shown = rest.prefix(limit)
        while let last = shown.last, ZoneEntries.isBlank(last) || last == UInt8(ascii: "\r") { shown.removeLast() }
        return String(decoding: shown, as: UTF8.self) + (rest.count > limit ? "…" : "")
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
