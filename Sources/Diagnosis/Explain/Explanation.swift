import DNSWire
import Findings
import FoundationEssentials

/// Why a server answers a question as it does: what `/explain` of its admin endpoint says, and `lookup --trace` shows.
///
///     {"version":1,"query":{"name":"cart.default.svc.cluster.local.","type":"A","client":"10.244.3.15"},
///      "steps":[{"at_us":4,"step":"zone","text":"cluster.local. (kubernetes), serial 1763690400, registry synced"}],
///      "answer":{"rcode":"NXDOMAIN","flags":["aa"],"size":141,"records":[],"ede":[{"code":0,"text":"…"}]},
///      "reason":{"code":"NAM002","text":"Service cart is in namespace shop"}}
package struct Explanation: Hashable, Sendable, Codable {
    package struct Query: Hashable, Sendable, Codable {
        package var name: String
        package var type: String
        /// The address that it was asked for.
        package var client: String
    }

    /// What somebody had to say on the way.
    package struct Step: Hashable, Sendable, Codable {
        /// Microseconds since the question came.
        package var microseconds: Int
        /// `recv`, `block`, `zone`, `lookup`, `follow`, `upstream`, `cache`, `send`, or a plugin's name.
        package var step: String
        package var text: String

        package init(microseconds: Int, step: String, text: String) {
            self.microseconds = microseconds
            self.step = step
            self.text = text
        }

        enum CodingKeys: String, CodingKey {
            case microseconds = "at_us"
            case step, text
        }
    }

    /// The answer as a client with EDNS gets it.
    package struct Answer: Hashable, Sendable, Codable {
        /// `NXDOMAIN`; empty where no answer is sent.
        package var rcode: String
        /// `aa`, `ra`: without `qr`.
        package var flags: [String]
        /// Octets.
        package var size: Int
        /// Of the answer section, as a zone file has them.
        package var records: [String]
        package var ede: [Error]
    }

    /// An Extended DNS Error (RFC 8914).
    package struct Error: Hashable, Sendable, Codable {
        package var code: UInt16
        package var text: String
    }

    /// The cause, by the code of the finding that `diagnose` would tell.
    package struct Reason: Hashable, Sendable, Codable {
        package var code: String
        package var text: String

        package init(code: String, text: String) {
            self.code = code
            self.text = text
        }
    }

    package var version = 1
    package var query: Query
    package var steps: [Step]
    package var answer: Answer
    /// nil where the answer has what was asked.
    package var reason: Reason?

    package init(query: Query, steps: [Step], answer: Answer, reason: Reason?) {
        self.query = query
        self.steps = steps
        self.answer = answer
        self.reason = reason
    }

    /// - Throws: `ExplanationError` where it is not what this version says.
    package init(json: [UInt8]) throws(ExplanationError) {
        do { self = try JSONDecoder().decode(Explanation.self, from: Data(json)) } catch {
            throw ExplanationError(description: "the answer of /explain is no explanation: \(error)")
        }
        guard version == 1 else {
            throw ExplanationError(
                description: "the server explains itself in version \(version); this is for version 1")
        }
    }

    /// On one line, members in a fixed order.
    package var jsonText: String {
        let reason = reason.map { JSONValue.object([("code", .string($0.code)), ("text", .string($0.text))]) }
        return JSONValue.object([
            ("version", .number(version)),
            (
                "query",
                .object([
                    ("name", .string(query.name)), ("type", .string(query.type)), ("client", .string(query.client)),
                ])
            ),
            (
                "steps",
                .array(
                    steps.map {
                        .object([
                            ("at_us", .number($0.microseconds)), ("step", .string($0.step)), ("text", .string($0.text)),
                        ])
                    })
            ),
            (
                "answer",
                .object([
                    ("rcode", .string(answer.rcode)), ("flags", .array(answer.flags.map(JSONValue.string))),
                    ("size", .number(answer.size)), ("records", .array(answer.records.map(JSONValue.string))),
                    (
                        "ede",
                        .array(
                            answer.ede.map { .object([("code", .number(Int($0.code))), ("text", .string($0.text))]) })
                    ),
                ])
            ), ("reason", reason ?? .null),
        ]).text
    }
}

package struct ExplanationError: Swift.Error, CustomStringConvertible {
    package let description: String
}

extension Explanation.Query {
    package init(_ question: Question, client: String) {
        self.init(name: "\(question.name)", type: "\(question.type)", client: client)
    }
}

extension Explanation.Answer {
    /// - Parameter size: octets that it was sent in.
    package init(_ message: Message, size: Int) {
        self.init(
            rcode: "\(message.rcode)",
            flags: message.flags.mnemonics.split(separator: " ").map(String.init).filter { $0 != "qr" && $0 != "rd" },
            size: size, records: message.answers.map(\.description),
            ede: (message.edns?.extendedErrors ?? []).map { .init(code: $0.code.rawValue, text: $0.text) })
    }

    /// Nothing is sent.
    package static let dropped = Explanation.Answer(rcode: "", flags: [], size: 0, records: [], ede: [])
}

extension Explanation {
    /// What the answer is to whoever searches.
    package func outcome(for type: RecordType) -> QueryOutcome {
        switch answer.rcode {
        case "": .noReply
        case "NOERROR":
            answer.records.contains { record in
                record.split(whereSeparator: \.isWhitespace).dropFirst().prefix(3).contains { $0 == "\(type)" }
            }
                ? .answer : answer.records.isEmpty ? .noData : .alias
        case "NXDOMAIN": .nxDomain
        case "SERVFAIL": .serverFailure
        default: .refusal
        }
    }
}
