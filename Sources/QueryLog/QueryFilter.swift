import DNSWire
import Glibc
import NetworkAddress

/// Which queries are wanted: those that all of what is given holds for.
package struct QueryFilter: Hashable, Sendable {
    package var client: CIDR?
    /// `shop/web-0`
    package var pod: String?
    package var name: NamePattern?
    package var type: RecordType?
    package var rcode: ResponseCode?
    /// Nanoseconds that it took at least.
    package var slower: Int64?

    package init() {}

    package func holds(_ record: QueryRecord) -> Bool {
        if let client, !client.contains(record.client) { return false }
        if let pod, record.pod != pod { return false }
        if let type, record.question?.type != type { return false }
        if let rcode, record.rcode != rcode || record.size == 0 { return false }
        if let slower, record.duration < slower { return false }
        return name?.matches(record.nameText) ?? true
    }

    /// A CIDR, or an address.
    package static func client(_ text: String) -> CIDR? {
        CIDR(text) ?? IPAddress(text).flatMap { CIDR(base: $0, prefixLength: $0.bitWidth) }
    }

    /// `NXDOMAIN` without regard to case, or a number up to 4095.
    package static func rcode(_ text: String) -> ResponseCode? {
        let upper = text.uppercased()
        if let number = UInt16(text) { return number < 4096 ? ResponseCode(rawValue: number) : nil }
        return (0..<4096).lazy.map { ResponseCode(rawValue: $0) }.first { $0.description == upper }
    }
}

/// A pattern of names as the shell has them (fnmatch(3)): `*.shop.svc.cluster.local`, `google.*`; without regard to case,
/// with or without the last dot. A star holds for dots too.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let pattern: String

    package init(_ text: String) {
        description = text
        let lower = text.lowercased()
        pattern = lower.hasSuffix(".") || lower.hasSuffix("*") ? lower : lower + "."
    }

    /// - Parameter name: lower case, with its last dot.
    package func matches(_ name: String) -> Bool { fnmatch(pattern, name, FNM_NOESCAPE) == 0 }
}
