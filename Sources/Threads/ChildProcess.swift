import CLinux
import Glibc

/// A program that is run for its output.
package enum ChildProcess {
    package enum Fault: Error, Equatable {
        /// errno.
        case start(Int32)
        case status(Int32)
        case signal(Int32)
        case timeout
        case tooLong
    }

    /// What a program writes to stdout; stderr is this process' own, stdin is empty. One that does not end in time, or
    /// writes too much, is killed with what it started.
    /// - Parameters:
    ///   - program: a path, or a name that is looked up in PATH.
    ///   - limit: octets.
    package static func output(
        of program: String, _ arguments: [String], environment: [String: String], timeout: Duration, limit: Int
    ) throws(Fault) -> [UInt8] {
        let end = ContinuousClock.now + timeout
        let (process, pipe) = try start(program, arguments, environment)
        defer { close(pipe) }
        do throws(Fault) {
            let octets = try read(pipe, until: end, limit: limit)
            let status = try wait(process, until: end)
            // The encoding of wait(2).
            if status & 0x7F != 0 { throw Fault.signal(status & 0x7F) }
            let code = (status >> 8) & 0xFF
            if code != 0 { throw Fault.status(code) }
            return octets
        } catch {
            if error == .timeout || error == .tooLong {
                kill(-process, SIGKILL)
                waitpid(process, nil, 0)
            }
            throw error
        }
    }

    private static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String]
    ) throws(Fault) -> (process: pid_t, pipe: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .start(errno) }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        // Libraries' sockets are not all closed on exec.
        clinux_spawn_close_from(&actions, STDERR_FILENO + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads here block signals, and the child would go on to; a group of its own is killed as one.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var process = pid_t()
        let code = posix_spawnp(&process, program, &actions, &attributes, &words, &variables)
        guard code == 0 else {
            close(ends[0])
            throw .start(code)
        }
        return (process, ends[0])
    }

    private static func read(
        _ pipe: Int32, until end: ContinuousClock.Instant, limit: Int
    ) throws(Fault) -> [UInt8] {
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var ready = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            let left = Int((end - .now) / .milliseconds(1))
            guard left > 0 else { throw .timeout }
            guard poll(&ready, 1, Int32(clamping: left)) > 0 else { continue }
            let count = Glibc.read(pipe, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return octets }
            octets += buffer[..<count]
            guard octets.count <= limit else { throw .tooLong }
        }
    }

    /// A program ends soon after it has closed its output: it is asked for each 5 ms.
    private static func wait(_ process: pid_t, until end: ContinuousClock.Instant) throws(Fault) -> Int32 {
        var status: Int32 = 0
        while true {
            let result = waitpid(process, &status, WNOHANG)
            if result == process { return status }
            if result < 0 && errno != EINTR { return 0 }
            guard ContinuousClock.now < end else { throw .timeout }
            usleep(5_000)
        }
    }
}
