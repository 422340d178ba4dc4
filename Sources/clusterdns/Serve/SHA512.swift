import COpenSSL

/// By libcrypto.
enum SHA512 {
    /// The digest of octets as 128 hexadecimal digits.
    static func hexadecimal(of octets: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 64)
        _ = COpenSSL.SHA512(octets, octets.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
