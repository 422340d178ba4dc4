import Protobuf
import ServiceRegistry

/// Writes a JSON value of the API as the protobuf message that says the same, so that what its fields mean stands in one
/// place, `ObjectDecoder`. The memory of one message is used again for the next.
///
/// A value that is of another type than its field is left out and noted in `fault`, as Go's encoding/json does; what is no
/// JSON throws.
struct JSONTranscoder {
    private var writer = ProtobufWriter()
    /// The first value of a wrong type: `spec.ports.port is "http": a whole number is wanted`.
    private(set) var fault: String?
    /// The members around the value that is being read.
    private var path: [StaticString] = []

    /// Transcodes a document that lies whole in memory.
    mutating func document(_ octets: UnsafeRawBufferPointer, _ shape: JSONShape) throws(DecodeFault) {
        writer.clear()
        fault = nil
        path.removeAll(keepingCapacity: true)
        var reader = JSONReader(octets)
        if reader.peek() == Octet.brace {
            try message(&reader, shape)
        } else {
            throw reader.unexpected("an object")
        }
        guard reader.peek() == 0 else { throw reader.unexpected("the end") }
    }

    /// The message made last. Valid only as long as `body` runs.
    func withMessage<Result, Fault: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        try writer.octets.withUnsafeBufferPointer { octets throws(Fault) in
            try body(UnsafeRawBufferPointer(octets))
        }
    }

    private mutating func message(_ reader: inout JSONReader, _ shape: JSONShape) throws(DecodeFault) {
        try reader.forEachMember { key, reader throws(DecodeFault) in
            // No key of the API needs an escape.
            guard !key.hasEscapes, let field = shape.field(key.octets) else {
                try reader.skip()
                return
            }
            if try reader.null() { return }
            path.append(field.key)
            try value(&reader, field)
            path.removeLast()
        }
    }

    private mutating func value(_ reader: inout JSONReader, _ field: JSONShape.Field) throws(DecodeFault) {
        switch field.value {
        case .text: try text(&reader, field.number)
        case .texts:
            try items(&reader) { transcoder, reader throws(DecodeFault) in try transcoder.text(&reader, field.number) }
        case .number:
            if let value = try number(&reader) { writer.write(field.number, value) }
        case .bool: try bool(&reader, field.number)
        case .time: try time(&reader, field.number)
        case .numberOrText: try numberOrText(&reader, field.number)
        case .map: try map(&reader, field.number)
        case .object(let shape): try object(&reader, field.number, shape)
        case .objects(let shape):
            try items(&reader) { transcoder, reader throws(DecodeFault) in
                try transcoder.object(&reader, field.number, shape)
            }
        }
    }

    // MARK: - Values

    private mutating func object(
        _ reader: inout JSONReader, _ number: Int, _ shape: JSONShape
    ) throws(DecodeFault) {
        guard reader.peek() == Octet.brace else { return try refuse(&reader, "an object") }
        let begin = writer.begin(number)
        try message(&reader, shape)
        writer.end(begin)
    }

    private mutating func items(
        _ reader: inout JSONReader,
        _ body: (inout JSONTranscoder, inout JSONReader) throws(DecodeFault) -> Void
    ) throws(DecodeFault) {
        guard reader.peek() == Octet.bracket else { return try refuse(&reader, "a list") }
        try reader.forEachItem { reader throws(DecodeFault) in
            if try !reader.null() { try body(&self, &reader) }
        }
    }

    private mutating func text(_ reader: inout JSONReader, _ number: Int) throws(DecodeFault) {
        guard reader.peek() == Octet.quote else { return try refuse(&reader, "a text") }
        let text = try reader.text()
        guard text.hasEscapes else {
            writer.write(number, text.octets)
            return
        }
        let begin = writer.begin(number)
        try writer.append { octets throws(DecodeFault) in try text.write(to: &octets) }
        writer.end(begin)
    }

    private mutating func number(_ reader: inout JSONReader) throws(DecodeFault) -> Int? {
        var place = reader
        let word = place.word()
        guard let value = JSONTranscoder.integer(word) else {
            try refuse(&reader, "a whole number")
            return nil
        }
        reader = place
        return value
    }

    private static func integer(_ word: UnsafeRawBufferPointer) -> Int? {
        let isNegative = word.first == Octet.minus
        let digits = isNegative ? UnsafeRawBufferPointer(rebasing: word[1...]) : word
        guard (1...18).contains(digits.count) else { return nil }
        var value = 0
        for octet in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) else { return nil }
            value = value * 10 + Int(octet - UInt8(ascii: "0"))
        }
        return isNegative ? -value : value
    }

    private mutating func bool(_ reader: inout JSONReader, _ number: Int) throws(DecodeFault) {
        var place = reader
        let word = place.word()
        guard word.equals("true") || word.equals("false") else { return try refuse(&reader, "true or false") }
        reader = place
        writer.write(number, word.equals("true"))
    }

    /// A text that is no time stands for none.
    private mutating func time(_ reader: inout JSONReader, _ number: Int) throws(DecodeFault) {
        guard reader.peek() == Octet.quote else { return try refuse(&reader, "a time") }
        let text = try reader.text()
        guard let time = RFC3339.time(text.octets) else { return }
        writer.write(number) { $0.write(TimeFields.seconds, Int(time.seconds)) }
    }

    private mutating func numberOrText(_ reader: inout JSONReader, _ number: Int) throws(DecodeFault) {
        let isText = reader.peek() == Octet.quote
        let begin = writer.begin(number)
        writer.write(IntOrStringFields.type, isText)
        if isText {
            try text(&reader, IntOrStringFields.string)
        } else if let value = try self.number(&reader) {
            writer.write(IntOrStringFields.int, value)
        }
        writer.end(begin)
    }

    private mutating func map(_ reader: inout JSONReader, _ number: Int) throws(DecodeFault) {
        guard reader.peek() == Octet.brace else { return try refuse(&reader, "an object") }
        try reader.forEachMember { key, reader throws(DecodeFault) in
            let begin = writer.begin(number)
            let entry = writer.begin(MapFields.key)
            try writer.append { octets throws(DecodeFault) in try key.write(to: &octets) }
            writer.end(entry)
            if try !reader.null() { try text(&reader, MapFields.value) }
            writer.end(begin)
        }
    }

    /// Passes over a value that is not what it has to be.
    private mutating func refuse(_ reader: inout JSONReader, _ wanted: String) throws(DecodeFault) {
        let octets = try reader.skip()
        guard fault == nil else { return }
        let shown = UnsafeRawBufferPointer(rebasing: octets.prefix(40)).text
        fault = "\(path.map { "\($0)" }.joined(separator: ".")) is \(shown): \(wanted) is wanted"
    }
}
