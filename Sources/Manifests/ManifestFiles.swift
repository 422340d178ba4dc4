import FileWatch
import Findings
import Glibc
import ServiceRegistry
import Threads

/// The manifests below some paths and what each says: finds files, reads those that have changed, and knows for each
/// object which file has the last word.
struct ManifestFiles {
    /// What one file has said last; objects of a part that is broken now are from when it was not.
    private struct File {
        var stamp: Stamp
        var number: UInt32
        var objects: [ObjectKey] = []
        var findings: [Finding] = []
    }

    /// An object as one file defines it.
    private struct Definition {
        var file: UInt32
        var line: UInt32
        var column: UInt32
        var nameLine: UInt32
        var nameColumn: UInt32
        var object: RegistryObject
        var ignoredCodes: Set<String>

        init(_ placed: PlacedObject, file: UInt32) {
            self.file = file
            line = UInt32(placed.place.line)
            column = UInt32(placed.place.column)
            nameLine = UInt32(placed.namePlace.line)
            nameColumn = UInt32(placed.namePlace.column)
            object = placed.object
            ignoredCodes = placed.ignoredCodes
        }
    }

    /// The files that define one object: the last one, which wins, and those before it in order.
    private struct Definitions {
        var winner: Definition
        var others: [Definition] = []
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
    /// The paths of files by their numbers.
    private var paths: [String] = []
    private var freeNumbers: [UInt32] = []
    private var definitions: [ObjectKey: Definitions] = [:]

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
        definitions[key].map { place(of: $0.winner) }
    }

    func ignoredCodes(of key: ObjectKey) -> Set<String> {
        definitions[key]?.winner.ignoredCodes ?? []
    }

    /// Where every object stands.
    var places: [ObjectKey: SourcePlace] { definitions.mapValues { place(of: $0.winner) } }

    /// The objects that keep codes quiet.
    var ignoredCodes: [ObjectKey: Set<String>] {
        definitions.compactMapValues { $0.winner.ignoredCodes.isEmpty ? nil : $0.winner.ignoredCodes }
    }

    private func place(of definition: Definition) -> SourcePlace {
        SourcePlace(file: paths[Int(definition.file)], line: Int(definition.line), column: Int(definition.column))
    }

    private func namePlace(of definition: Definition) -> SourcePlace {
        SourcePlace(
            file: paths[Int(definition.file)], line: Int(definition.nameLine), column: Int(definition.nameColumn))
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

    /// Reads texts that are in no file, in the order of their names.
    /// - Parameter documents: by the names that places have for them.
    mutating func read(documents: [String: [UInt8]]) -> Round {
        var round = Round()
        for (name, bytes) in documents.sorted(by: { $0.key < $1.key }) {
            take(bytes, name, Stamp(device: 0, inode: 0, size: bytes.count, seconds: 0, nanoseconds: 0), &round)
        }
        return round
    }

    /// Whether the root that a file was found below is there. One that is gone, a volume not mounted, takes nothing with
    /// it: what it held is served until it is back.
    private mutating func hasRoot(_ path: String, _ round: inout Round) -> Bool {
        guard let root = roots.first(where: { path == $0 || path.hasPrefix($0 + "/") }), access(root, F_OK) != 0 else {
            return true
        }
        let finding = Finding(
            "MAN001", .error,
            Phrase("is gone; what was in it is served until it is back", zh: "已不存在；恢复之前仍按其原有内容应答"),
            at: SourcePlace(file: root))
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
            let reason = String(cString: strerror(errno))
            let finding = Finding(
                "MAN001", .error, Phrase("cannot be read: \(reason)", zh: "无法读取：\(reason)"),
                at: SourcePlace(file: path))
            if old == nil { files[path] = File(stamp: stamp, number: nextNumber(path)) }
            files[path]?.findings = [finding]
            round.findings.append(finding)
            return
        }
        take(bytes, path, stamp, &round)
    }

