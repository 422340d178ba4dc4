import ArgumentParser
import Corefile
import Diagnosis
import Glibc
import QueryLog
import Synchronization

struct TapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Show the queries of a running server as it answers them.",
        discussion: """
            A line for each query: time (UTC), Pod and address of the client, type, name, response code, AA and TC, size, time that \
            it took, and which try of a search list it looks like. The server never waits for who taps; what is read too slowly is \
            told as "dropped N".

            Formats: text, coredns (the line of its log plugin), json (an object a line: ts client port id proto qname qtype rcode \
            size us), dnstap (Frame Streams, for dnstap-read and others).

            Examples:
              clusterdns tap --rcode NXDOMAIN
              clusterdns tap --pod shop/web-0 --limit 20
              clusterdns tap --summary 10s
              clusterdns tap --format dnstap > queries.dnstap
              kubectl logs -n kube-system coredns-x | clusterdns tap --from - --summary 60s

            Exit status: 0 ended by the user or with --limit, 2 wrong usage or unreadable input, 9 no server answers.
            """)

    @OptionGroup var options: TapOptions

    @Option(help: "End after so many queries.")
    var limit: Int?

    @Option(help: "text, coredns, json or dnstap.")
    var format = TapFormat.text

    @Option(help: ArgumentHelp("No queries but a summary each time, as 10s.", valueName: "time"))
    var summary: String?

    @Option(help: ArgumentHelp("Read lines of JSON or of CoreDNS's log from a file; - is stdin.", valueName: "file"))
    var from: String?

    func run() throws {
        let request = try options.request(limit: limit)
        let interval = try summary.map { text in
            guard let duration = goDuration(text), duration >= .milliseconds(100) else {
                throw UsageError("--summary \"\(text)\": want a time of 100ms at least, as 10s")
            }
            return duration / .seconds(1)
        }
        if let from {
            guard options.pod == nil else { throw UsageError("--pod needs a server: lines of a file name no Pods") }
            try TapFile(path: from).tell(request, format, interval: interval)
        } else if let interval {
            try TapStream.run(request, from: options.admin, interval: interval, into: SummarySink())
        } else {
            try TapStream.run(request, from: options.admin, interval: nil, into: LineSink(format))
        }
    }
}

/// Shows each query.
private final class LineSink: TapSink {
    private let format: TapFormat

    init(_ format: TapFormat) { self.format = format }

    func begin() { write(octets: format.start) }

    func take(_ items: [TapFrames.Item]) {
        var out: [UInt8] = []
        for item in items {
            switch item {
            case .record(let record): format.write(record, to: &out)
            // What others read has no place for it.
            case .loss(let count) where format != .text: complain("dropped \(count)")
            case .loss(let count): format.write(loss: count, to: &out)
            }
        }
        write(octets: out)
    }

    func tick() {}

    func finish() { write(octets: format.stop) }
}

/// Shows a block each time.
final class SummarySink: TapSink {
    private let state = Mutex(State())

    private struct State {
        var summary = QuerySummary()
        var since = ContinuousClock.now
    }

    func begin() { state.withLock { $0.since = .now } }

    func take(_ items: [TapFrames.Item]) {
        state.withLock { state in for item in items { state.summary.add(item) } }
    }

    func tick() {
        let text = state.withLock { state in
            let now = ContinuousClock.now
            defer {
                state.summary.restart()
                state.since = now
            }
            return state.summary.text(seconds: (now - state.since) / .seconds(1))
        }
        write(octets: Array(text.utf8))
    }

    func finish() { tick() }
}

extension QuerySummary {
    mutating func add(_ item: TapFrames.Item) {
        switch item {
        case .record(let record): add(record)
        case .loss(let count): dropped += count
        }
    }
}
