import DNSWire
import Findings

/// The lookup told as it went: server, search rule, every name that was tried, then the answer.
struct PlainText {
    private let result: LookupResult
    private let index: (any ObjectIndex)?

    init(_ result: LookupResult, _ index: (any ObjectIndex)?) {
        self.result = result
        self.index = index
    }

    var text: String {
        ([serverLine, searchLine] + attemptLines + (result.outcome == .answer ? answerLines : negativeLines))
            .map { singleLine($0) + "\n" }.joined()
    }

    private static func field(_ name: String, _ text: String) -> String { padded(name + ":", 10) + text }

    // MARK: The head

    private var serverLine: String {
        var parts = ["\(result.server)"]
        if let name = result.serverName { parts.append(shown(name)) }
        if let reply = result.attempts.lazy.compactMap(\.reply).first {
            parts += [reply.transport.rawValue + "  " + milliseconds(reply.roundTrip)]
        } else {
            parts.append(result.query.options.tcp ? "tcp" : "udp")
        }
        return PlainText.field("Server", parts.joined(separator: "   "))
    }

    private var searchLine: String {
        let source = result.query.searchSource.map { "          (\($0))" } ?? ""
        return PlainText.field("Search", result.query.plan.reason + source)
    }

    // MARK: The attempts

    private var attemptLines: [String] {
        var names: [(number: Int, attempts: [LookupAttempt])] = []
        for attempt in result.attempts {
            if let last = names.indices.last, names[last].attempts[0].name == attempt.name {
                names[last].attempts.append(attempt)
            } else {
                names.append((names.count + 1, [attempt]))
            }
        }
        let width = result.attempts.map { shown($0.name).count }.max() ?? 0
        // Where every type came to the same nothing, its name adds nothing.
        let showsTypes =
            result.query.types.count == 1 || result.outcome == .answer
            || names.contains { name in name.attempts.contains { $0.outcome != name.attempts[0].outcome } }
        var isMarked = false
        return names.flatMap { name in
            name.attempts.enumerated().filter { isShown($0.element, besides: name.attempts[0], at: $0.offset) }.map {
                position, attempt in
                let head =
                    position == 0
                    ? String(repeating: " ", count: max(0, 3 - "\(name.number)".count)) + "\(name.number)" : "   "
                let type = showsTypes ? "\(attempt.type) " : ""
                var line =
                    "\(head)  \(padded(position == 0 ? shown(attempt.name) : "", width))   \(type)\(status(of: attempt))"
                if attempt.outcome == .answer, !isMarked {
                    isMarked = true
                    line += "   <- answer"
                }
                return line
            }
        }
    }

    /// The further types of a name have a line of their own only where they came to something else than the first, and
    /// not just to no data besides an answer, which the answer's lines say.
    private func isShown(_ attempt: LookupAttempt, besides first: LookupAttempt, at position: Int) -> Bool {
        position == 0 || (attempt.outcome != first.outcome && !(first.outcome == .answer && attempt.outcome == .noData))
    }

    private func status(of attempt: LookupAttempt) -> String {
        guard let reply = attempt.reply else {
            guard case .failure(let failure) = attempt.result else { return "" }
            return "no reply   (\(failure.text))"
        }
        let message = reply.message
        var flags = message.flags.subtracting([.response, .recursionDesired])
        if reply.wasTruncated { flags.insert(.truncated) }
        var parts = [padded("\(message.rcode)", 8), milliseconds(reply.roundTrip)]
        let words = flags.mnemonics + (reply.transport == .tcp && !result.query.options.tcp ? " tcp" : "")
        if !words.isEmpty { parts.append(words) }
        if let note = note(on: attempt, message) { parts.append("(\(note))") }
        return parts.joined(separator: "   ")
    }

    private func note(on attempt: LookupAttempt, _ message: Message) -> String? {
        let extended = message.extendedErrors.map { "EDE \($0.code)\($0.text.isEmpty ? "" : ": \($0.text)")" }
        if !extended.isEmpty { return extended.joined(separator: ", ") }
        switch attempt.outcome {
        case .noData: return "no data"
        case .alias: return "only an alias"
        // Recursion is offered where an upstream is configured, so that a refusal without it has this reason.
        case .refusal where message.rcode == .refused && !message.flags.contains(.recursionAvailable):
            return "no upstream configured"
        default: return nil
        }
    }

    // MARK: The answer

    private var answerLines: [String] {
        var lines = [PlainText.field("Name", shown(result.head.name))]
        lines += recordLines
        guard result.query.types == LookupQuery.addressTypes else { return lines }
        for attempt in result.decisive where attempt.outcome != .answer {
            let what: String
            switch attempt.outcome {
            case .noData, .alias:
                let reason = index?.reasonForNoData(at: attempt.name, type: attempt.type)
                what = "no data" + (reason.map { " (\($0))" } ?? "")
            default:
                what = attempt.message.map { "\($0.rcode)" } ?? "no reply"
            }
            lines.append(PlainText.field("\(attempt.type)", what))
        }
        return lines
    }

    private var recordLines: [String] {
        let isList = result.query.types.contains(.any) || result.query.types.contains(.axfr)
        return result.records.map { record in
            if isList {
                return ZoneText.line(
                    owner: "\(record.owner)", ttl: "\(record.ttl)", type: record.data.type,
                    data: presentation(of: record.data))
            }
            guard case .address(let address) = record.data else {
                return PlainText.field("\(record.data.type)", "\(presentation(of: record.data))     ttl \(record.ttl)")
            }
            let owner = index?.owner(of: address).map { "     \($0.text)" } ?? ""
            return PlainText.field("Address", "\(address)     ttl \(record.ttl)\(owner)")
        }
    }

    // MARK: No answer

    private var negativeLines: [String] {
        let name = result.query.text
        let types = result.query.types.map { "\($0)" }.joined(separator: " or ")
        let last = result.decisive.last ?? result.attempts[0]
        switch result.outcome {
        case .answer: return []
        case .nxDomain:
            let findings = index.map { result.findings(from: $0) } ?? []
            return ["** no such name: \(name)"]
                + findings.map { "   \($0.code)  \($0.message)\($0.fix.map { "   \($0)" } ?? "")" }
        case .noData: return ["** no data: \(shown(last.name)) exists, and has no \(types) record"]
        case .alias:
            let end = last.message?.chainEnd(of: last.name) ?? last.name
            return [PlainText.field("Name", shown(last.name))] + recordLines
                + ["** no data: the alias leads to \(shown(end)), of which the answer has no \(types) record"]
        case .serverFailure: return ["** the server failed: SERVFAIL for \(shown(last.name))"]
        case .refusal:
            let code = last.message.map { "\($0.rcode)" } ?? "REFUSED"
            return ["** the server does not answer this: \(code) for \(shown(last.name))"]
        case .noReply, .unreachable:
            guard case .failure(let failure)? = result.attempts.last(where: { $0.reply == nil })?.result else {
                return []
            }
            let servers = result.query.servers.map(\.description).joined(separator: ", ")
            return ["** no reply from \(servers): \(failure.text)"]
        }
    }
}
