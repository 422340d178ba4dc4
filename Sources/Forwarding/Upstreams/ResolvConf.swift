import Corefile
import Glibc
import NetworkAddress

/// The name servers of a resolv.conf (resolv.conf(5)); its other lines are for libcs.
enum ResolvConf {
    /// - Throws: `ResolvConfError` where the file cannot be read or names no server that can be asked.
    static func servers(of path: String) throws(ResolvConfError) -> [UpstreamAddress] {
        let text = try read(path)
        let servers = servers(in: text)
        guard !servers.isEmpty else { throw ResolvConfError(path: path, reason: "it names no nameserver") }
        return servers
    }

    /// A link-local address with its interface (`fe80::1%eth0`) is none that `UpstreamAddress` can say.
    static func servers(in text: String) -> [UpstreamAddress] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver", let address = IPAddress(words[1]) else { return nil }
            return UpstreamAddress(address: address)
        }
    }

    /// At most 64 KiB.
    private static func read(_ path: String) throws(ResolvConfError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ResolvConfError(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + length, $0.count - length)
            }
            guard count >= 0 else { throw ResolvConfError(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            length += count
        }
        return String(decoding: bytes[..<length], as: UTF8.self)
    }
}

struct ResolvConfError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): \(reason)" }
}
