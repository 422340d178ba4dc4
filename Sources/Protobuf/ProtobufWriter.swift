/// A protobuf message written field by field.
///
///     var writer = ProtobufWriter()
///     writer.write(ListFields.metadata) { $0.write(ListMetaFields.resourceVersion, "7") }
package struct ProtobufWriter {
    package private(set) var octets: [UInt8] = []

    package init() {}

    /// Makes it empty again, with the memory that it has.
    package mutating func clear() { octets.removeAll(keepingCapacity: true) }

    package mutating func write(_ number: Int, _ value: Int) {
        varint(UInt64(number) << 3)
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// A fixed32: four octets, the lowest first.
    package mutating func write(_ number: Int, fixed32 value: UInt32) {
        varint(UInt64(number) << 3 | 5)
        withUnsafeBytes(of: value.littleEndian) { octets.append(contentsOf: $0) }
    }

    package mutating func write(_ number: Int, _ value: Bool) { write(number, value ? 1 : 0) }

    /// Nothing for an empty text.
    package mutating func write(_ number: Int, _ text: String) {
        if !text.isEmpty { write(number, octets: text) }
    }

    /// A text, also an empty one.
    package mutating func write(_ number: Int, octets text: String) {
        var text = text
        text.withUTF8 { write(number, UnsafeRawBufferPointer($0)) }
    }

    /// Octets, also none.
    package mutating func write(_ number: Int, _ contents: UnsafeRawBufferPointer) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(contents.count))
        octets.append(contentsOf: contents)
    }

    /// A message, also an empty one.
    package mutating func write(_ number: Int, _ body: (inout ProtobufWriter) -> Void) {
        let message = begin(number)
        body(&self)
        end(message)
    }

    /// Begins a message, or octets that `append` makes; whatever is written up to `end` is inside.
    package mutating func begin(_ number: Int) -> Int {
        varint(UInt64(number) << 3 | 2)
        octets.append(0)
        return octets.count
    }

    /// - Parameter message: what `begin` gave.
    package mutating func end(_ message: Int) {
        let length = octets.count - message
        octets[message - 1] = UInt8(truncatingIfNeeded: length & 0x7F)
        guard length > 0x7F else { return }
        // The length takes more than the octet that was left for it.
        octets[message - 1] |= 0x80
        var rest = length >> 7
        var more: [UInt8] = []
        while rest > 0x7F {
            more.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        more.append(UInt8(rest))
        octets.insert(contentsOf: more, at: message)
    }

    /// Appends to the contents of what `begin` began.
    package mutating func append<Fault: Error>(_ body: (inout [UInt8]) throws(Fault) -> Void) throws(Fault) {
        try body(&octets)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(rest))
    }
}
