import ServiceRegistry

/// Reads a watch as it comes in, event by event.
///
/// As protobuf it is frames of a length, four octets with the highest first, and a meta/v1 WatchEvent whose object is
/// `k8s\0` and a runtime.Unknown (apimachinery pkg/util/framer); as JSON documents one behind the other.
struct WatchReader {
    private let encoding: Encoding
    private var buffer = StreamBuffer()
    private var decoder: ObjectDecoder
    private var json: JSONWatch

    init(_ resource: Resource, _ encoding: Encoding, keeping detail: Detail) {
        self.encoding = encoding
        decoder = ObjectDecoder(resource, keeping: detail)
        json = JSONWatch(resource, keeping: detail)
    }

    /// - Throws: where the stream makes no sense any more; there is nothing more to read then.
    mutating func read(_ octets: UnsafeRawBufferPointer, _ take: (APIMessage) -> Void) throws(DecodeFault) {
        switch encoding {
        case .protobuf:
            try buffer.feed(octets) { octets throws(DecodeFault) in try WatchReader.step(octets, &decoder, take) }
        case .json:
            try buffer.feed(octets) { octets throws(DecodeFault) in try json.step(octets, &decoder, take) }
        }
    }

    /// - Throws: where the stream ended in the middle of an event.
    func finish() throws(DecodeFault) {
        guard buffer.isEmpty else { throw DecodeFault("the watch is cut off in the middle of an event") }
    }

    private static func step(
        _ octets: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder, _ take: (APIMessage) -> Void
    ) throws(DecodeFault) -> Int {
        var at = 0
        while octets.count - at >= 4 {
            let length = Int(UInt32(bigEndian: octets.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
            guard length <= StreamBuffer.longest else {
                throw DecodeFault("a frame of the watch has \(length) octets, more than \(StreamBuffer.longest)")
            }
            guard octets.count - at - 4 >= length else { break }
            let frame = UnsafeRawBufferPointer(rebasing: octets[(at + 4)..<(at + 4 + length)])
            try read(frame, &decoder, take)
            at += 4 + length
        }
        return at
    }

    private static func read(
        _ frame: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder, _ take: (APIMessage) -> Void
    ) throws(DecodeFault) {
        var type = UnsafeRawBufferPointer.noOctets
        var object = UnsafeRawBufferPointer.noOctets
        var reader = ProtobufReader(frame)
        while let field = try reader.next() {
            switch field.number {
            case WatchEventFields.type: type = try field.octets()
            case WatchEventFields.object:
                object = try ProtobufReader.first(RawExtensionFields.raw, in: field.octets()) ?? .noOctets
            default: break
            }
        }
        guard let raw = ProtobufEnvelope.raw(object) else {
            throw DecodeFault("the object of an event is no Kubernetes protobuf: it does not begin with k8s\\0")
        }
        take(decoder.event(type, raw))
    }
}

extension ObjectDecoder {
    /// What an event says.
    /// - Parameters:
    ///   - type: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR (apimachinery pkg/watch/watch.go).
    ///   - object: a plain message; of an ERROR a Status.
    mutating func event(_ type: UnsafeRawBufferPointer, _ object: UnsafeRawBufferPointer) -> APIMessage {
        do throws(DecodeFault) {
            if type.equals("ADDED") || type.equals("MODIFIED") { return .object(try self.object(object)) }
            if type.equals("DELETED") {
                let (key, version) = try key(object)
                return .deleted(key, resourceVersion: version)
            }
            if type.equals("BOOKMARK") {
                let metadata = try ObjectMetadata(of: object)
                return .bookmark(
                    resourceVersion: metadata.resourceVersion, endsInitialEvents: metadata.endsInitialEvents)
            }
            guard type.equals("ERROR") else { throw DecodeFault("an event is of the unknown type \"\(type.text)\"") }
            guard let status = APIStatus(protobuf: object) else {
                throw DecodeFault("an ERROR event has no Status")
            }
            return .status(status)
        } catch {
            return .undecodable(error)
        }
    }
}
