/// What is known of a value before there is one, so that a misspelt field is an error when the template is loaded.
indirect enum TemplateShape: Sendable, Equatable {
    case unknown
    case truth
    case number
    case text
    case list(TemplateShape)
    case map(TemplateShape)
    case object(TemplateObject)

    var kind: String {
        switch self {
        case .unknown: "a value"
        case .truth: "a truth value"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .map: "a map"
        case .object(let object): "\(object)"
        }
    }
}

/// What has fields (CoreDNS plugin/template/template.go, templateData; dns.Msg and dns.Question of miekg/dns).
enum TemplateObject: String, Sendable, CustomStringConvertible {
    case root, message, question

    /// The one method; it has one argument.
    static let method = "Meta"

    var fields: [String: TemplateShape] {
        switch self {
        case .root:
            [
                "Zone": .text, "Name": .text, "Regex": .text, "Match": .list(.text), "Group": .map(.text),
                "Class": .text,
                "Type": .text, "Remote": .text, "Message": .object(.message), "Question": .object(.question),
            ]
        case .message:
            [
                "Id": .number, "Response": .truth, "Opcode": .number, "Authoritative": .truth, "Truncated": .truth,
                "RecursionDesired": .truth, "RecursionAvailable": .truth, "AuthenticatedData": .truth,
                "CheckingDisabled": .truth, "Rcode": .number, "Question": .list(.object(.question)),
            ]
        case .question: ["Name": .text, "Qtype": .number, "Qclass": .number]
        }
    }

    var description: String { self == .root ? "the query's data" : "the \(rawValue)" }
}
