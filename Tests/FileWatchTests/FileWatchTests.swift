import FileWatch
import Foundation
import Testing

/// A folder of its own that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "watch-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String = "x") throws {
        try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
    }
}

@Suite struct FileWatchTests {
    /// The paths that are told within two seconds after `change`, as soon as they are all there that are wanted.
    private func told(
        _ folder: TemporaryFolder, _ roots: [String], wanted: Set<String>, _ change: () throws -> Void
    ) async throws -> Set<String> {
        let watch = try FileWatch(roots)
        try change()
        let deadline = ContinuousClock.now + .seconds(2)
        return await withTaskGroup(of: Set<String>.self) { group in
            group.addTask {
                var seen: Set<String> = []
                for await change in watch.changes {
                    if case .paths(let paths) = change { seen.formUnion(paths) }
                    if seen.isSuperset(of: wanted) { break }
                }
                return seen
            }
            group.addTask {
                try? await Task.sleep(until: deadline)
                return []
            }
            var all = await group.next()!
            group.cancelAll()
            for await rest in group { all.formUnion(rest) }
            return all
        }
    }

    @Test func filesWrittenRenamedAndRemoved() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a.yaml")
        let paths = ["a.yaml", "b.yaml", "c.yaml"].map { folder.path + "/" + $0 }
        let seen = try await told(folder, [folder.path], wanted: Set(paths)) {
            try folder.write("a.yaml", "y")
            try folder.write("b.yaml")
            try FileManager.default.moveItem(atPath: paths[1], toPath: paths[2])
        }
        #expect(seen.isSuperset(of: paths))
    }

    @Test func foldersThatComeLaterAreWatchedToo() async throws {
        let folder = try TemporaryFolder()
        let deep = folder.path + "/x/y"
        let seen = try await told(folder, [folder.path], wanted: [folder.path + "/x"]) {
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            try folder.write("x/y/a.yaml")
        }
        #expect(seen.contains(folder.path + "/x"))
    }

    @Test func theSwapOfAConfigMap() async throws {
        let folder = try TemporaryFolder()
        for version in ["..1", "..2"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + version, withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/..data", withDestinationPath: "..1")
        let seen = try await told(folder, [folder.path], wanted: [folder.path]) {
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/..new", withDestinationPath: "..2")
            rename(folder.path + "/..new", folder.path + "/..data")
        }
        #expect(seen.contains(folder.path))
    }

    @Test func aFileIsWatchedThroughItsFolder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("zone")
        try folder.write("other")
        let path = folder.path + "/zone"
        let seen = try await told(folder, [path], wanted: [path]) {
            try folder.write("other", "y")
            try folder.write("new")
            rename(folder.path + "/new", path)
        }
        #expect(seen == [path])
    }

    @Test func aRootThatIsMadeAnew() async throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/root"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let seen = try await told(folder, [root], wanted: [root]) {
            try FileManager.default.removeItem(atPath: root)
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        }
        #expect(seen.contains(root))
    }

    /// A cancellation in the middle of changes ends the watch, always.
    @Test func endsInTheMiddleOfChanges() async throws {
        let folder = try TemporaryFolder()
        for _ in 0..<30 {
            let watch = try FileWatch([folder.path])
            let task = Task { for await _ in watch.changes {} }
            for index in 0..<5 { try folder.write("f\(index)") }
            try await Task.sleep(for: .milliseconds(4))
            task.cancel()
            await task.value
        }
    }
}
