import Glibc

/// A program that runs beside the test, its output read by a pipe; it ends with the last who holds it.
package final class Child {
    private var process = pid_t()
    private let pipe: Int32

    /// - Parameter isQuiet: drops what it writes to stderr, which else comes with its output.
    package init(_ program: String, _ arguments: [String], isQuiet: Bool = false) throws {
        var ends: [Int32] = [0, 0]
        guard Child.pipe(&ends) == 0 else { throw ProcessFault(text: "pipe: \(errno)") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        if isQuiet {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        } else {
            posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let code = posix_spawn(&process, program, &actions, nil, &words, environ)
        close(ends[1])
        pipe = ends[0]
        guard code == 0 else { throw ProcessFault(text: "\(program): \(code)") }
    }

    deinit {
        close(pipe)
        guard process > 0 else { return }
        // The tests' threads block all other signals, and so does what they start.
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// What it printed since; empty when it has closed its output.
    package func read() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(pipe, &buffer, buffer.count)
        return String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
    }

    /// Waits for its end.
    /// - Returns: its exit status; 128 more than the signal that ended it.
    package func wait() -> Int32 {
        var status: Int32 = 0
        waitpid(process, &status, 0)
        process = 0
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// A pipe whose ends a program that another thread starts does not get.
    private static func pipe(_ ends: inout [Int32]) -> Int32 {
        guard Glibc.pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return 0
    }
}

package struct ProcessFault: Error {
    package let text: String
}

/// What a program printed.
/// - Throws: `ProcessFault` for a status other than 0.
@discardableResult
package func output(of program: String, _ arguments: [String]) throws -> String {
    let child = try Child(program, arguments)
    var text = ""
    while case let more = child.read(), !more.isEmpty { text += more }
    guard child.wait() == 0 else { throw ProcessFault(text: "\(program) \(arguments): \(text)") }
    return text
}
