/// A text as a part of a URL, RFC 3986 2.1: everything but unreserved characters is escaped.
package func percentEscaped(_ text: String) -> String {
    text.utf8.reduce(into: "") { out, octet in
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            out.unicodeScalars.append(Unicode.Scalar(octet))
        default: out += "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
        }
    }
}
