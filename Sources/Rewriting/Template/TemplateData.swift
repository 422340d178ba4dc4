import DNSWire
import Patterns

/// What a template is filled in with (CoreDNS plugin/template/template.go, templateData).
struct TemplateData: TemplateFields {
    var zone = ""
    /// In lower case.
    var name = ""
    /// The expression that matched.
    var regex = ""
    /// The whole match, then its groups.
    var match: [String] = []
    /// Groups by name, and by number.
    var groups: [String: TemplateValue] = [:]
    var recordClass = ""
    var type = ""
    var message: Message
    var question: Question
    var remote: String
    /// The value of a label of the metadata.
    var label: (String) -> String?

    func metadata(_ label: String) -> String { self.label(label) ?? "" }

    func value(of field: String, in object: TemplateObject) -> TemplateValue? {
        switch object {
        case .root: rootValue(field)
        case .message: messageValue(field)
        case .question:
            switch field {
            case "Name": .text("\(question.name)")
            case "Qtype": .number(Int(question.type.rawValue))
            case "Qclass": .number(Int(question.recordClass.rawValue))
            default: nil
            }
        }
    }

    private func rootValue(_ field: String) -> TemplateValue? {
        switch field {
        case "Zone": .text(zone)
        case "Name": .text(name)
        case "Regex": .text(regex)
        case "Match": .list(match.map { .text($0) })
        case "Group": .map(groups)
        case "Class": .text(recordClass)
        case "Type": .text(type)
        case "Remote": .text(remote)
        case "Message": .object(.message, self)
        case "Question": .object(.question, self)
        default: nil
        }
    }

    private func messageValue(_ field: String) -> TemplateValue? {
        switch field {
        case "Id": .number(Int(message.id))
        case "Response": .truth(message.flags.contains(.response))
        case "Opcode": .number(Int(message.opcode))
        case "Authoritative": .truth(message.flags.contains(.authoritative))
        case "Truncated": .truth(message.flags.contains(.truncated))
        case "RecursionDesired": .truth(message.flags.contains(.recursionDesired))
        case "RecursionAvailable": .truth(message.flags.contains(.recursionAvailable))
        case "AuthenticatedData": .truth(message.flags.contains(.authenticData))
        case "CheckingDisabled": .truth(message.flags.contains(.checkingDisabled))
        case "Rcode": .number(Int(message.rcode.rawValue))
        case "Question": .list([.object(.question, self)])
        default: nil
        }
    }
}

extension TemplateData {
    /// Takes the groups of the first expression that matches; false where none does.
    /// - Parameter patterns: none is `.*`.
    mutating func fillGroups(from patterns: [Pattern], _ name: [UInt8]) -> Bool {
        guard !patterns.isEmpty else {
            regex = ".*"
            match = [self.name]
            groups = ["0": .text(self.name)]
            return true
        }
        for pattern in patterns {
            guard let found = pattern.firstMatch(in: name) else { continue }
            regex = pattern.text
            match = found.map { $0.map { String(decoding: name[$0], as: UTF8.self) } ?? "" }
            for (number, text) in match.enumerated() { groups["\(number)"] = .text(text) }
            for (name, text) in zip(pattern.groupNames, match) {
                if let name { groups[name] = .text(text) }
            }
            return true
        }
        return false
    }
}
