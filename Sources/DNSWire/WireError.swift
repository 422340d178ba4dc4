/// Why octets are no DNS message, name or record, and where.
package struct WireError: Error, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The message ends inside something.
        case truncated
        /// A label over 63 octets, or a label type that does not exist (RFC 6891 5).
        case badLabel
        case emptyLabel
        case nameTooLong
        /// A compression pointer that does not point backwards (RFC 1035 4.1.4).
        case badPointer
        case badEscape
        case trailingBytes
        /// RDATA that does not have the form of its type.
        case badRecordData
        /// An OPT record where none may stand, or the second one (RFC 6891 6.1.1); none where the response code needs one.
        case badOPT
        /// The message does not fit 65,535 octets.
        case tooLarge
    }

    package let code: Code
    /// Octets from the start of what was read.
    package let offset: Int

    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    package var description: String { "\(code.rawValue) at octet \(offset)" }
}
