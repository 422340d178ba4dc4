import DNSWire
import Diagnosis
import Dispatch
import HTTP
import NetworkAddress
import Plugins
import Server
import Synchronization

/// `/explain?name=&type=&client=`: asks this server's own plugins a question, and says what became of it.
///
/// The question is asked as a task would ask it: what plugins count is counted, upstreams are asked, answers are kept.
struct ExplainPage {
    static let path = "/explain"

    let deployment: Deployment

    /// - Returns: status 400 where the query makes no question.
    func reply(to request: HTTPListener.Request) -> HTTPListener.Reply {
        guard let name = request["name"].flatMap({ try? DomainName($0) }) else {
            return HTTPListener.Reply(status: 400, body: "name=NAME: which name is asked\n")
        }
        guard let type = RecordType(request["type"] ?? "A") else {
            return HTTPListener.Reply(status: 400, body: "type=TYPE: there is no type \(request["type"] ?? "")\n")
        }
        guard let client = IPAddress(request["client"] ?? "127.0.0.1") else {
            return HTTPListener.Reply(status: 400, body: "client=ADDRESS: \(request["client"] ?? "") is no address\n")
        }
        let question = Question(name: name, type: type)
        let explanation = waitFor { [deployment] in await ExplainPage.explain(question, for: client, deployment) }
        return HTTPListener.Reply(contentType: "application/json", body: explanation.jsonText + "\n")
    }

    private static func explain(
        _ question: Question, for address: IPAddress, _ deployment: Deployment
    ) async -> Explanation {
        let trace = Trace()
        let client = Client(address: address, port: 0, isStream: false)
        let query = Message(id: 0, flags: .recursionDesired, questions: [question], edns: EDNS())
        trace.note("recv", "udp \(address) \(question.type) \(question.name), EDNS \(EDNS().payloadSize)")
        let view = deployment.firstView
        let block = view.block(for: question.name, question.type)
        trace.note(
            "block",
            block === view.nobody ? "none has the name" : "\(block.label) on \(block.server)")
        var exchange = Exchange(
            query: query, client: client, block: block, view: view, deadline: .now + LateLane.patience)
        exchange.trace = trace
        let response = await block.chain.resolve(exchange)
        let octets = response.isDropped ? [] : response.octets(to: query, room: Int(EDNS().payloadSize), block)
        let answer: Explanation.Answer
        if let message = try? Message(decoding: octets) {
            trace.note("send", Explanation.summary(message, size: octets.count))
            answer = Explanation.Answer(message, size: octets.count)
        } else {
            trace.note("send", "nothing")
            answer = .dropped
        }
        var reason = trace.reason.map { Explanation.Reason(code: $0.code, text: $0.text) }
        if answer.rcode == "NOERROR" && !answer.records.isEmpty { reason = nil }
        return Explanation(
            query: Explanation.Query(question, client: "\(address)"),
            steps: trace.lines.map {
                Explanation.Step(microseconds: Int($0.at / 1000), step: $0.step, text: $0.text)
            }, answer: answer, reason: reason)
    }
}

extension Deployment {
    /// The blocks of the first address that has any.
    fileprivate var firstView: View {
        let first = views.first { !$0.blocks.isEmpty } ?? views[0]
        return View(
            address: first.address.address, port: first.address.port, blocks: first.blocks, nobody: first.nobody)
    }
}

/// Runs `body` while this thread waits: a listener's own, which answers one request at a time.
private func waitFor<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
    let done = DispatchSemaphore(value: 0)
    let outcome = Mutex<Value?>(nil)
    Task.detached {
        let value = await body()
        outcome.withLock { $0 = value }
        done.signal()
    }
    done.wait()
    guard let value = outcome.withLock({ $0 }) else { preconditionFailure("the task has told its outcome") }
    return value
}
