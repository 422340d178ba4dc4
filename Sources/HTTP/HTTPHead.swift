/// The status line and the fields of an answer.
package struct HTTPHead: Sendable {
    package let status: Int
    /// In the order in which they came, names as they were written.
    package private(set) var fields: [(name: String, value: String)] = []

    /// nil for what is no status line, `HTTP/1.1 200 OK`.
    init?(statusLine: some StringProtocol) {
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return nil }
        self.status = status
    }

    /// Takes a line `Name: value`; any other is passed over.
    mutating func add(line: some StringProtocol) {
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let end = value.lastIndex { $0 != " " && $0 != "\t" }.map { value.index(after: $0) } ?? value.startIndex
        fields.append((String(line[..<colon]), String(value[..<end])))
    }

    /// The first field of that name, in any case (RFC 9110 5.1).
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}
