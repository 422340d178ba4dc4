/// A tar archive in memory: POSIX.1-1988 ustar, regular files only.
package struct TarArchive {
    private static let blockLength = 512
    private var octets: [UInt8] = []

    package init() {}

    /// - Parameters:
    ///   - name: at most 100 octets.
    ///   - modified: seconds since 1970.
    package mutating func add(_ name: String, _ content: [UInt8], modified: Int64) {
        var header = [UInt8](repeating: 0, count: TarArchive.blockLength)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int64, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(String(decoding: name.utf8.prefix(100), as: UTF8.self), at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(Int64(content.count), 11), at: 124)
        put(octal(modified, 11), at: 136)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        // The sum is taken with blanks where it will stand.
        put(String(repeating: " ", count: 8), at: 148)
        put(octal(header.reduce(0) { $0 + Int64($1) }, 6) + "\0 ", at: 148)
        octets += header + content
        octets += [UInt8](repeating: 0, count: -content.count & (TarArchive.blockLength - 1))
    }

    /// The archive with its end, two blocks of zeros.
    package var archive: [UInt8] { octets + [UInt8](repeating: 0, count: 2 * TarArchive.blockLength) }
}
