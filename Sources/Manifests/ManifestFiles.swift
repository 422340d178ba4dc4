import FileWatch
import Findings
import Glibc
import ServiceRegistry

/// The manifests below some paths and what each says: finds files, reads those that have changed, and knows for each
/// object which file has the last word.
struct ManifestFiles {
    /// What one file has said last; objects of a part that is broken now are from when it was not.
    private struct File {
        var stamp: Stamp
        var objects: [ObjectKey: PlacedObject] = [:]
        var findings: [Finding] = []
    }

    /// Tells whether a file is still the one that was read.
    private struct Stamp: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    let roots: [String]
    private var files: [String: File] = [:]
    /// The files that define an object, in order: the last one wins.
    private var definitions: [ObjectKey: [String]] = [:]

    init(_ roots: [String]) { self.roots = roots }

    /// What a round of reading found.
    struct Round {
        /// What objects are now; nil: gone.
        var changes: [ObjectKey: RegistryObject?] = [:]
        /// Of the files that were read.
        var findings: [Finding] = []
    }

    var fileCount: Int { files.count }
    /// Of all files as they are.
    var findings: [Finding] { files.values.flatMap(\.findings) }

    /// Where an object stands.
    func place(of key: ObjectKey) -> SourcePlace? {
        definitions[key]?.last.flatMap { files[$0]?.objects[key]?.place }
    }

    func ignoredCodes(of key: ObjectKey) -> Set<String> {
        definitions[key]?.last.flatMap { files[$0]?.objects[key]?.ignoredCodes } ?? []
    }

    /// Reads everything that is new or has changed.
    /// - Parameter again: also what seems not to have changed.
    mutating func readAll(again: Bool = false) -> Round {
        var round = Round()
        let found = roots.flatMap { ManifestFiles.manifests(below: $0) }
        let gone = Set(files.keys).subtracting(found)
        for path in found { read(path, again: again, &round) }
        for path in gone.sorted() { forget(path, &round) }
        return round
    }

    /// Reads what some changes concern: files, or folders with all below them.
    mutating func read(changed paths: Set<String>) -> Round {
        var round = Round()
        var candidates: Set<String> = []
        for path in paths {
            if FileWatch.isFolder(path) {
                candidates.formUnion(ManifestFiles.manifests(below: path).filter(isBelowRoot))
                candidates.formUnion(files.keys.filter { $0.hasPrefix(path + "/") })
            } else if files[path] != nil || access(path, F_OK) == 0 {
                if roots.contains(path) || ManifestFiles.isManifest(path) && isBelowRoot(path) {
                    candidates.insert(path)
                }
            } else {
                // A folder that is gone, or nothing of ours.
                candidates.formUnion(files.keys.filter { $0.hasPrefix(path + "/") })
            }
        }
        let there = candidates.filter { access($0, F_OK) == 0 }
        let gone = candidates.subtracting(there)
        // A file that is named was written: its time and size may be the same within one tick of the file system's clock.
        for path in there.sorted() { read(path, again: paths.contains(path), &round) }
        for path in gone.sorted() where files[path] != nil { forget(path, &round) }
        return round
    }

    /// Whether the root that a file was found below is there. One that is gone, a volume not mounted, takes nothing with
    /// it: what it held is served until it is back.
    private mutating func hasRoot(_ path: String, _ round: inout Round) -> Bool {
        guard let root = roots.first(where: { path == $0 || path.hasPrefix($0 + "/") }), access(root, F_OK) != 0 else {
            return true
        }
        let finding = Finding(
            "MAN001", .error, "is gone; what was in it is served until it is back", at: SourcePlace(file: root))
        if !round.findings.contains(finding) { round.findings.append(finding) }
        return false
    }

