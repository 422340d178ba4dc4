import YAML

/// A text to be changed line by line; lines and columns count from 1, columns in code points as libyaml has them.
struct SourceText {
    private(set) var lines: [String]
    /// The number that each line had in the file; 0 for a new one.
    private(set) var origins: [Int]
    private let lineEnd: String

    /// One change of a line as it is before any change.
    enum Edit {
        case span(line: Int, column: Int, length: Int, String)
        /// Other lines in its place: none delete it.
        case lines(line: Int, [String])
        case after(line: Int, [String])

        var line: Int {
            switch self {
            case .span(let line, _, _, _), .lines(let line, _), .after(let line, _): line
            }
        }
    }

    init(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
        lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        origins = Array(1...lines.count)
    }

    var text: String { lines.joined(separator: lineEnd) }

    func line(_ number: Int) -> String { lines.indices.contains(number - 1) ? lines[number - 1] : "" }

    /// The line's number in the file.
    func origin(_ number: Int) -> Int { origins.indices.contains(number - 1) ? origins[number - 1] : 0 }

    mutating func replace(_ number: Int, by line: String) { lines[number - 1] = line }

    /// Applies changes all at once. Of several that contend for a line only the first is made: the text is read anew then.
    mutating func apply(_ edits: [Edit]) {
        for (number, all) in Dictionary(grouping: edits, by: \.line).sorted(by: { $0.key > $1.key }) {
            guard lines.indices.contains(number - 1) else { continue }
            var added: [String] = []
            var whole: [String]?
            var spans: [(column: Int, length: Int, text: String)] = []
            for edit in all {
                switch edit {
                case .after(_, let new): added += new
                case .lines(_, let new): whole = whole ?? new
                case .span(_, let column, let length, let text):
                    if !spans.contains(where: {
                        $0.column < column + max(length, 1) && column < $0.column + max($0.length, 1)
                    }) {
                        spans.append((column, length, text))
                    }
                }
            }
            var scalars = Array(lines[number - 1].unicodeScalars)
            for span in spans.sorted(by: { $0.column > $1.column }) where whole == nil {
                let start = span.column - 1
                guard start >= 0, start + span.length <= scalars.count else { continue }
                scalars.replaceSubrange(start..<start + span.length, with: Array(span.text.unicodeScalars))
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            let first = whole ?? [String(view)]
            let origin = origins[number - 1]
            lines.replaceSubrange(number - 1..<number, with: first + added)
            origins.replaceSubrange(
                number - 1..<number, with: first.map { _ in origin } + added.map { _ in 0 })
        }
    }

    /// Another text in a scalar's place; nil where it does not stand in one piece on one line.
    func edit(_ node: YAMLNode, to new: String) -> Edit? {
        guard let text = node.text else { return nil }
        let scalars = Array(line(node.line).unicodeScalars)
        let start = node.column - 1
        guard scalars.indices.contains(start) else { return nil }
        let quote = scalars[start]
        let isQuoted = !node.isPlain && (quote == "\"" || quote == "'")
        let written = isQuoted ? "\(quote)\(text)\(quote)" : text
        let length = written.unicodeScalars.count
        guard start + length <= scalars.count, scalars[start..<start + length].elementsEqual(written.unicodeScalars)
        else { return nil }
        // The same text in place of a quoted one: a number that is to be one.
        let isRaw = new.hasPrefix("\"") || new == text
        return .span(
            line: node.line, column: node.column, length: length,
            isQuoted && !isRaw ? "\(quote)\(new)\(quote)" : new)
    }

    /// What stands behind a key on its line, comment included, where the key begins the line or stands behind its dash.
    func value(ofKey key: YAMLNode) -> String? {
        let scalars = line(key.line).unicodeScalars
        guard let text = key.text, scalars.count >= key.column - 1 else { return nil }
        let head = String(String.UnicodeScalarView(scalars.prefix(key.column - 1)))
        let rest = String(String.UnicodeScalarView(scalars.dropFirst(key.column - 1)))
        guard head.allSatisfy({ $0 == " " || $0 == "-" }) else { return nil }
        for written in [text, "\"\(text)\"", "'\(text)'"] where rest.hasPrefix(written + ":") {
            return String(rest.dropFirst(written.count + 1).drop { $0 == " " })
        }
        return nil
    }

    /// The column before which a flow collection that begins on a line ends on it; nil where it does not.
    func end(ofFlow node: YAMLNode) -> Int? {
        let scalars = Array(line(node.line).unicodeScalars)
        guard scalars.indices.contains(node.column - 1), "{[".unicodeScalars.contains(scalars[node.column - 1]) else {
            return nil
        }
        var depth = 0
        var quote: UnicodeScalar?
        for index in (node.column - 1)..<scalars.count {
            let scalar = scalars[index]
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if scalar == "{" || scalar == "[" {
                depth += 1
            } else if scalar == "}" || scalar == "]" {
                depth -= 1
                if depth == 0 { return index + 2 }
            }
        }
        return nil
    }
}

extension YAMLNode {
    /// The last line on which a value in the node begins: its last, but for texts of several lines.
    var lastLine: Int {
        if let items { return items.reduce(line) { max($0, $1.lastLine) } }
        if let pairs { return pairs.reduce(line) { max($0, $1.key.line, $1.value.lastLine) } }
        return line
    }

    func pair(_ key: String) -> (key: YAMLNode, value: YAMLNode)? { pairs?.first { $0.key.text == key } }
}
