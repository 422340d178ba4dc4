import Glibc

/// The manifests at or below some paths, as they stand.
package enum ManifestTexts {
    /// In the order in which they are read.
    /// - Throws: `ManifestError` for a path that is not there, or that cannot be read.
    package static func read(_ paths: [String]) throws(ManifestError) -> [(file: String, octets: [UInt8])] {
        var out: [(file: String, octets: [UInt8])] = []
        for path in paths {
            let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            guard access(root, R_OK) == 0 else {
                throw ManifestError(description: "\(path): \(String(cString: strerror(errno)))")
            }
            for file in ManifestFiles.manifests(below: root) {
                guard let octets = ManifestFiles.contents(file) else {
                    throw ManifestError(description: "\(file): \(String(cString: strerror(errno)))")
                }
                out.append((file, octets))
            }
        }
        return out
    }
}
