import Findings

/// A word of a Corefile: what stands between blanks, or between quotes.
package struct Token: Sendable, Hashable {
    package var text: String
    package var place: SourcePlace
    /// Whether a line break stands in front of it, a continued line's aside: what separates two options.
    package var startsLine: Bool

    package init(_ text: String, at place: SourcePlace, startsLine: Bool = false) {
        self.text = text
        self.place = place
        self.startsLine = startsLine
    }
}

extension Token {
    /// The token as it can stand in a Corefile: in quotes where it would else be read otherwise.
    var written: String {
        let needsQuotes =
            text.isEmpty || text.hasPrefix("\"") || text.hasSuffix("\\")
            || text.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "#" }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\\\"") + "\"" : text
    }
}