    private func isBelowRoot(_ path: String) -> Bool {
        roots.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private mutating func read(_ path: String, again: Bool, _ round: inout Round) {
        guard let stamp = ManifestFiles.stamp(path) else { return }
        let old = files[path]
        guard again || old?.stamp != stamp else { return }
        guard let bytes = ManifestFiles.contents(path) else {
            let finding = Finding(
                "MAN001", .error, "cannot be read: \(String(cString: strerror(errno)))", at: SourcePlace(file: path))
            files[path, default: File(stamp: stamp)].findings = [finding]
            round.findings.append(finding)
            return
        }
        let reading = ManifestReader.read(bytes, file: path)
        var file = File(stamp: stamp, findings: reading.findings)
        for placed in reading.objects {
            if let first = file.objects.updateValue(placed, forKey: placed.object.key) {
                file.findings.append(ManifestFiles.duplicate(placed, of: first, isWinner: true))
            }
        }
        // What is broken now stays as it was.
        for (key, placed) in old?.objects ?? [:] where file.objects[key] == nil {
            if !reading.isComplete || reading.rejected.contains(key) { file.objects[key] = placed }
        }
        put(path, file, &round)
        round.findings += files[path]?.findings ?? []
    }

    private mutating func forget(_ path: String, _ round: inout Round) {
        guard hasRoot(path, &round) else { return }
        put(path, nil, &round)
    }

    private mutating func put(_ path: String, _ file: File?, _ round: inout Round) {
        let old = files[path]?.objects ?? [:]
        let new = file?.objects ?? [:]
        let touched = Set(old.keys).union(new.keys)
        var before: [ObjectKey: RegistryObject] = [:]
        for key in touched { before[key] = winner(key) }
        files[path] = file
        for key in touched {
            var paths = definitions.removeValue(forKey: key) ?? []
            paths.removeAll { $0 == path }
            if let placed = new[key] {
                paths.insert(path, at: paths.firstIndex { $0 > path } ?? paths.count)
                if old[key] == nil, paths.count > 1, let last = paths.last, let first = paths.dropLast().last,
                    let winning = files[last]?.objects[key], let losing = files[first]?.objects[key]
                {
                    files[path]?.findings.append(
                        placed.place == winning.place
                            ? ManifestFiles.duplicate(winning, of: losing, isWinner: true)
                            : ManifestFiles.duplicate(losing, of: winning, isWinner: false))
                }
            }
            if !paths.isEmpty { definitions[key] = paths }
            let now = winner(key)
            if before[key] != now { round.changes[key] = .some(now) }
        }
        if let findings = files[path]?.findings {
            let heard = findings.filter { !isIgnored($0, new) }
            files[path]?.findings = heard
        }
    }

    private func isIgnored(_ finding: Finding, _ objects: [ObjectKey: PlacedObject]) -> Bool {
        guard finding.code == "MAN007", let place = finding.place else { return false }
        return objects.values.contains { $0.namePlace == place && $0.ignoredCodes.contains(finding.code) }
    }

    private func winner(_ key: ObjectKey) -> RegistryObject? {
        definitions[key]?.last.flatMap { files[$0]?.objects[key]?.object }
    }

    private static func duplicate(_ placed: PlacedObject, of other: PlacedObject, isWinner: Bool) -> Finding {
        let (key, place) = (placed.object.key, other.namePlace)
        return Finding(
            "MAN007", .warning,
            "\(key) is also defined in \(place.file):\(place.line); \(isWinner ? "this" : "that") one, read later, wins",
            at: placed.namePlace, object: "\(key)")
    }
}

// MARK: - The file system

extension ManifestFiles {
    /// Whether a file's name says that it is a manifest. Hidden files are editors' and kubelet's.
    static func isManifest(_ path: String) -> Bool {
        guard let name = path.split(separator: "/").last, !name.hasPrefix(".") else { return false }
        return name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.hasSuffix(".json")
    }

    /// The manifests at or below a path in order; a file that is named itself may be called anything.
    static func manifests(below path: String) -> [String] {
        guard FileWatch.isFolder(path) else { return access(path, F_OK) == 0 ? [path] : [] }
        var out: [String] = []
        for name in FileWatch.names(in: path) where !name.hasPrefix(".") {
            let child = path + "/" + name
            if FileWatch.isFolder(child) {
                out += manifests(below: child)
            } else if isManifest(child) {
                out.append(child)
            }
        }
        return out.sorted()
    }

    private static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    private static func contents(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            errno = EINVAL
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var filled = 0
        while true {
            if filled == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }
}
