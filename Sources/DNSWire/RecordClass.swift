/// A class of records, RFC 1035 3.2.4; any 16-bit number is one (RFC 3597).
package struct RecordClass: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let `in` = RecordClass(rawValue: 1)
    /// The class of `version.bind` and its like.
    package static let chaos = RecordClass(rawValue: 3)
    /// RFC 2136 2.4.
    package static let none = RecordClass(rawValue: 254)
    package static let any = RecordClass(rawValue: 255)

    private static let names: [(UInt16, String)] = [(1, "IN"), (3, "CH"), (4, "HS"), (254, "NONE"), (255, "ANY")]
}

extension RecordClass: CustomStringConvertible {
    /// A class from its mnemonic without regard to case, or from `CLASS123` (RFC 3597 5).
    package init?(_ text: String) {
        let upper = text.uppercased()
        if let known = RecordClass.names.first(where: { $0.1 == upper }) {
            self.init(rawValue: known.0)
        } else if upper.hasPrefix("CLASS"), let value = UInt16(upper.dropFirst(5)) {
            self.init(rawValue: value)
        } else {
            return nil
        }
    }

    package var description: String {
        RecordClass.names.first { $0.0 == rawValue }?.1 ?? "CLASS\(rawValue)"
    }
}