    /// Puts what a text says in place of what its file said before.
    private mutating func take(_ bytes: [UInt8], _ path: String, _ stamp: Stamp, _ round: inout Round) {
        let old = files[path]
        let reading = ManifestReader.read(bytes, file: path)
        var file = File(stamp: stamp, number: old?.number ?? nextNumber(path), findings: reading.findings)
        var objects: [ObjectKey: Definition] = [:]
        objects.reserveCapacity(reading.objects.count)
        for placed in reading.objects {
            let definition = Definition(placed, file: file.number)
            if let first = objects.updateValue(definition, forKey: placed.object.key), matters(definition, first) {
                file.findings.append(duplicate(definition, of: first, isWinner: true))
            }
        }
        // What is broken now stays as it was.
        if let old, !reading.isComplete || !reading.rejected.isEmpty {
            let rejected = Set(reading.rejected)
            for key in old.objects where objects[key] == nil && (!reading.isComplete || rejected.contains(key)) {
                objects[key] = definition(of: key, in: old.number)
            }
        }
        put(path, file, objects, &round)
        round.findings += files[path]?.findings ?? []
    }

    private mutating func nextNumber(_ path: String) -> UInt32 {
        if let number = freeNumbers.popLast() {
            paths[Int(number)] = path
            return number
        }
        paths.append(path)
        return UInt32(paths.count - 1)
    }

    private mutating func forget(_ path: String, _ round: inout Round) {
        guard hasRoot(path, &round) else { return }
        let number = files[path]?.number
        put(path, nil, [:], &round)
        if let number { freeNumbers.append(number) }
    }

    private func definition(of key: ObjectKey, in file: UInt32) -> Definition? {
        guard let all = definitions[key] else { return nil }
        return all.winner.file == file ? all.winner : all.others.first { $0.file == file }
    }

    private mutating func put(
        _ path: String, _ file: File?, _ new: [ObjectKey: Definition], _ round: inout Round
    ) {
        guard let number = file?.number ?? files[path]?.number else { return }
        let old = files[path]?.objects ?? []
        var findings = file?.findings ?? []
        for key in old where new[key] == nil {
            replace(key, in: number, by: nil, &findings, &round)
        }
        for (key, definition) in new {
            giveWay()
            replace(key, in: number, by: definition, &findings, &round)
        }
        let quiet = Set(new.values.filter { $0.ignoredCodes.contains("MAN007") }.map(namePlace(of:)))
        findings.removeAll { finding in finding.code == "MAN007" && finding.place.map(quiet.contains) ?? false }
        files[path] = file
        files[path]?.objects = Array(new.keys)
        files[path]?.findings = findings
    }

    /// Puts what a file says of an object in place of what it said before; nil: nothing any more.
    private mutating func replace(
        _ key: ObjectKey, in file: UInt32, by new: Definition?, _ findings: inout [Finding], _ round: inout Round
    ) {
        let before = definitions[key]?.winner.object
        if definitions[key] == nil || definitions[key]?.winner.file == file && definitions[key]?.others.isEmpty ?? true
        {
            definitions[key] = new.map { Definitions(winner: $0) }
        } else if let old = definitions.removeValue(forKey: key) {
            var all = old.others + [old.winner]
            let wasThere = all.contains { $0.file == file }
            all.removeAll { $0.file == file }
            if let new {
                all.insert(new, at: all.firstIndex { paths[Int($0.file)] > paths[Int(file)] } ?? all.count)
                let (winning, losing) = (all[all.count - 1], all[max(0, all.count - 2)])
                if !wasThere, all.count > 1, matters(winning, losing) {
                    findings.append(
                        winning.file == file
                            ? duplicate(winning, of: losing, isWinner: true)
                            : duplicate(losing, of: winning, isWinner: false))
                }
            }
            if let winner = all.popLast() { definitions[key] = Definitions(winner: winner, others: all) }
        }
        let now = definitions[key]?.winner.object
        if before != now { round.changes[key] = .some(now) }
    }

    /// Every application's folder may have its namespace: the same twice is no fault.
    private func matters(_ definition: Definition, _ other: Definition) -> Bool {
        if case .namespace = definition.object { definition.object != other.object } else { true }
    }

    private func duplicate(_ definition: Definition, of other: Definition, isWinner: Bool) -> Finding {
        let (key, place) = (definition.object.key, namePlace(of: other))
        return Finding(
            "MAN007", .warning,
            Phrase(
                "\(key) is also defined in \(place.file):\(place.line); \(isWinner ? "this" : "that") one, read later, wins",
                zh: "\(key) 在 \(place.file):\(place.line) 也有定义；以后读取的\(isWinner ? "这" : "那")一个为准"),
            at: namePlace(of: definition), object: "\(key)",
            evidence: [namePlace(of: definition), place].map { Phrase("\($0.file):\($0.line): \(key)") },
            fix: Phrase("delete one of the two", zh: "删除其中一个"))
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

    static func contents(_ path: String) -> [UInt8]? {
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
