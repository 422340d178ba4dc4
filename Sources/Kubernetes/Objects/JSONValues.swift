// What lists and watches in JSON have in common.

extension JSONTranscoder {
    /// An object, or why it cannot be read.
    /// - Throws: for what is no JSON.
    mutating func object(
        _ octets: UnsafeRawBufferPointer, _ shape: JSONShape, _ decoder: inout ObjectDecoder
    ) throws(DecodeFault) -> APIMessage {
        guard octets.first == Octet.brace else { return .undecodable(DecodeFault("an item of the list is no object")) }
        try document(octets, shape)
        guard let fault else { return withMessage { decoder.message($0) } }
        return .undecodable(DecodeFault(fault, name: withMessage { decoder.nameIfSound($0) }))
    }
}

extension JSONBounds {
    /// The value at the beginning, once it is whole. The next call is for another value.
    /// - Parameter what: for the fault of one that is too long.
    mutating func value(
        _ octets: UnsafeRawBufferPointer, _ what: StaticString
    ) throws(DecodeFault) -> UnsafeRawBufferPointer? {
        guard let length = try length(octets) else {
            guard octets.count <= StreamBuffer.longest else {
                throw DecodeFault("\(what) has more than \(StreamBuffer.longest) octets")
            }
            return nil
        }
        self = JSONBounds()
        guard length > 0 else { throw octets.unexpected("a value") }
        return UnsafeRawBufferPointer(rebasing: octets[..<length])
    }
}

extension UnsafeRawBufferPointer {
    /// The first place from `place` on that has no space in it.
    func placeBehindSpace(_ place: Int) -> Int {
        var place = place
        while place < count, self[place] <= Octet.space {
            guard self[place] == Octet.space || self[place] == 0x0A || self[place] == 0x0D || self[place] == 0x09 else {
                break
            }
            place += 1
        }
        return place
    }

    /// - Returns: 1.
    /// - Throws: where the first octet is another one.
    func mark(_ octet: UInt8) throws(DecodeFault) -> Int {
        guard self[0] == octet else { throw unexpected("\"\(Character(UnicodeScalar(octet)))\"") }
        return 1
    }

    func unexpected(_ wanted: String) -> DecodeFault { JSONReader(self).unexpected(wanted) }
}
