import Corefile
import DNSWire
import Glibc
import NetworkAddress
import Synchronization
import Testing

@testable import Plugins

/// The reading end of a writer's pipe.
private final class LogPipe: Sendable {
    let writer: LineWriter
    private let ends: (read: Int32, write: Int32)
    private let octets = Mutex<[UInt8]>([])
    private let isStopped = Atomic<Bool>(false)

    init(mostOctets: Int = 1 << 20, mostLines: Int = 8192) {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        self.ends = (ends[0], ends[1])
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        writer = LineWriter(descriptor: ends[1], mostOctets: mostOctets, mostLines: mostLines)
    }

    /// Waits until the writer has written a text, ten seconds at most.
    func wait(for text: String) async throws {
        for _ in 0..<1000 where !String(decoding: read(), as: UTF8.self).contains(text) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Stops the writer; everything that it wrote, line by line.
    func finish() async -> [String] {
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                self.writer.stop()
                close(self.ends.write)
                self.isStopped.store(true, ordering: .releasing)
            }
            while !isStopped.load(ordering: .acquiring) {
                _ = read()
                try? await Task.sleep(for: .milliseconds(1))
            }
            let text = String(decoding: read(), as: UTF8.self)
            close(ends.read)
            return text.split(separator: "\n").map(String.init)
        }
    }

    /// What there is so far.
    private func read() -> [UInt8] {
        octets.withLock { octets in
            var block = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(ends.read, &block, block.count)
                guard count > 0 else { return octets }
                octets += block[..<count]
            }
        }
    }
}

private func seen(_ change: (inout SeenAnswer) -> Void = { _ in }) -> SeenAnswer {
    var seen = SeenAnswer(
        client: Client(address: address("::1"), port: 50759, isStream: false), id: 29008, opcode: 0,
        question: Question(name: name("Example.ORG."), type: .a), querySize: 41, wantsDNSSEC: false, payloadSize: 4096,
        rcode: .noError, flags: [.response, .recursionDesired, .recursionAvailable, .authenticData], answerSize: 68,
        duration: 37_990_251, plugin: .forward)
    change(&seen)
    return seen
}

@Suite struct QueryLogTests {
    private func line(_ format: String, _ seen: SeenAnswer, metadata: Metadata? = nil) -> String {
        var line: [UInt8] = []
        LogFormat(format).write(seen, metadata, to: &line)
        return String(decoding: line, as: UTF8.self)
    }

    /// The example of CoreDNS's README, but for the name's case.
    @Test func theCommonFormat() {
        let common = "[::1]:50759 - 29008 \"A IN example.org. udp 41 false 4096\" NOERROR qr,rd,ra,ad 68 0.037990251s"
        #expect(line("{common}", seen()) == common)
        #expect(line(LogSettings.commonFormat, seen()) == common)
        #expect(line("{combined}", seen()) == common + " \"0\"")
    }

