import ServiceRegistry

/// Reads a list (`ServiceList`, …) as it comes in: its objects one by one, then `listEnd`. Holds one object at most.
///
///     var reader = ListReader(.services, .protobuf, keeping: .serving)
///     try reader.read(octets) { message in ... }           // as often as octets come
///     try reader.finish()
struct ListReader {
    private let encoding: Encoding
    private var buffer = StreamBuffer()
    private var decoder: ObjectDecoder
    private var protobuf = ProtobufList()
    private var json: JSONList

    init(_ resource: Resource, _ encoding: Encoding, keeping detail: Detail) {
        self.encoding = encoding
        decoder = ObjectDecoder(resource, keeping: detail)
        json = JSONList(resource, keeping: detail)
    }

    /// - Throws: where the list makes no sense any more; there is nothing more to read then.
    mutating func read(_ octets: UnsafeRawBufferPointer, _ take: (APIMessage) -> Void) throws(DecodeFault) {
        switch encoding {
        case .protobuf:
            try buffer.feed(octets) { octets throws(DecodeFault) in try protobuf.step(octets, &decoder, take) }
        case .json:
            try buffer.feed(octets) { octets throws(DecodeFault) in try json.step(octets, &decoder, take) }
        }
    }

    /// - Throws: where the list is not whole.
    func finish() throws(DecodeFault) {
        guard encoding == .protobuf ? protobuf.isWhole : json.isWhole, buffer.isEmpty else {
            throw DecodeFault("the list is cut off")
        }
    }
}

/// meta/v1 ListMeta.
struct ListMetadata {
    private(set) var resourceVersion = ""
    /// Asks for the next page; empty: there is none.
    private(set) var token = ""

    init() {}

    init(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) {
        var reader = ProtobufReader(octets)
        while let field = try reader.next() {
            switch field.number {
            case ListMetaFields.resourceVersion: resourceVersion = try field.text()
            case ListMetaFields.continue: token = try field.text()
            default: break
            }
        }
    }

    var message: APIMessage { .listEnd(resourceVersion: resourceVersion, continue: token) }
}

/// `k8s\0`, then a runtime.Unknown whose field `raw` is the list.
private struct ProtobufList {
    private enum Place {
        case beginning, envelope
        /// In the list, of which so many octets are to come.
        case list(Int)
        case behind
    }

    private var metadata = ListMetadata()
    private var place = Place.beginning

    var isWhole: Bool { if case .behind = place { true } else { false } }

    /// - Returns: how many octets are done with.
    mutating func step(
        _ octets: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder, _ take: (APIMessage) -> Void
    ) throws(DecodeFault) -> Int {
        var at = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: octets[at...])
            switch place {
            case .beginning:
                guard rest.count >= 4 else { return at }
                guard UnsafeRawBufferPointer(rebasing: rest[..<4]).equals(ProtobufEnvelope.magic) else {
                    throw DecodeFault("the answer is no Kubernetes protobuf: it does not begin with k8s\\0")
                }
                at += 4
                place = .envelope
            case .envelope:
                guard let head = try ProtobufHead(rest) else { return at }
                if head.number == UnknownFields.raw, head.form == .octets {
                    at += head.size
                    place = .list(head.length)
                } else {
                    guard let (_, size) = try whole(head, rest) else { return at }
                    at += size
                }
            case .list(0):
                take(metadata.message)
                place = .behind
            case .list(let left):
                guard let head = try ProtobufHead(rest) else {
                    guard rest.count < left else { throw DecodeFault("a list ends in the middle of a field") }
                    return at
                }
                guard head.size + head.length <= left else { throw DecodeFault("an item is longer than its list") }
                guard let (contents, size) = try whole(head, rest) else { return at }
                try read(head, contents, &decoder, take)
                at += size
                place = .list(left - size)
            case .behind: return octets.count
            }
        }
    }

    /// The contents of a field and the size of all of it; nil where it has not come yet.
    private func whole(
        _ head: ProtobufHead, _ octets: UnsafeRawBufferPointer
    ) throws(DecodeFault) -> (UnsafeRawBufferPointer, Int)? {
        guard head.length <= StreamBuffer.longest else {
            throw DecodeFault("a field of a list has \(head.length) octets, more than \(StreamBuffer.longest)")
        }
        let size = head.size + head.length
        guard octets.count >= size else { return nil }
        return (UnsafeRawBufferPointer(rebasing: octets[head.size..<size]), size)
    }

    private mutating func read(
        _ head: ProtobufHead, _ contents: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder,
        _ take: (APIMessage) -> Void
    ) throws(DecodeFault) {
        guard head.form == .octets else { return }
        switch head.number {
        case ListFields.metadata: metadata = try ListMetadata(contents)
        case ListFields.items: take(decoder.message(contents))
        default: break
        }
    }
}

extension ObjectDecoder {
    /// An object, or why it cannot be read.
    mutating func message(_ octets: UnsafeRawBufferPointer) -> APIMessage {
        do throws(DecodeFault) {
            return .object(try object(octets))
        } catch {
            return .undecodable(error)
        }
    }
}
