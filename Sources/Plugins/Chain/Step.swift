import AnswerTable
import DNSWire

package typealias Verdict = Answerer.Verdict

/// A plugin of a block, ready to be asked: each subclass is a file of its own.
///
/// It is asked in two ways that must say the same. `answer` runs on a worker's thread for each query that comes by: it may
/// not wait, lock, allocate or count references where it says `.next` or answers in place. `resolve` runs as a task, as
/// middleware: it may change the question, ask the plugins behind it through `next` and change what they say.
package class Step: @unchecked Sendable {
    package let plugin: PluginName

    package init(_ plugin: PluginName) { self.plugin = plugin }

    /// In place. A plugin that has nothing to do with a question says so here, and costs a query this call.
    package func answer(_ query: inout Answerer, _ origin: Origin) -> Verdict { .elsewhere }

    /// As a task.
    package func resolve(_ exchange: Exchange, _ next: Next) async -> Response { await next(exchange) }

    /// The answer where nobody has to be waited for: a worker asks for it, on its own thread, before a question to which
    /// `answer` said `.elsewhere` leaves it.
    /// - Returns: nil where it takes more than that.
    package func respond(to exchange: Exchange) -> Response? { nil }

    /// Whether `respond` is worth asking.
    package var respondsAtOnce: Bool { false }

    /// Names at or below which this plugin may have a say before those behind it: the answer table must not answer there
    /// without asking it. The root where it is asked about everything.
    package var claims: [DomainName] { [.root] }

    /// It has a say where a name does not exist: the answer table must not deny one without asking it.
    package var seesDenials: Bool { false }

    /// Why it is not ready yet, as /ready says by its name; nil where it is, or never says.
    package var unready: String? { nil }
}

/// The plugins behind one.
package struct Next: Sendable {
    let chain: Chain
    /// The number of the first of them.
    let index: Int

    /// Whether the plugin in front has been asked in place, and sent the question here.
    package func isFirst(of exchange: Exchange) -> Bool { exchange.depth == 0 && exchange.first == index - 1 }

    package func callAsFunction(_ exchange: Exchange) async -> Response {
        await chain.resolve(exchange, from: index)
    }
}