    @Test func everyLabel() {
        let other = seen {
            $0.client = Client(address: address("10.0.0.1"), port: 53, isStream: true)
            $0.question = Question(name: name("a."), type: RecordType(rawValue: 65280), recordClass: .chaos)
            $0.rcode = ResponseCode(rawValue: 16)
            $0.wantsDNSSEC = true
            $0.opcode = 4
            $0.flags = [.response, .authoritative, .truncated, .checkingDisabled]
        }
        #expect(
            line("{type} {class} {name} {proto} {remote} {port} {local} {rcode} {>rflags} {>do} {>opcode}", other)
                == "TYPE65280 CH a. tcp 10.0.0.1 53 - BADVERS qr,aa,tc,cd true 4")
        #expect(line("{size} {rsize} {>id} {>bufsize}", other) == "41 68 29008 4096")
        let dropped = seen {
            $0.answerSize = 0
            $0.question = nil
        }
        #expect(line("{name} {type} {class} {rcode} {>rflags} {rsize} {/log/class}", dropped) == "- - - - - 0 error")
    }

    @Test(
        arguments: [
            ("", ""), ("plain", "plain"), ("{ {port} }", "{ 50759 }"), ("A } {port}", "A } 50759"),
            ("{nosuch} {port}", "{nosuch} 50759"),
            ("{port", "{port"), ("{port}}", "50759}"), ("{{port}", "{50759"), ("{PORT}", "{PORT}"), ("{}", "{}"),
            ("{/kubernetes/namespace} {/kubernetes/pod}", "shop -"), ("{/log/type}", "NOERROR"),
        ])
    func formats(_ format: String, _ wanted: String) {
        #expect(line(format, seen()) { label, _ in label == "kubernetes/namespace" ? "shop" : nil } == wanted)
    }

    @Test(
        arguments: [
            (0, "0s"), (1, "0.000000001s"), (123_456, "0.000123456s"), (100_000_000, "0.1s"), (1_000_000_000, "1s"),
            (12_340_000_000, "12.34s"),
        ] as [(UInt64, String)])
    func seconds(_ nanoseconds: UInt64, _ text: String) {
        #expect(line("{duration}", seen { $0.duration = nanoseconds }) == text)
    }

    /// The first rule that holds the name decides; its classes too.
    @Test func rulesAndClasses() async {
        var (errors, denials, all) = (LogSettings(), LogSettings(), LogSettings())
        errors.names = [name("a.example."), name("b.example.")]
        errors.format = "1 {name} {rcode}"
        errors.classes = [.error]
        denials.names = [name("example.")]
        denials.format = "2 {name} {rcode}"
        denials.classes = [.denial, .success]
        all.names = [name("other.")]
        all.format = "3 {name} {rcode}"
        let pipe = LogPipe()
        let log = QueryLog([errors, denials, all], to: pipe.writer)
        for (text, rcode) in [
            ("x.a.example.", ResponseCode.servFail), ("b.example.", .noError), ("b.example.", .refused),
            ("c.example.", .nxDomain), ("c.example.", .noError), ("c.example.", .servFail), ("other.", .servFail),
            ("elsewhere.", .servFail),
        ] {
            log.saw(
                seen {
                    $0.question = Question(name: name(text), type: .a)
                    $0.rcode = rcode
                })
        }
        #expect(
            await pipe.finish() == [
                "[INFO] 1 x.a.example. SERVFAIL", "[INFO] 1 b.example. REFUSED", "[INFO] 2 c.example. NXDOMAIN",
                "[INFO] 2 c.example. NOERROR", "[INFO] 3 other. SERVFAIL",
            ])
    }

    @Test func transfersAndUpdatesAreErrors() {
        for (change, kind) in [
            ({ $0.question = Question(name: .root, type: .axfr) }, .meta), ({ $0.opcode = 4 }, .meta),
            ({ $0.opcode = 5 }, .update), ({ $0.rcode = .notImp }, .serverError),
            ({ $0.rcode = .formErr }, .otherError),
        ] as [((inout SeenAnswer) -> Void, ResponseKind)] {
            #expect(ResponseKind(seen(change)) == kind && kind.responseClass == .error)
        }
    }

    /// A chain's answers come by, those made in place as those of tasks.
    @Test func aBlockTellsItsObservers() async throws {
        final class Count: AnswerObserver {
            var rcodes: UInt32 { .max }
            let seen = Mutex<[SeenAnswer]>([])
            func saw(_ answer: SeenAnswer) { seen.withLock { $0.append(answer) } }
        }
        let (first, second) = (Count(), Count())
        let group = try #require(ObserverGroup.of([first, second]))
        group.saw(seen())
        #expect(first.seen.withLock(\.count) == 1 && second.seen.withLock(\.count) == 1)
        #expect(ObserverGroup.of([]) == nil && ObserverGroup.of([first]) === first)
    }
}

@Suite struct LineWriterTests {
    @Test func linesOfManyThreadsStayWhole() async {
        let pipe = LogPipe()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for line in 0..<200 { pipe.writer.write("\(task) \(line) \(String(repeating: "x", count: 30))") }
                }
            }
        }
        let lines = await pipe.finish()
        #expect(pipe.writer.dropped == 0 && lines.count == 800 && Set(lines).count == 800)
        for task in 0..<4 {
            let own = lines.filter { $0.hasPrefix("\(task) ") }.map { String($0.split(separator: " ")[1]) }
            #expect(own == (0..<200).map { "\($0)" }, "in their order")
        }
    }

    /// A reader that does not read keeps nobody waiting: what finds no room is dropped and counted.
    @Test(arguments: [(64, 1 << 20), (1 << 20, 8192)])
    func nobodyWaitsForTheReader(_ mostLines: Int, _ mostOctets: Int) async {
        let pipe = LogPipe(mostOctets: mostOctets, mostLines: mostLines)
        // A pipe holds 64 KiB.
        let line = String(repeating: "y", count: 1023)
        for _ in 0..<1000 { pipe.writer.write(line) }
        #expect(pipe.writer.dropped > 0)
        let lines = await pipe.finish()
        #expect(lines.count + pipe.writer.dropped == 1000 && lines.allSatisfy { $0 == line })
        pipe.writer.write("too late")
        #expect(lines.count + pipe.writer.dropped == 1001)
    }
}

