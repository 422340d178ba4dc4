/// Why a text is no template, and where.
package struct TemplateSyntaxError: Error, Hashable, CustomStringConvertible {
    package let reason: String
    package let place: TemplatePlace

    package var description: String { "\(place): \(reason)" }
}

/// Why a template could not be filled in for a query, and where.
package struct TemplateFailure: Error, Hashable, CustomStringConvertible {
    package let reason: String
    package let place: TemplatePlace

    package var description: String { "\(place): \(reason)" }
}

/// Line and column of a template, in octets, counted from 1.
package struct TemplatePlace: Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    init(offset: Int, in text: [UInt8]) {
        let before = text[..<min(offset, text.count)]
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        column = before.count - start + 1
    }

    package var description: String { "\(line):\(column)" }
}
