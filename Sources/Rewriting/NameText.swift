import DNSWire

/// Names as CoreDNS matches them: text in lower case with the final dot, escaped as its DNS library does
/// (github.com/miekg/dns, UnpackDomainName): `\.`, `\ `, `\'`, `\@`, `\;`, `\(`, `\)`, `\"`, `\\`, and octets outside of
/// printable ASCII as `\DDD`.
enum NameText {
    /// No name's text is longer: four octets for each of at most 255.
    static let maximumLength = 4 * DomainName.maximumLength

    /// Writes the text of a name in wire form. Makes no memory.
    /// - Parameter wire: exactly one name, uncompressed.
    /// - Parameter out: room for `maximumLength` octets.
    /// - Returns: octets written.
    static func write(wire: UnsafeRawPointer, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var (at, count) = (0, 0)
        while true {
            let length = Int(wire.load(fromByteOffset: at, as: UInt8.self))
            at += 1
            if length == 0 { break }
            for _ in 0..<length {
                let octet = wire.load(fromByteOffset: at, as: UInt8.self)
                at += 1
                // Nearly every octet of nearly every name.
                if octet &- UInt8(ascii: "a") < 26 || octet &- UInt8(ascii: "0") < 10 || octet == UInt8(ascii: "-") {
                    out[count] = octet
                    count &+= 1
                } else {
                    count &+= write(octet, to: out + count)
                }
            }
            out[count] = UInt8(ascii: ".")
            count += 1
        }
        if count == 0 {
            out[0] = UInt8(ascii: ".")
            return 1
        }
        return count
    }

    /// Writes one octet of a label, in lower case and escaped: one to four octets.
    @inline(__always)
    private static func write(_ octet: UInt8, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let octet = octet &- UInt8(ascii: "A") < 26 ? octet | 0x20 : octet
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: " "), UInt8(ascii: "'"), UInt8(ascii: "@"), UInt8(ascii: ";"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
            out[0] = UInt8(ascii: "\\")
            out[1] = octet
            return 2
        case 0x21...0x7E:
            out[0] = octet
            return 1
        default:
            out[0] = UInt8(ascii: "\\")
            out[1] = UInt8(ascii: "0") + octet / 100
            out[2] = UInt8(ascii: "0") + octet / 10 % 10
            out[3] = UInt8(ascii: "0") + octet % 10
            return 4
        }
    }

    static func of(_ name: DomainName) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: maximumLength) { buffer, count in
            guard let out = buffer.baseAddress else { return }
            count = name.wire.withUnsafeBytes { wire in wire.baseAddress.map { write(wire: $0, to: out) } ?? 0 }
        }
    }

    /// The name that a text says, nil where it says none.
    static func name(_ text: [UInt8]) -> DomainName? {
        do throws(WireError) {
            return try DomainName(String(decoding: text, as: UTF8.self))
        } catch {
            return nil
        }
    }

    /// A part of a name from a Corefile, spelled as `write` spells names: in lower case, `\046` as `\.`, octets over 127
    /// as `\DDD`. Dots, and what is no escape, stay.
    static func part(_ text: String) -> [UInt8] {
        let utf8 = Array(text.utf8)
        var out: [UInt8] = []
        var at = 0
        while at < utf8.count {
            var octet = utf8[at]
            var isPlain = octet == UInt8(ascii: ".")
            at += 1
            if octet == UInt8(ascii: "\\"), at < utf8.count {
                let digits = utf8[at...].prefix(3).filter { (0x30...0x39).contains($0) }.map { Int($0) - 0x30 }
                let value = digits.reduce(0) { $0 * 10 + $1 }
                let isCode = digits.count == 3 && value <= 255
                octet = isCode ? UInt8(value) : utf8[at]
                at += isCode ? 3 : 1
                isPlain = false
            }
            if isPlain {
                out.append(octet)
                continue
            }
            out += [UInt8](unsafeUninitializedCapacity: 4) { buffer, count in
                count = buffer.baseAddress.map { write(octet, to: $0) } ?? 0
            }
        }
        return out
    }

    /// The same with a final dot, which CoreDNS gives every text of a rule but those of `cname` (plugin.Name.Normalize).
    static func absolute(_ text: String) -> [UInt8] {
        let part = part(text)
        let escapes = part.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        return part.last == UInt8(ascii: ".") && escapes % 2 == 0 ? part : part + [UInt8(ascii: ".")]
    }
}
