import ArgumentParser
import Diagnosis
import Glibc
import QueryLog
import Synchronization
import Threads

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show a running server's load, clients and names as a table that is redrawn each second.",
        discussion: """
            Rates, response codes and times are the last second's; clients, names, search waste and retransmits are since the \
            start. q or ^C ends. Where stdout is no terminal, a block each second as of `tap --summary 1s`.

            Examples:
              clusterdns top
              clusterdns top --admin unix:/run/clusterdns.sock --rcode NXDOMAIN

            Exit status: 0 ended by the user, 2 wrong usage, 9 no server answers.
            """)

    @OptionGroup var options: TapOptions

    func run() throws {
        let request = try options.request()
        let place = options.admin
        guard isatty(STDOUT_FILENO) == 1 else {
            return try TapStream.run(request, from: place, interval: 1, into: SummarySink())
        }
        try TapStream.run(request, from: place, interval: 1, into: ScreenSink(place))
    }
}

/// Redraws the terminal.
private final class ScreenSink: TapSink {
    private struct State {
        var second = QuerySummary()
        var all = QuerySummary()
        var since = ContinuousClock.now
        /// As the terminal was.
        var settings = termios()
    }

    private let state = Mutex(State())
    private let place: AdminAddress

    init(_ place: AdminAddress) { self.place = place }

    func begin() {
        state.withLock { state in
            state.settings = open()
            state.since = .now
        }
    }

    func take(_ items: [TapFrames.Item]) {
        state.withLock { state in
            for item in items {
                state.second.add(item)
                state.all.add(item)
            }
        }
    }

    func tick() {
        state.withLock { state in
            let now = ContinuousClock.now
            var size = winsize()
            _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
            let screen = TopScreen(
                title: "clusterdns top  \(place)  q ends", second: state.second, all: state.all,
                seconds: (now - state.since) / .seconds(1), rows: size.ws_row > 0 ? Int(size.ws_row) : 24,
                columns: size.ws_col > 0 ? Int(size.ws_col) : 80)
            // Home, each line with its rest erased, then everything below.
            let text = "\u{1B}[H" + screen.lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
            write(octets: Array(text.utf8))
            state.second.restart()
            state.since = now
        }
    }

    func finish() {
        state.withLock { state in
            write(octets: Array("\u{1B}[?25h\u{1B}[?1049l".utf8))
            tcsetattr(STDIN_FILENO, TCSANOW, &state.settings)
        }
    }

    /// The other screen, no cursor, and keys as they are pressed.
    /// - Returns: the terminal's settings as they were.
    private func open() -> termios {
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var raw = settings
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        write(octets: Array("\u{1B}[?1049h\u{1B}[?25l\u{1B}[H\u{1B}[2J".utf8))
        NamedThread.detach("keys") {
            var key: UInt8 = 0
            while read(STDIN_FILENO, &key, 1) == 1 {
                // As ^C does it: one way to end.
                if key == UInt8(ascii: "q") { kill(getpid(), SIGINT) }
            }
        }
        return settings
    }
}
