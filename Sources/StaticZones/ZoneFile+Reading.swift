import Glibc

/// What the system said when a file could not be read.
struct SystemError: Error, CustomStringConvertible {
    let description: String

    /// The error of the call that has just failed.
    static var last: SystemError { SystemError(description: String(cString: strerror(errno))) }
}

extension ZoneFile {
    /// The largest master file that is read, in octets.
    private static let maximumSize = 512 << 20

    /// The octets of a file. The corresponding C functions are `open` and `read`.
    static func bytes(ofFile path: String) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            if count == 0 { return bytes }
            bytes += block.prefix(count)
            guard bytes.count <= maximumSize else {
                throw SystemError(description: "it has more than \(maximumSize >> 20) MiB")
            }
        }
    }
}
