import DNSWire
import Logging
import NetworkAddress
import Synchronization

/// The weights in force, and the file that they are from.
package final class Weights: Sendable {
    private let path: String
    private let reload: Duration
    private let log: Logger
    private let state = Mutex(State())

    private struct State {
        var file = WeightFile()
        var text: String?
    }

    /// - Parameter reload: how often the file is looked at; zero is never.
    package init(path: String, reload: Duration, log: Logger) {
        self.path = path
        self.reload = reload
        self.log = log
    }

    package var file: WeightFile { state.withLock { $0.file } }

    /// Reads the file where it has changed.
    /// - Throws: `WeightFileError`; the weights stay as they were.
    package func read() throws(WeightFileError) {
        let text: String
        do { text = try SmallFile.read(path) } catch {
            throw WeightFileError(path: path, line: 0, problem: "cannot be read: \(error.text)")
        }
        guard state.withLock({ $0.text }) != text else { return }
        let file = try WeightFile(text, path: path)
        state.withLock { $0 = State(file: file, text: text) }
    }

    /// Reads the file again and again until the task is cancelled. What does not load is logged once.
    package func watch() async {
        guard reload > .zero else { return }
        var last: WeightFileError?
        while (try? await Task.sleep(for: reload)) != nil {
            do throws(WeightFileError) {
                try read()
                last = nil
            } catch {
                if error != last { log.error("weights stay as they were", metadata: ["error": "\(error)"]) }
                last = error
            }
        }
    }
}
