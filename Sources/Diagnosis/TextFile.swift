import Glibc

/// The text of a file.
/// - Parameter limit: octets.
/// - Throws: `UsageError` with the system's words where it cannot be read, or is longer or no UTF-8.
package func textOfFile(_ path: String, limit: Int = 1 << 20) throws(UsageError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UsageError("cannot read \(path): \(systemMessage())") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { break }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw UsageError("cannot read \(path): \(systemMessage())") }
        bytes += chunk[..<count]
        guard bytes.count <= limit else { throw UsageError("cannot read \(path): longer than \(limit) octets") }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw UsageError("cannot read \(path): not UTF-8")
    }
    return text
}

/// That every path exists and may be read: what can be said before anything is loaded.
/// - Throws: `UsageError` for the first one that does not.
package func requireReadable(_ paths: [String]) throws(UsageError) {
    for path in paths where access(path, R_OK) != 0 { throw UsageError("cannot read \(path): \(systemMessage())") }
}

/// What `errno` means: `no such file or directory`.
private func systemMessage() -> String {
    let text = String(cString: strerror(errno))
    return text.prefix(1).lowercased() + text.dropFirst()
}
