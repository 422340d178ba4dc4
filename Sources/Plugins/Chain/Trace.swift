import CLinux
import DNSWire
import Synchronization

/// What became of one question on its way, line by line: for whoever asks a server why it answers as it does.
///
/// An exchange that carries one is answered like any other; what plugins say of it costs others nothing.
package final class Trace: Sendable {
    package struct Line: Sendable, Hashable {
        /// Nanoseconds since the question came.
        package var at: Int64
        /// `zone`, `lookup`, `cache`, or a plugin's name.
        package var step: String
        package var text: String
    }

    /// Why there is no answer, by the code under which `diagnose` says it.
    package struct Reason: Sendable, Hashable {
        package var code: String
        package var text: String

        package init(code: String, text: String) {
            self.code = code
            self.text = text
        }
    }

    private struct State {
        var lines: [Line] = []
        /// Plugins that have said something themselves.
        var speakers: Set<PluginName> = []
        var reason: Reason?
    }

    /// Lines at most: a question follows 24 names.
    private static let mostLines = 256

    private let began = clinux_nanoseconds()
    private let state = Mutex(State())

    package init() {}

    package var lines: [Line] { state.withLock(\.lines) }
    package var reason: Reason? { state.withLock(\.reason) }

    /// Nanoseconds since the question came.
    var now: Int64 { clinux_nanoseconds() - began }

    /// - Parameter at: when, where that is not now.
    package func note(_ step: String, _ text: String, by plugin: PluginName = .none, at: Int64? = nil) {
        let at = at ?? now
        state.withLock { state in
            state.speakers.insert(plugin)
            guard state.lines.count < Trace.mostLines else { return }
            state.lines.append(Line(at: at, step: step, text: text))
        }
    }

    /// The last one told is the one of the name that was followed last.
    package func note(_ reason: Reason?) { state.withLock { $0.reason = reason } }

    /// A plugin's answer, where the plugin has said nothing of it itself.
    func note(_ response: Response) {
        let plugin = response.plugin
        guard plugin != .none, !state.withLock({ $0.speakers.contains(plugin) }) else { return }
        note(plugin.label, response.summary, by: plugin)
    }
}

extension Response {
    /// `NXDOMAIN, 0 records`, and what went wrong.
    var summary: String {
        let count = message.answers.count
        let fault = fault.map { ": \($0)" } ?? ""
        return isDropped ? "no answer" : "\(message.rcode), \(count) record\(count == 1 ? "" : "s")\(fault)"
    }
}
