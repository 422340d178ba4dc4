extension RecordData: CustomStringConvertible {
    /// The data as a master file writes it (RFC 1035 5.1), without the type: `10 mail.example.com.`; types that are not
    /// known by field as `\# 4 7f000001` (RFC 3597 5).
    package var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .cname(let name), .ns(let name), .ptr(let name): "\(name)"
        case .srv(let srv): "\(srv.priority) \(srv.weight) \(srv.port) \(srv.target)"
        case .txt(let strings): strings.map(RecordData.quoted).joined(separator: " ")
        case .mx(let preference, let exchange): "\(preference) \(exchange)"
        case .soa(let soa):
            "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .other(_, let bytes): RecordData.generic(bytes)
        }
    }

    /// A character string between quotation marks; what is not printable ASCII as `\DDD`.
    private static func quoted(_ string: [UInt8]) -> String {
        var out = "\""
        for byte in string {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += "\\" + String(UnicodeScalar(byte))
            case 0x20...0x7E: out.unicodeScalars.append(UnicodeScalar(byte))
            default: out += "\\" + padded(String(byte), to: 3)
            }
        }
        return out + "\""
    }

    private static func generic(_ bytes: [UInt8]) -> String {
        let hex = bytes.map { padded(String($0, radix: 16), to: 2) }.joined()
        return bytes.isEmpty ? "\\# 0" : "\\# \(bytes.count) \(hex)"
    }

    private static func padded(_ digits: String, to width: Int) -> String {
        String(repeating: "0", count: width - digits.count) + digits
    }
}