@Suite struct ErrorLogTests {
    private static func failed(_ fault: String?, _ rcode: ResponseCode = .servFail) -> SeenAnswer {
        seen {
            $0.fault = fault
            $0.rcode = rcode
        }
    }

    private static func consolidation(
        _ period: Duration, _ pattern: String, level: ErrorsSettings.Level = .error, showsFirst: Bool = false
    ) -> ErrorLog.Consolidation {
        var settings = ErrorsSettings.Consolidation(period: period, pattern: pattern)
        settings.level = level
        settings.showsFirst = showsFirst
        return ErrorLog.Consolidation(settings) { $0.contains(pattern) }
    }

    @Test func aLineForEachFailure() async {
        let pipe = LogPipe()
        let log = ErrorLog(to: pipe.writer)
        log.saw(ErrorLogTests.failed("i/o timeout"))
        log.saw(ErrorLogTests.failed(nil))
        log.saw(ErrorLogTests.failed(nil, .nxDomain))
        log.saw(ErrorLogTests.failed("upstream said REFUSED", .noError))
        #expect(
            await pipe.finish() == [
                "[ERROR] plugin/errors: 2 example.org. A: i/o timeout",
                "[ERROR] plugin/errors: 0 example.org. A: upstream said REFUSED",
            ])
    }

    /// The first line that matches counts; what no line matches is told by itself.
    @Test func likeFailuresAreToldTogether() async throws {
        let pipe = LogPipe()
        let log = ErrorLog(
            [
                ErrorLogTests.consolidation(.milliseconds(300), "timeout", level: .warning),
                ErrorLogTests.consolidation(.seconds(90), "time", showsFirst: true),
                ErrorLogTests.consolidation(.seconds(3600), "debugged", level: .debug),
            ], to: pipe.writer)
        for _ in 0..<5 { log.saw(ErrorLogTests.failed("i/o timeout")) }
        log.saw(ErrorLogTests.failed("other"))
        for _ in 0..<3 { log.saw(ErrorLogTests.failed("wrong time")) }
        log.saw(ErrorLogTests.failed("debugged"))
        try await pipe.wait(for: "5 errors")
        // A new period.
        log.saw(ErrorLogTests.failed("i/o timeout"))
        log.stop()
        log.saw(ErrorLogTests.failed("late timeout"))
        let lines = await pipe.finish()
        #expect(
            lines == [
                "[ERROR] plugin/errors: 2 example.org. A: other",
                "[ERROR] plugin/errors: 2 example.org. A: wrong time",
                "[WARNING] plugin/errors: 5 errors like 'timeout' occurred in last 300ms",
                "[WARNING] plugin/errors: 1 errors like 'timeout' occurred in last 300ms",
                "[ERROR] plugin/errors: 3 errors like 'time' occurred in last 1m30s",
                "[WARNING] plugin/errors: 2 example.org. A: late timeout",
            ])
    }

    @Test func debugIsToldToWhoDebugs() async {
        let pipe = LogPipe()
        let log = ErrorLog(
            [ErrorLogTests.consolidation(.seconds(1), "x", level: .debug)], to: pipe.writer, tellsDebug: true)
        log.saw(ErrorLogTests.failed("x"))
        log.stop()
        #expect(await pipe.finish() == ["[DEBUG] plugin/errors: 1 errors like 'x' occurred in last 1s"])
    }

    @Test(
        arguments: [
            (.zero, "0s"), (.seconds(30), "30s"), (.seconds(300), "5m0s"), (.seconds(5400), "1h30m0s"),
            (.milliseconds(1500), "1.5s"), (.milliseconds(90_250), "1m30.25s"), (.microseconds(1500), "1.5ms"),
            (.nanoseconds(1500), "1.5µs"), (.nanoseconds(15), "15ns"), (.seconds(-2), "-2s"),
        ] as [(Duration, String)])
    func durations(_ duration: Duration, _ text: String) {
        #expect(GoDuration.text(duration) == text)
    }
}
