import Glibc

/// Files that the kernel makes up when they are read.
enum SystemFile {
    /// The first MiB as text; nil where there is no such file.
    static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let text = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
            while count < buffer.count {
                let more = read(file, buffer.baseAddress! + count, buffer.count - count)
                guard more > 0 else { break }
                count += more
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// How many files a folder holds, without what reading it opens.
    static func entries(_ path: String) -> Int {
        guard let folder = opendir(path) else { return 0 }
        defer { closedir(folder) }
        var count = -1
        while let entry = readdir(folder) {
            // A name that begins with a full stop is the folder or the one above it.
            if entry.pointee.d_name.0 != UInt8(ascii: ".") { count += 1 }
        }
        return max(count, 0)
    }
}
