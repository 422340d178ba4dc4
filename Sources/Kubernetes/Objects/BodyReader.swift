/// Reads the body of an answer as it comes in: a list or a watch.
///
///     var body = BodyReader(.list, of: .services, .protobuf, keeping: .serving)
///     try body.read(octets) { message in ... }           // as often as octets come
///     try body.finish()
struct BodyReader {
    enum Form {
        case list, watch
    }

    private var list: ListReader?
    private var watch: WatchReader?

    init(_ form: Form, of resource: Resource, _ encoding: Encoding, keeping detail: Detail) {
        switch form {
        case .list: list = ListReader(resource, encoding, keeping: detail)
        case .watch: watch = WatchReader(resource, encoding, keeping: detail)
        }
    }

    /// - Throws: where the body makes no sense any more; there is nothing more to read then.
    mutating func read(_ octets: UnsafeRawBufferPointer, _ take: (APIMessage) -> Void) throws(DecodeFault) {
        try list?.read(octets, take)
        try watch?.read(octets, take)
    }

    /// - Throws: where the body ended in the middle of something.
    func finish() throws(DecodeFault) {
        try list?.finish()
        try watch?.finish()
    }
}
