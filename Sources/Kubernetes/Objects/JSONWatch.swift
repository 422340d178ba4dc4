/// A watch in JSON: `{"type":"ADDED","object":{…}}`, one behind the other.
struct JSONWatch {
    private let shape: JSONShape
    private var transcoder = JSONTranscoder()
    private var bounds = JSONBounds()

    init(_ resource: Resource, keeping detail: Detail) { shape = JSONShape.of(resource, keeping: detail) }

    /// - Returns: how many octets are done with.
    mutating func step(
        _ octets: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder, _ take: (APIMessage) -> Void
    ) throws(DecodeFault) -> Int {
        var at = 0
        while true {
            at = octets.placeBehindSpace(at)
            guard at < octets.count else { return at }
            let rest = UnsafeRawBufferPointer(rebasing: octets[at...])
            guard rest[0] == Octet.brace else { throw rest.unexpected("an event") }
            guard let event = try bounds.value(rest, "an event of the watch") else { return at }
            take(try read(event, &decoder))
            at += event.count
        }
    }

    private mutating func read(
        _ event: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder
    ) throws(DecodeFault) -> APIMessage {
        var (type, object) = (UnsafeRawBufferPointer.noOctets, UnsafeRawBufferPointer.noOctets)
        var reader = JSONReader(event)
        try reader.forEachMember { key, reader throws(DecodeFault) in
            if key.octets.equals("type"), reader.peek() == Octet.quote {
                type = try reader.text().octets
            } else if key.octets.equals("object") {
                object = try reader.skip()
            } else {
                try reader.skip()
            }
        }
        guard object.first == Octet.brace else { return .undecodable(DecodeFault("an event has no object")) }
        if type.equals("ADDED") || type.equals("MODIFIED") { return try transcoder.object(object, shape, &decoder) }
        try transcoder.document(object, type.equals("ERROR") ? .status : .onlyMetadata)
        if let fault = transcoder.fault { return .undecodable(DecodeFault("an event's object: \(fault)")) }
        return transcoder.withMessage { decoder.event(type, $0) }
    }
}
