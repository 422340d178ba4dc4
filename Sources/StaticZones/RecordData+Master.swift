import CLDNS
import DNSWire
import NetworkAddress

/// Why the text behind a type is no data of that type.
struct ZoneDataError: Error {
    var reason: String
}

extension RecordType {
    /// A type by any mnemonic that libldns knows, or as `TYPE123`.
    init?(master text: String) {
        let known = ldns_get_rr_type_by_name(text)
        guard let value = UInt16(exactly: known.rawValue), value != 0 else { return nil }
        self.init(rawValue: value)
    }

    /// Whether records of this type can be in a zone: OPT and the types from 128 to 255 are of messages (RFC 6895 3.1).
    var mayStandInZone: Bool { self != .opt && !(128...255).contains(rawValue) }
}

extension RecordData {
    /// Data from its text in a master file: `\# n hex` for any type (RFC 3597 5), else in the form of the type, which
    /// libldns knows.
    init(type: RecordType, mnemonic: String, text: [UInt8], origin: DomainName) throws(ZoneDataError) {
        var words = ZoneEntry(line: 0, text: text, firstLine: "")
        if words.word().map(Array.init) == Array("\\#".utf8) {
            self = try RecordData(type: type, generic: words)
            return
        }
        let line = Array(". 0 IN \(mnemonic) ".utf8) + text
        // libldns reads as much as a message holds and takes that for the whole.
        guard line.count < LDNS_MAX_PACKETLEN else { throw ZoneDataError(reason: "the data is too long") }
        try RecordData.checkNumbers(type, text)
        do throws(LDNSError) {
            let wire = try LDNSRecord(line: line, origin: try LDNSName(origin)).data()
            self = try RecordData(checked: type, wire)
        } catch {
            throw ZoneDataError(reason: "\(error)")
        }
    }

    /// libldns has checked the form; a difference of opinion is a syntax error all the same.
    private init(checked type: RecordType, _ wire: [UInt8]) throws(LDNSError) {
        do throws(WireError) {
            try self.init(type: type, wire: wire)
        } catch {
            throw LDNSError(status: LDNS_STATUS_SYNTAX_RDATA_ERR)
        }
    }

    /// The words behind `\#`: the number of octets, and these in hexadecimal digits, in as many words as one likes.
    private init(type: RecordType, generic words: ZoneEntry) throws(ZoneDataError) {
        var words = words
        guard let count = words.word().flatMap({ UInt16(String(decoding: $0, as: UTF8.self)) }) else {
            throw ZoneDataError(reason: "\\# without the number of octets")
        }
        let digits = words.text.filter { !ZoneEntries.isBlank($0) }
        let values = digits.compactMap { hexValue($0) }
        guard values.count == digits.count, values.count == 2 * Int(count) else {
            throw ZoneDataError(reason: "\\# \(count) wants \(2 * Int(count)) hexadecimal digits")
        }
        let wire = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
        do throws(WireError) {
            try self.init(type: type, wire: wire)
        } catch {
            throw ZoneDataError(reason: "the octets are no data of type \(type) (\(error))")
        }
    }

    /// libldns takes 70000 for 4464 where 16 bits are wanted: the numbers in front of a name are checked before.
    private static func checkNumbers(_ type: RecordType, _ text: [UInt8]) throws(ZoneDataError) {
        var words = ZoneEntry(line: 0, text: text, firstLine: "")
        for _ in 0..<(type == .mx ? 1 : type == .srv ? 3 : 0) {
            guard let word = words.word() else { return }
            let number = String(decoding: word, as: UTF8.self)
            guard UInt16(number) != nil else {
                throw ZoneDataError(reason: "\"\(number)\" is no number from 0 to 65535")
            }
        }
    }
}
