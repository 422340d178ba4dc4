import Findings
import Glibc

/// Reads files and globs for a Corefile, and keeps which: what somebody watches to see it change.
struct CorefileFiles {
    /// The longest file that is read.
    static let limit = 1 << 20

    /// Paths and glob patterns, in the order in which they were first met.
    private(set) var paths: [String] = []
    private var known: Set<String> = []

    /// The text of a file; what is no UTF-8 becomes U+FFFD.
    /// - Throws: the system's words.
    mutating func text(of path: String) throws(FileFault) -> String {
        note(path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFault() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileFault() }
            bytes += chunk[..<count]
            guard bytes.count <= Self.limit else { throw FileFault(reason: "longer than \(Self.limit) octets") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The files that a pattern matches, sorted; names that begin with a dot too, as Go's filepath.Glob.
    mutating func matches(of pattern: String) -> [String] {
        note(pattern)
        /// GNU's GLOB_PERIOD, which Glibc's module hides.
        let matchesPeriod: Int32 = 1 << 7
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, GLOB_NOSORT | matchesPeriod, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }.sorted()
    }

    mutating func note(_ path: String) {
        if known.insert(path).inserted { paths.append(path) }
    }

    /// Whether a pattern names more than itself.
    static func isGlob(_ path: String) -> Bool { path.contains { "*?[]".contains($0) } }

    /// `path` as seen from the folder that `file` is in (import is relative to the importing file).
    static func path(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// Why a file could not be read.
struct FileFault: Error {
    /// `no such file or directory`
    var reason: String

    init(reason: String) { self.reason = reason }

    /// What `errno` says.
    init() {
        let text = String(cString: strerror(errno))
        reason = text.prefix(1).lowercased() + text.dropFirst()
    }
}
