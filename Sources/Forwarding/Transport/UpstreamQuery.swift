/// What becomes of a query that was sent.
package enum UpstreamReport: Sendable {
    /// It has been waited for as long as its sender is patient; the wait goes on.
    case late
    /// The last report.
    case ended(Result<UpstreamAnswer, UpstreamError>)
}

/// A message whose identifier and question are the query's.
package struct UpstreamAnswer: Sendable {
    package var message: [UInt8]
    /// Whether a socket or connection that was open already brought it.
    package var isReused: Bool
    /// From the submission to the answer, nanoseconds.
    package var elapsed: Int64
}

/// A query on its way to an upstream.
final class UpstreamQuery: Sendable {
    let ticket: UpstreamTicket
    /// With the sender's identifier, which goes out replaced by a random one.
    let message: [UInt8]
    /// Where the question ends.
    let questionEnd: Int
    let route: UpstreamRoute
    /// CLOCK_MONOTONIC, nanoseconds.
    let submitted: Int64
    /// Unique in the process.
    var number: UInt64 { ticket.number }
    /// Nanoseconds since `submitted`.
    let timeout: Int64
    let patience: Int64?
    let report: @Sendable (UpstreamReport) -> Void

    /// nil where the message is no query with one question.
    init?(
        _ message: [UInt8], _ route: UpstreamRoute, _ ticket: UpstreamTicket, submitted: Int64, timeout: Int64,
        patience: Int64?, report: @escaping @Sendable (UpstreamReport) -> Void
    ) {
        guard let end = UpstreamQuery.questionEnd(of: message) else { return nil }
        self.ticket = ticket
        self.message = message
        questionEnd = end
        self.route = route
        self.submitted = submitted
        self.timeout = timeout
        self.patience = patience
        self.report = report
    }

    private static let headerLength = 12

    private static func questionEnd(of message: [UInt8]) -> Int? {
        guard message.count > headerLength, message.count <= 65535, message[4] == 0, message[5] == 1 else { return nil }
        var at = headerLength
        while at < message.count, message[at] != 0 {
            guard message[at] < 64 else { return nil }
            at += 1 + Int(message[at])
        }
        return at + 5 <= message.count ? at + 5 : nil
    }

    /// Whether a message whose identifier is right answers this query: a response with the same opcode and octet by octet
    /// the same question (RFC 5452 9.1). A server that did not understand the query may leave the question out.
    func isAnswered(by answer: UnsafeRawBufferPointer) -> Bool {
        guard answer.count >= UpstreamQuery.headerLength, answer[2] & 0x80 != 0, answer[2] & 0x78 == message[2] & 0x78
        else { return false }
        if answer[4] == 0, answer[5] == 0 {
            let code = answer[3] & 15
            return answer.count == UpstreamQuery.headerLength && (code == 1 || code == 4)
        }
        guard answer[4] == 0, answer[5] == 1, answer.count >= questionEnd else { return false }
        return answer[UpstreamQuery.headerLength..<questionEnd].elementsEqual(
            message[UpstreamQuery.headerLength..<questionEnd])
    }

    /// The answer with the sender's identifier.
    func restored(_ answer: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes = [UInt8](answer)
        bytes[0] = message[0]
        bytes[1] = message[1]
        return bytes
    }
}
