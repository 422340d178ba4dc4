import CLinux
import ArgumentParser
import Diagnosis
import Glibc
import HTTP
import QueryLog
import Synchronization
import Threads

/// What is done with queries as they come, and when time passes.
protocol TapSink: AnyObject, Sendable {
    /// Called once, when the server has said yes; nothing else is called before it.
    func begin()
    func take(_ items: [TapFrames.Item])
    /// Called each `interval` seconds.
    func tick()
    /// Called at most once, at the end.
    func finish()
}

/// Queries of a running server, until it ends or somebody ends this: SIGINT and SIGTERM end the process with 0.
enum TapStream {
    /// - Parameter interval: seconds between ticks; nil for none.
    /// - Returns: when the server has ended the stream.
    /// - Throws: `UsageError` where it does not take the request, `ExitCode` 9 where there is nobody, or nobody any more.
    static func run(_ request: TapRequest, from place: AdminAddress, interval: Double?, into sink: some TapSink) throws
    {
        let ending = Ending(sink)
        ending.watchSignals(interval: interval)
        var request = request
        try request.set("format", TapFormat.frames.rawValue)
        var reader = TapFrames.Reader()
        var status = 0
        var refusal: [UInt8] = []
        var count = 0
        do {
            try HTTPClient().perform(place.request(request.target)) { event in
                switch event {
                case .head(let head):
                    let isOurs = head.status != 200 || head["Content-Type"] == TapFrames.contentType
                    status = isOurs ? head.status : 0
                    if status == 200 { ending.begin() }
                case .body(let octets) where status == 200:
                    guard let items = reader.read(octets) else {
                        status = 0
                        return .stop
                    }
                    count += items.count { if case .record = $0 { true } else { false } }
                    ending.take(items)
                case .body(let octets): refusal += octets.prefix(1000)
                case .pulse: break
                }
                return .go
            }
        } catch {
            ending.finish()
            complain(status == 200 ? "\(place) has ended: \(error)" : AdminUnreachable(place, "\(error)").description)
            throw ExitCode(AdminUnreachable.exitCode)
        }
        ending.finish()
        let text = String(decoding: refusal.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        switch status {
        case 200: break
        case 400: throw UsageError(text)
        case 503:
            complain("\(place): \(text)")
            throw ExitCode(AdminUnreachable.exitCode)
        default:
            complain("\(place) is no admin endpoint of a clusterdns that can be tapped")
            throw ExitCode(AdminUnreachable.exitCode)
        }
        guard count == request.limit else {
            complain("\(place) has ended")
            throw ExitCode(AdminUnreachable.exitCode)
        }
    }
}

/// Calls the sink, one at a time: for the thread that reads, and for the one that waits for signals.
private final class Ending: Sendable {
    private let sink: any TapSink
    private let isOpen = Mutex(false)

    init(_ sink: some TapSink) { self.sink = sink }

    func begin() {
        isOpen.withLock { isOpen in
            isOpen = true
            sink.begin()
        }
    }

    func take(_ items: [TapFrames.Item]) { isOpen.withLock { if $0 { sink.take(items) } } }

    func tick() { isOpen.withLock { if $0 { sink.tick() } } }

    func finish() {
        isOpen.withLock { isOpen in
            if isOpen { sink.finish() }
            isOpen = false
        }
    }

    /// Signals that end the process come to one thread of their own.
    func watchSignals(interval: Double?) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        NamedThread.detach("clock") { [self, signals] in
            var signals = signals
            var next = ContinuousClock.now
            while true {
                next += .seconds(interval ?? 3600)
                while true {
                    let left = max(.zero, next - .now) / .nanoseconds(1)
                    var timeout = timespec(tv_sec: Int(left / 1e9), tv_nsec: Int(left) % 1_000_000_000)
                    if sigtimedwait(&signals, nil, &timeout) > 0 {
                        finish()
                        Glibc.exit(0)
                    }
                    if errno == EAGAIN { break }
                }
                if interval != nil { tick() }
            }
        }
    }
}

/// Octets on stdout, there at once; the process ends where nobody reads them.
func write(octets: [UInt8]) {
    octets.withUnsafeBytes { octets in
        var at = 0
        while at < octets.count {
            let count = Glibc.write(STDOUT_FILENO, octets.baseAddress! + at, octets.count - at)
            if count >= 0 { at += count } else if errno != EINTR && errno != EAGAIN { Glibc.exit(0) }
        }
    }
}
