/// A protobuf message read field by field (protobuf.dev/programming-guides/encoding); what nobody asks for is passed over by
/// its length. Small and by hand because SwiftProtobuf would make an object of every field of every object, managedFields
/// included, where a twentieth of them is kept.
///
/// Invariant: `at` lies between the beginning of the octets and `end`; nothing is read at or behind `end`.
struct ProtobufReader {
    /// Where the next field begins.
    private(set) var at: UnsafeRawPointer
    private let end: UnsafeRawPointer

    init(_ octets: UnsafeRawBufferPointer) {
        // Of an empty buffer: any place, since nothing is read.
        at = octets.baseAddress ?? UnsafeRawPointer(bitPattern: 8)!
        end = at + octets.count
    }

    struct Field {
        let number: Int
        fileprivate let form: ProtobufForm
        fileprivate let value: UInt64
        fileprivate let contents: UnsafeRawBufferPointer

        /// The contents of a text, octets or a message.
        func octets() throws(DecodeFault) -> UnsafeRawBufferPointer {
            guard form == .octets else { throw ProtobufForm.mismatch(number) }
            return contents
        }

        func message() throws(DecodeFault) -> ProtobufReader { ProtobufReader(try octets()) }
        func text() throws(DecodeFault) -> String { try octets().text }

        /// A number; of an int32, an enumeration or a boolean too.
        func int() throws(DecodeFault) -> Int {
            guard form == .number else { throw ProtobufForm.mismatch(number) }
            return Int(truncatingIfNeeded: value)
        }

        func bool() throws(DecodeFault) -> Bool { try int() != 0 }
    }

    /// The next field; nil at the end.
    mutating func next() throws(DecodeFault) -> Field? {
        guard at < end else { return nil }
        let key = try varint()
        let number = try ProtobufForm.number(of: key)
        switch key & 7 {
        case 0: return Field(number: number, form: .number, value: try varint(), contents: .noOctets)
        case 2: return Field(number: number, form: .octets, value: 0, contents: try contents(try varint()))
        case 1: return Field(number: number, form: .fixed, value: 0, contents: try contents(8))
        case 5: return Field(number: number, form: .fixed, value: 0, contents: try contents(4))
        default: throw ProtobufForm.unknown(key)
        }
    }

    private mutating func contents(_ length: UInt64) throws(DecodeFault) -> UnsafeRawBufferPointer {
        guard length <= UInt64(end - at) else { throw DecodeFault("a protobuf field is longer than its message") }
        defer { at += Int(length) }
        return UnsafeRawBufferPointer(start: at, count: Int(length))
    }

    private mutating func varint() throws(DecodeFault) -> UInt64 {
        if at < end {
            let octet = at.load(as: UInt8.self)
            if octet < 0x80 {
                at += 1
                return UInt64(octet)
            }
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(DecodeFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end, shift < 64 {
            let octet = at.load(as: UInt8.self)
            at += 1
            value |= UInt64(octet & 0x7F) << shift
            if octet < 0x80 { return value }
            shift += 7
        }
        throw DecodeFault(shift < 64 ? "a protobuf message is cut off" : "a protobuf number has more than ten octets")
    }

    /// The contents of the first field of a number; nil where there is none.
    static func first(_ number: Int, in octets: UnsafeRawBufferPointer) throws(DecodeFault) -> UnsafeRawBufferPointer? {
        var reader = ProtobufReader(octets)
        while let field = try reader.next() { if field.number == number { return try field.octets() } }
        return nil
    }
}

/// What a field's key says of its contents: the wire types that Kubernetes' messages have.
enum ProtobufForm {
    case number, octets, fixed

    /// The number in a key, 1 to 2^29 - 1.
    static func number(of key: UInt64) throws(DecodeFault) -> Int {
        guard (8...0xFFFF_FFFF).contains(key) else { throw DecodeFault("a protobuf field has no valid number") }
        return Int(key >> 3)
    }

    @inline(never) static func unknown(_ key: UInt64) -> DecodeFault {
        DecodeFault("a protobuf field is of wire type \(key & 7), which no message of Kubernetes has")
    }

    @inline(never) static func mismatch(_ number: Int) -> DecodeFault {
        DecodeFault("protobuf field \(number) is not of the wire type that it has in Kubernetes")
    }
}

/// A field of a message that comes piece by piece: what its key says, before its contents are there.
struct ProtobufHead {
    let number: Int
    let form: ProtobufForm
    /// Octets of the key and, for octets and messages, of the length.
    let size: Int
    /// Octets of the contents behind the head.
    let length: Int

    /// nil where the octets end in the head, or in a number.
    init?(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) {
        guard let (key, size) = try ProtobufHead.varint(octets, 0) else { return nil }
        number = try ProtobufForm.number(of: key)
        switch key & 7 {
        case 0:
            guard let (_, end) = try ProtobufHead.varint(octets, size) else { return nil }
            (form, self.size, length) = (.number, size, end - size)
        case 2:
            guard let (length, end) = try ProtobufHead.varint(octets, size) else { return nil }
            guard length <= UInt64(Int32.max) else {
                throw DecodeFault("a protobuf field says it has \(length) octets")
            }
            (form, self.size, self.length) = (.octets, end, Int(length))
        case 1: (form, self.size, length) = (.fixed, size, 8)
        case 5: (form, self.size, length) = (.fixed, size, 4)
        default: throw ProtobufForm.unknown(key)
        }
    }

    /// The number at a place and the place behind it.
    private static func varint(_ octets: UnsafeRawBufferPointer, _ place: Int) throws(DecodeFault) -> (UInt64, Int)? {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard place + index < octets.count else { return nil }
            let octet = octets[place + index]
            value |= UInt64(octet & 0x7F) << UInt64(7 * index)
            if octet < 0x80 { return (value, place + index + 1) }
        }
        throw DecodeFault("a protobuf number has more than ten octets")
    }
}

/// What Kubernetes puts around a protobuf message: `k8s\0` and a runtime.Unknown (apimachinery
/// pkg/runtime/serializer/protobuf, pkg/runtime/generated.proto).
enum ProtobufEnvelope {
    static let magic: StaticString = "k8s\0"

    /// The message inside; nil where there is no envelope.
    static func raw(_ octets: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard octets.count >= 4, UnsafeRawBufferPointer(rebasing: octets[..<4]).equals(magic) else { return nil }
        do throws(DecodeFault) {
            let inside = UnsafeRawBufferPointer(rebasing: octets[4...])
            return try ProtobufReader.first(UnknownFields.raw, in: inside) ?? .noOctets
        } catch {
            return nil
        }
    }
}
