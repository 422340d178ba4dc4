/// Octets of a message or of one RDATA, read from front to back; every reading is checked against the end.
struct WireReader {
    private let bytes: [UInt8]
    /// Octets from the start of the message, or of the RDATA where that stands alone.
    private(set) var at: Int
    /// The first octet that is not ours; never behind the last one of `bytes`.
    private let end: Int
    /// Where a compression pointer may lead at the least; nil where there is no message to point into.
    private let firstTarget: Int?
    /// What it is called when something reaches over the end.
    private let overrun: WireError.Code

    init(message: [UInt8]) {
        self.init(bytes: message, at: 0, end: message.count, firstTarget: Message.headerLength, overrun: .truncated)
    }

    /// RDATA without a message around it.
    init(recordData: [UInt8]) {
        self.init(bytes: recordData, at: 0, end: recordData.count, firstTarget: nil, overrun: .badRecordData)
    }

    private init(bytes: [UInt8], at: Int, end: Int, firstTarget: Int?, overrun: WireError.Code) {
        self.bytes = bytes
        self.at = at
        self.end = end
        self.firstTarget = firstTarget
        self.overrun = overrun
    }

    var isAtEnd: Bool { at == end }

    /// The number of octets up to the end.
    var remaining: Int { end - at }

    /// A reader for the next `count` octets, which are one RDATA; this one goes on behind them.
    mutating func recordData(_ count: Int) throws(WireError) -> WireReader {
        guard count <= remaining else { throw WireError(overrun, at: at) }
        defer { at += count }
        return WireReader(bytes: bytes, at: at, end: at + count, firstTarget: firstTarget, overrun: .badRecordData)
    }

    mutating func octets(_ count: Int) throws(WireError) -> [UInt8] {
        guard count <= remaining else { throw WireError(overrun, at: at) }
        defer { at += count }
        return Array(bytes[at..<(at + count)])
    }

    mutating func uint8() throws(WireError) -> UInt8 { try number() }
    mutating func uint16() throws(WireError) -> UInt16 { try number() }
    mutating func uint32() throws(WireError) -> UInt32 { try number() }

    /// A character string, RFC 1035 3.3: a length octet and as many octets.
    mutating func string() throws(WireError) -> [UInt8] {
        let length = try uint8()
        return try octets(Int(length))
    }

    private mutating func number<Number: FixedWidthInteger & UnsignedInteger>() throws(WireError) -> Number {
        let count = Number.bitWidth / 8
        guard count <= remaining else { throw WireError(overrun, at: at) }
        defer { at += count }
        return bytes[at..<(at + count)].reduce(0) { $0 << 8 | Number($1) }
    }

    /// A domain name, compressed or not (RFC 1035 4.1.4). A pointer must lead to before the labels that it stands behind:
    /// every jump goes further back, so that no message can make this run in a circle.
    mutating func name() throws(WireError) -> DomainName {
        var wire: [UInt8] = []
        var place = at
        var start = at
        var behindPointer: Int?
        while true {
            guard place < end else { throw WireError(overrun, at: place) }
            let length = Int(bytes[place])
            switch length {
            case 0...DomainName.maximumLabelLength:
                guard length < end - place else { throw WireError(overrun, at: place) }
                wire += bytes[place...(place + length)]
                guard wire.count <= DomainName.maximumLength else { throw WireError(.nameTooLong, at: place) }
                place += 1 + length
                if length == 0 {
                    at = behindPointer ?? place
                    return DomainName(unchecked: wire)
                }
            case 0xC0...:
                guard place + 1 < end else { throw WireError(overrun, at: place) }
                let target = (length & 0x3F) << 8 | Int(bytes[place + 1])
                guard let firstTarget, target >= firstTarget, target < start else {
                    throw WireError(.badPointer, at: place)
                }
                behindPointer = behindPointer ?? place + 2
                place = target
                start = target
            default:
                // 01 and 10 in front are no label types any more: RFC 6891 5.
                throw WireError(.badLabel, at: place)
            }
        }
    }
}
