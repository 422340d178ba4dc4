import Glibc

/// A file of settings, read whole.
enum SmallFile {
    /// Why not, as strerror(3) has it.
    struct Fault: Error, Equatable {
        let text: String
    }

    /// - Throws: `Fault` where there is none, it cannot be read, or has more than `limit` octets.
    static func read(_ path: String, limit: Int = 16 << 20) throws(Fault) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Fault(text: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Fault(text: String(cString: strerror(errno))) }
            guard count > 0 else { return String(decoding: octets, as: UTF8.self) }
            octets += block[..<count]
            guard octets.count <= limit else { throw Fault(text: "more than \(limit) octets") }
        }
    }
}
