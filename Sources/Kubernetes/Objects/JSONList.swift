/// A list in JSON as it comes: `{"metadata":{…},"items":[{…},…]}`, its members in any order.
struct JSONList {
    private enum Place: Equatable {
        case beginning
        /// A key comes, or the end of the list.
        case member(isFirst: Bool)
        case colon(Member)
        case value(Member)
        /// Behind a member.
        case comma
        /// An item comes, or the end of the items.
        case item(isFirst: Bool)
        case itemComma
        case behind
    }

    private enum Member { case metadata, items, other }

    private let shape: JSONShape
    private var transcoder = JSONTranscoder()
    private var bounds = JSONBounds()
    private var metadata = ListMetadata()
    private var place = Place.beginning

    init(_ resource: Resource, keeping detail: Detail) { shape = JSONShape.of(resource, keeping: detail) }

    var isWhole: Bool { place == .behind }

    /// - Returns: how many octets are done with.
    mutating func step(
        _ octets: UnsafeRawBufferPointer, _ decoder: inout ObjectDecoder, _ take: (APIMessage) -> Void
    ) throws(DecodeFault) -> Int {
        var at = 0
        while true {
            at = octets.placeBehindSpace(at)
            guard at < octets.count else { return at }
            let rest = UnsafeRawBufferPointer(rebasing: octets[at...])
            switch place {
            case .beginning:
                at += try rest.mark(Octet.brace)
                place = .member(isFirst: true)
            case .member(isFirst: true) where rest[0] == Octet.closingBrace:
                at += 1
                end(take)
            case .member:
                guard rest[0] == Octet.quote else { throw rest.unexpected("a key of the list") }
                guard let key = try whole(rest) else { return at }
                place = .colon(key.equals("\"metadata\"") ? .metadata : key.equals("\"items\"") ? .items : .other)
                at += key.count
            case .colon(let member):
                at += try rest.mark(Octet.colon)
                place = .value(member)
            case .value(.items) where rest[0] == Octet.bracket:
                at += 1
                place = .item(isFirst: true)
            case .value(let member):
                guard let value = try whole(rest) else { return at }
                if member == .metadata { try readMetadata(value) }
                place = .comma
                at += value.count
            case .comma where rest[0] == Octet.closingBrace:
                at += 1
                end(take)
            case .comma:
                at += try rest.mark(Octet.comma)
                place = .member(isFirst: false)
            case .item(isFirst: true) where rest[0] == Octet.closingBracket:
                at += 1
                place = .comma
            case .item:
                guard let item = try whole(rest) else { return at }
                take(try transcoder.object(item, shape, &decoder))
                place = .itemComma
                at += item.count
            case .itemComma where rest[0] == Octet.closingBracket:
                at += 1
                place = .comma
            case .itemComma:
                at += try rest.mark(Octet.comma)
                place = .item(isFirst: false)
            case .behind: throw rest.unexpected("the end")
            }
        }
    }

    /// The value at the beginning; nil where its end has not come.
    private mutating func whole(_ octets: UnsafeRawBufferPointer) throws(DecodeFault) -> UnsafeRawBufferPointer? {
        try bounds.value(octets, "a part of the list")
    }

    private mutating func readMetadata(_ value: UnsafeRawBufferPointer) throws(DecodeFault) {
        guard !value.equals("null") else { return }
        try transcoder.document(value, .listMetadata)
        if let fault = transcoder.fault { throw DecodeFault("metadata.\(fault)") }
        metadata = try transcoder.withMessage(ListMetadata.init)
    }

    private mutating func end(_ take: (APIMessage) -> Void) {
        place = .behind
        take(metadata.message)
    }
}
