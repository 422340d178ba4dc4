import Corefile
import DNSWire
import Synchronization

/// `errors`: a line for each question that somebody failed at (CoreDNS plugin/errors).
///
///     [ERROR] plugin/errors: 2 example.org. A: read udp 10.0.0.1:53: i/o timeout
///     [WARNING] plugin/errors: 5 errors like '^.* i/o timeout$' occurred in last 30s
///
/// Faults that a `consolidate` line matches, the first of several, are counted from the first one on and told together
/// when its period is over.
package final class ErrorLog: AnswerObserver {
    /// A `consolidate` line, and whether a fault's text matches its pattern.
    package struct Consolidation: Sendable {
        package let settings: ErrorsSettings.Consolidation
        package let matches: @Sendable (String) -> Bool

        package init(_ settings: ErrorsSettings.Consolidation, matches: @escaping @Sendable (String) -> Bool) {
            self.settings = settings
            self.matches = matches
        }
    }

    private struct State {
        /// Faults in the period under way, for each consolidation.
        var counts: [Int]
        var timers: [Int: Task<Void, Never>] = [:]
        var isStopped = false
    }

    private let consolidations: [Consolidation]
    private let writer: LineWriter
    private let tellsDebug: Bool
    private let state: Mutex<State>

    /// - Parameter tellsDebug: the `debug` plugin is there, without which that level is silent.
    package init(_ consolidations: [Consolidation] = [], to writer: LineWriter, tellsDebug: Bool = false) {
        self.consolidations = consolidations
        self.writer = writer
        self.tellsDebug = tellsDebug
        state = Mutex(State(counts: Array(repeating: 0, count: consolidations.count)))
    }

    /// What is answered in place has no fault: what is not known yet is SERVFAIL by intent.
    package var rcodes: UInt32 { 0 }

    package func saw(_ seen: SeenAnswer) {
        guard let fault = seen.fault else { return }
        let place = consolidations.firstIndex { $0.matches(fault) }
        if let place, count(place) { return }
        let name = seen.question?.name.lowercased ?? .root
        let type = seen.question.map { "\($0.type)" } ?? "-"
        tell(
            place.map { consolidations[$0].settings.level } ?? .error,
            "\(seen.rcode.rawValue) \(name) \(type): \(fault)")
    }

    /// - Returns: false where the fault is told by itself: after `stop`, or as the first where that is shown.
    private func count(_ place: Int) -> Bool {
        state.withLock { state in
            guard !state.isStopped else { return false }
            state.counts[place] += 1
            guard state.counts[place] == 1 else { return true }
            let settings = consolidations[place].settings
            state.timers[place] = Task { [weak self] in
                guard (try? await Task.sleep(for: settings.period)) != nil else { return }
                self?.endPeriod(place)
            }
            return !settings.showsFirst
        }
    }

    private func endPeriod(_ place: Int) {
        let count = state.withLock { state in
            defer { state.counts[place] = 0 }
            return state.counts[place]
        }
        let settings = consolidations[place].settings
        guard count > (settings.showsFirst ? 1 : 0) else { return }
        let period = GoDuration.text(settings.period)
        tell(settings.level, "\(count) errors like '\(settings.pattern)' occurred in last \(period)")
    }

    /// Tells what the periods under way have counted.
    package func stop() {
        let timers = state.withLock { state in
            state.isStopped = true
            defer { state.timers = [:] }
            return state.timers
        }
        for timer in timers.values { timer.cancel() }
        for place in consolidations.indices { endPeriod(place) }
    }

    private func tell(_ level: ErrorsSettings.Level, _ text: String) {
        guard level != .debug || tellsDebug else { return }
        writer.write("[\(level.rawValue.uppercased())] plugin/errors: \(text)")
    }
}
