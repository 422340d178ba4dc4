import DNSWire
import Glibc
import NetworkAddress
import Protobuf

/// Frame Streams without a handshake (github.com/farsightsec/fstrm, control.h), as files of dnstap have them: frames of a
/// length and contents, numbers with the highest octet first.
package enum FrameStream {
    private static let contentType = "protobuf:dnstap.Dnstap"
    private static let contentTypeField: UInt32 = 1

    private enum Control: UInt32 {
        case start = 2
        case stop = 3
    }

    /// What a stream begins with.
    package static var start: [UInt8] {
        control(
            .start, [bigEndian(contentTypeField), bigEndian(UInt32(contentType.utf8.count)), Array(contentType.utf8)])
    }

    /// What a whole stream ends with.
    package static var stop: [UInt8] { control(.stop, []) }

    /// A control frame: behind an escape, which is a length of 0.
    private static func control(_ kind: Control, _ fields: [[UInt8]]) -> [UInt8] {
        let contents = bigEndian(kind.rawValue) + fields.joined()
        return bigEndian(0) + bigEndian(UInt32(contents.count)) + contents
    }

    package static func write(frame contents: [UInt8], to stream: inout [UInt8]) {
        stream += bigEndian(UInt32(contents.count))
        stream += contents
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}

/// A message of dnstap's schema (github.com/dnstap/dnstap.pb, dnstap.proto).
extension QueryRecord {
    private enum Field {
        static let identity = 1
        static let version = 2
        static let extra = 3
        static let message = 14
        static let type = 15
    }

    private enum MessageField {
        static let type = 1
        static let socketFamily = 2
        static let socketProtocol = 3
        static let queryAddress = 4
        static let queryPort = 6
        static let querySeconds = 8
        static let queryNanoseconds = 9
        static let responseSeconds = 12
        static let responseNanoseconds = 13
        static let responseMessage = 14
    }

    private static let typeMessage = 1
    private static let clientResponse = 6

    /// Appends a frame with a CLIENT_RESPONSE; nothing where there was no answer. An answer that was not kept whole goes
    /// without its records. The Pod stands in `extra`.
    package func writeDnstap(version: String, to stream: inout [UInt8]) {
        guard size > 0, message.count >= 12 else { return }
        var writer = ProtobufWriter()
        writer.write(Field.identity, "clusterdns")
        writer.write(Field.version, version)
        writer.write(Field.extra, pod ?? "")
        writer.write(Field.message) { writer in
            writer.write(MessageField.type, QueryRecord.clientResponse)
            writer.write(MessageField.socketFamily, client.family == .v4 ? 1 : 2)
            writer.write(MessageField.socketProtocol, isStream ? 2 : 1)
            client.bytes.withUnsafeBytes { writer.write(MessageField.queryAddress, $0) }
            writer.write(MessageField.queryPort, Int(port))
            let asked = time - duration
            writer.write(MessageField.querySeconds, Int(asked / 1_000_000_000))
            writer.write(MessageField.queryNanoseconds, fixed32: UInt32(asked % 1_000_000_000))
            writer.write(MessageField.responseSeconds, Int(time / 1_000_000_000))
            writer.write(MessageField.responseNanoseconds, fixed32: UInt32(time % 1_000_000_000))
            wholeMessage.withUnsafeBytes { writer.write(MessageField.responseMessage, $0) }
        }
        writer.write(Field.type, QueryRecord.typeMessage)
        FrameStream.write(frame: writer.octets, to: &stream)
    }

    /// The message, or its header and question where its end is missing.
    private var wholeMessage: [UInt8] {
        guard message.count < size else { return message }
        var head = Array(message.prefix(12 + (question.map { $0.name.wire.count + 4 } ?? 0)))
        if question == nil { head[5] = 0 }
        for index in 6..<12 { head[index] = 0 }
        return head
    }
}
