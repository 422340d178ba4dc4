/// Why a name or a type is denied: an extended error as the answer table keeps it, and the code under which `diagnose` tells
/// the same.
///
/// Reasons are records of types for private use (RFC 6895 3.1), at names of zones that nobody is served (`Kind`). In the
/// text U+0001 to U+001F stand for labels of the name that is denied, counted from its zone: `\u{1}` is the one below the
/// origin.
///
/// RDATA: INFO-CODE (2 octets), the finding's code (6 octets), then the text in pieces: an octet n from 1 to 127 and n
/// octets of text, or 128 + n for the label n.
package struct Reason: Hashable, Sendable {
    /// What it is the reason of, and its record type.
    package enum Kind: UInt16, Sendable, CaseIterable {
        /// The name does not exist.
        case absent = 0xFF00
        /// Nobody knows yet whether it does.
        case syncing
        /// The name has IPv4 addresses, and no others.
        case onlyIPv4
        case onlyIPv6
        /// The name has other types.
        case otherTypes
        /// The name has nothing.
        case empty
        /// The name has a set that cannot be said.
        case unanswerable
        /// The name's alias leads to what can never exist.
        case targetNeverExists

        package var type: RecordType { RecordType(rawValue: rawValue) }
    }

    /// `NAM002`.
    package var finding: String
    package var error: ExtendedError

    package init(_ finding: String, _ text: String, code: ExtendedError.Code = .other) {
        precondition(finding.utf8.count == Reason.findingSize, "\(finding) is no finding's code")
        self.finding = finding
        error = ExtendedError(code, text)
    }

    /// Octets of a finding's code.
    package static let findingSize = 6
    /// Octets in front of the text.
    package static let textStart = 2 + findingSize

    /// The record that keeps it.
    package func data(of kind: Kind) -> RecordData {
        let code = error.code.rawValue
        var octets = [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + Array(finding.utf8)
        var piece: [UInt8] = []
        func flush() {
            if !piece.isEmpty { octets += [UInt8(piece.count)] + piece }
            piece.removeAll()
        }
        for octet in error.text.utf8 {
            if octet < 0x20 {
                flush()
                octets.append(128 + octet)
            } else {
                piece.append(octet)
                if piece.count == 127 { flush() }
            }
        }
        flush()
        return .other(kind.type, octets)
    }
}
