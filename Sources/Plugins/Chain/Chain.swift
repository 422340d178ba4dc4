import AnswerTable
import DNSWire

/// A block's plugins in the order in which a question meets them, composed once when the Corefile is loaded.
package final class Chain: @unchecked Sendable {
    package let steps: [Step]
    /// The same, for workers: nobody counts these.
    private let fast: UnsafeMutableBufferPointer<Unmanaged<Step>>

    package init(_ steps: [Step]) {
        self.steps = steps
        fast = .allocate(capacity: steps.count)
        for (index, step) in steps.enumerated() { fast.initializeElement(at: index, to: .passUnretained(step)) }
    }

    deinit { fast.deallocate() }

    /// Where a question in place came to.
    struct Stop {
        let verdict: Verdict
        let plugin: PluginName
        /// The plugin that said so.
        let index: Int
    }

    /// Asks one plugin after the other in place. `.next` at the end where none had anything to say.
    @inline(__always)
    func answer(_ query: inout Answerer, _ origin: Origin) -> Stop {
        var index = 0
        while index < fast.count {
            let step = fast[index]
            let verdict = step._withUnsafeGuaranteedRef { $0.answer(&query, origin) }
            if case .next = verdict {
            } else {
                return Stop(verdict: verdict, plugin: step._withUnsafeGuaranteedRef { $0.plugin }, index: index)
            }
            index &+= 1
        }
        return Stop(verdict: .next, plugin: .none, index: index)
    }

    /// Asks as a task, from the plugin with that number on. REFUSED at the end: nobody here knows the name. SERVFAIL when
    /// it is too late for whoever asked.
    package func resolve(_ exchange: Exchange, from index: Int = 0) async -> Response {
        guard .now < exchange.deadline else {
            return Response(to: exchange.query, .servFail, from: .none, fault: "it took too long")
        }
        guard index < steps.count else {
            var response = Response(to: exchange.query, .refused, from: .none)
            response.explanation = Block.unknownName.error
            return response
        }
        let response = await steps[index].resolve(exchange, Next(chain: self, index: index + 1))
        exchange.trace?.note(response)
        return response
    }
}
