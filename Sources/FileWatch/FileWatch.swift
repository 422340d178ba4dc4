import Glibc
import Synchronization

/// What has changed below the watched paths.
package enum FileChange: Sendable, Hashable {
    /// Files that were written, came or went, and folders in which anything may have changed.
    case paths(Set<String>)
    /// More than the kernel could tell: everything is to be looked at again.
    case everything
}

/// Watches files and folders with all below them through inotify; nothing is ever polled.
///
///     let watch = try FileWatch(["/etc/clusterdns"])
///     for await change in watch.changes { ... }
///
/// It watches folders, a file's too: editors write a new file and rename it, kubelet swaps the link `..data` that the
/// files of a mounted ConfigMap lead through. What happens within a few milliseconds is told together, and when something
/// went, a little more is waited for it to come back elsewhere: a rename is one change. It ends with the iteration.
package final class FileWatch: Sendable {
    /// Milliseconds of silence after which a change is told, and after something went.
    private static let settle: Int32 = 3
    private static let settleAfterLoss: Int32 = 25
    /// A burst is told in parts of this many milliseconds.
    private static let longestBurst = 100

    package let changes: AsyncStream<FileChange>
    private let tell: AsyncStream<FileChange>.Continuation
    private let descriptor: Int32
    private let stopEvent: (read: Int32, write: Int32)
    private let roots: [String]
    /// Watched folders by inotify's number.
    private let folders: Mutex<[Int32: String]>

    private static let events = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF)

    /// - Parameter paths: files and folders, which need not be there yet.
    /// - Throws: `FileWatchError` where the kernel has no room for another watch.
    package init(_ paths: [String]) throws(FileWatchError) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw FileWatchError(path: "inotify", code: errno) }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw FileWatchError(path: "pipe", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        stopEvent = (ends[0], ends[1])
        roots = paths.map(FileWatch.absolute)
        folders = Mutex([:])
        (changes, tell) = AsyncStream.makeStream()
        for root in roots {
            // The folder around it says when the root itself comes, goes or is replaced.
            try add(folder: FileWatch.parent(of: root))
            if FileWatch.isFolder(root) {
                try addTree(root)
            } else if let target = FileWatch.resolved(root), target != root {
                try add(folder: FileWatch.parent(of: target))
            }
        }
        start()
        // Only a word to the thread: to wait for it here, within a cancellation, would be to wait for ourselves, as it
        // may be telling a change.
        tell.onTermination = { [stopEvent] _ in
            var byte: UInt8 = 0
            _ = write(stopEvent.write, &byte, 1)
        }
    }

    deinit {
        for open in [descriptor, stopEvent.read, stopEvent.write] { close(open) }
    }

    // MARK: Watching

    private func addTree(_ folder: String) throws(FileWatchError) {
        try add(folder: folder)
        // Hidden folders are versions that a link leads to, or another program's.
        for name in FileWatch.names(in: folder) where !name.hasPrefix(".") {
            let path = folder + "/" + name
            if FileWatch.isFolder(path) { try addTree(path) }
        }
    }

    private func add(folder: String) throws(FileWatchError) {
        let number = inotify_add_watch(descriptor, folder, FileWatch.events | UInt32(IN_ONLYDIR))
        if number < 0 {
            // A folder that went meanwhile is told by the folder around it.
            if errno == ENOENT || errno == ENOTDIR { return }
            throw FileWatchError(path: folder, code: errno)
        }
        folders.withLock { $0[number] = folder }
    }

    /// The thread that reads the kernel's events; it keeps the watch until `changes` is no longer iterated.
    private func start() {
        var thread = pthread_t()
        let watch = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            {
                Unmanaged<FileWatch>.fromOpaque($0!).takeRetainedValue().run()
                return nil
            }, watch)
        precondition(code == 0, "pthread_create: \(code)")
        pthread_detach(thread)
    }

    private func run() {
        while wait(milliseconds: -1) {
            var gathered = Gathered()
            let begin = FileWatch.milliseconds()
            repeat {
                read(into: &gathered)
            } while FileWatch.milliseconds() - begin < FileWatch.longestBurst
                && wait(milliseconds: gathered.hasLoss ? FileWatch.settleAfterLoss : FileWatch.settle)
            if gathered.overflow {
                for root in roots { try? addTree(root) }
                tell.yield(.everything)
            } else if !gathered.paths.isEmpty {
                tell.yield(.paths(gathered.paths))
            }
        }
    }

    /// Waits for events. False when the time is over, or at the end.
    private func wait(milliseconds: Int32) -> Bool {
        var ready = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopEvent.read, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&ready, 2, milliseconds)
            if count < 0 && errno == EINTR { continue }
            return count > 0 && ready[1].revents == 0
        }
    }

    private struct Gathered {
        var paths: Set<String> = []
        var overflow = false
        /// Something went, and may come back.
        var hasLoss = false
    }

    private func read(into gathered: inout Gathered) {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress!, buffer.count)
                guard count > 0 else { return }
                var at = 0
                let header = MemoryLayout<inotify_event>.size
                while at + header <= count {
                    let event = UnsafeRawPointer(buffer.baseAddress! + at).loadUnaligned(as: inotify_event.self)
                    let text = buffer.baseAddress! + at + header
                    let name = event.len > 0 ? String(cString: text.assumingMemoryBound(to: CChar.self)) : ""
                    note(event, name, &gathered)
                    at += header + Int(event.len)
                }
            }
        }
    }

    private func note(_ event: inotify_event, _ name: String, _ gathered: inout Gathered) {
        func has(_ flag: some BinaryInteger) -> Bool { event.mask & UInt32(flag) != 0 }
        if has(IN_Q_OVERFLOW) {
            gathered.overflow = true
            return
        }
        guard let folder = folders.withLock({ $0[event.wd] }) else { return }
        if has(IN_IGNORED) {
            folders.withLock { $0[event.wd] = nil }
            return
        }
        let path = name.isEmpty ? folder : folder == "/" ? "/" + name : folder + "/" + name
        guard concerns(path) else { return }
        gathered.hasLoss = gathered.hasLoss || has(IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
        if name.hasPrefix("..") {
            // kubelet's `..data`: every file of the folder may lead elsewhere now.
            gathered.paths.insert(folder)
        } else if has(IN_ISDIR) || name.isEmpty {
            if has(IN_CREATE | IN_MOVED_TO) { try? addTree(path) }
            gathered.paths.insert(path)
        } else if !has(IN_CREATE) || FileWatch.isWholeWhenCreated(path) {
            gathered.paths.insert(path)
        }
    }

    /// Whether a path is at, below or above a root: the folders around roots hold other things too.
    private func concerns(_ path: String) -> Bool {
        roots.contains { root in
            path == root || path.hasPrefix(root + "/") || FileWatch.resolved(root) == path
                || (FileWatch.parent(of: path) == FileWatch.parent(of: root)
                    && path.split(separator: "/").last?.hasPrefix("..") == true)
        }
    }

    // MARK: Files

    /// A link is whole when it appears; a file that has just been created will be written and closed.
    private static func isWholeWhenCreated(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1
    }

    /// Whether a path leads to a folder, through links too.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What is in a folder, in no order; nothing where it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    package static func absolute(_ path: String) -> String {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        if path.hasPrefix("/") { return path }
        guard let working = getcwd(nil, 0) else { return path }
        defer { free(working) }
        let here = String(cString: working)
        return path == "." ? here : here + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func milliseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}

/// The kernel would not watch a path.
package struct FileWatchError: Error, CustomStringConvertible {
    package let path: String
    package let code: Int32

    package var description: String {
        let hint = code == ENOSPC ? " (raise fs.inotify.max_user_watches)" : ""
        return "cannot watch \(path): \(String(cString: strerror(code)))\(hint)"
    }
}
