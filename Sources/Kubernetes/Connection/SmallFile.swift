import Glibc

/// Files that are read whole: kubeconfigs, tokens, certificates.
enum SmallFile {
    struct Fault: Error, CustomStringConvertible {
        let path: String
        let code: Int32

        /// Whether the file is not there.
        var isAbsent: Bool { code == ENOENT || code == ENOTDIR }
        var description: String { "\(path): \(String(cString: strerror(code)))" }
    }

    /// - Parameter limit: octets; a longer file is EFBIG.
    static func read(_ path: String, limit: Int = 16 << 20) throws(Fault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Fault(path: path, code: errno) }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return octets }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Fault(path: path, code: errno) }
            octets += buffer[..<count]
            guard octets.count <= limit else { throw Fault(path: path, code: EFBIG) }
        }
    }
}
