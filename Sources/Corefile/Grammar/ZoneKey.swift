import DNSWire
import Findings
import NetworkAddress

/// `[SCHEME://]ZONE[:PORT]` taken apart, as in front of a server block and in a plugin's lists of zones
/// (plugin/normalize.go, plugin/pkg/parse).
struct ZoneKey {
    var scheme: ServerKey.Scheme = .dns
    /// More than one for a CIDR that ends between two labels: the reverse zones that cover it.
    var zones: [DomainName]
    /// nil where none is written.
    var port: UInt16?

    /// - Throws: CFG009 with what is wrong about the key.
    init(_ token: Token) throws(CorefileError) {
        var text = token.text[...]
        if let separator = text.firstRange(of: "://") {
            guard let scheme = ServerKey.Scheme(rawValue: String(text[..<separator.lowerBound])) else {
                throw CorefileError(
                    .syntax,
                    "\"\(text[..<separator.upperBound])\" is no scheme: dns, tls, https, https3, quic and grpc are",
                    at: token.place)
            }
            self.scheme = scheme
            text = text[separator.upperBound...]
        }
        if let colon = text.lastIndex(of: ":") {
            let digits = text[text.index(after: colon)...]
            guard !digits.isEmpty else {
                throw CorefileError(.syntax, "\"\(token.text)\" has no port behind its last colon", at: token.place)
            }
            if let number = Int(digits) {
                guard let port = UInt16(exactly: number) else {
                    throw CorefileError(.syntax, "\(digits) is no port: 0 to 65535 are", at: token.place)
                }
                self.port = port
                text = text[..<colon]
            }
        }
        if let block = CIDR(text) {
            zones = reverseZones(of: block)
            return
        }
        do {
            zones = [text.isEmpty ? .root : try DomainName(String(text)).lowercased]
        } catch {
            throw CorefileError(.syntax, "\"\(text)\" is no zone", at: token.place)
        }
    }
}

/// The reverse zones of a block of addresses: one on the boundary of an octet (IPv4) or a nibble (IPv6), else all on the next
/// boundary: 10.0.0.0/12 makes sixteen, 10.1.2.0/27 thirty-two (plugin/pkg/cidr).
package func reverseZones(of block: CIDR) -> [DomainName] {
    let step = block.family == .v4 ? 8 : 4
    let length = (block.prefixLength + step - 1) / step * step
    let count = UInt64(1) << UInt64(length - block.prefixLength)
    // How far two neighbours are apart; only what lies in one octet or nibble varies.
    let hostBits = block.base.bitWidth - length
    return (0..<count).compactMap { number in
        let base: IPAddress
        if hostBits < 64 {
            base =
                block.family == .v4
                ? IPAddress(v4: block.base.v4 | UInt32(truncatingIfNeeded: number << UInt64(hostBits)))
                : IPAddress(v6High: block.base.high, low: block.base.low | number << UInt64(hostBits))
        } else {
            base = IPAddress(v6High: block.base.high | number << UInt64(hostBits - 64), low: block.base.low)
        }
        return CIDR(base: base, prefixLength: length).map(DomainName.init(reverseOf:))
    }
}
