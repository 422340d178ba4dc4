import DNSWire
import Findings

// plugin/template/setup.go

extension TemplateSettings {
    private static let options = [
        "match", "answer", "additional", "authority", "rcode", "ederror", "fallthrough", "upstream",
    ]

    init(_ directive: Directive, in context: inout BlockContext) throws(CorefileError) {
        guard directive.arguments.count >= 2 else {
            throw directive.fault("template takes a class, a type, then zones", at: directive.arguments.first)
        }
        let asked = try directive.recordClass(directive.arguments[0])
        recordClass = asked == .any ? nil : asked
        let askedType = try directive.type(directive.arguments[1])
        type = askedType == .any ? nil : askedType
        zones = try context.zones(directive.arguments.dropFirst(2))
        for option in directive.options {
            switch option.name.text {
            case "match":
                for token in try option.several("regular expressions") { match.append(try option.pattern(token)) }
            case "answer": answer += try option.several("records").map(\.text)
            case "additional": additional += try option.several("records").map(\.text)
            case "authority": authority += try option.several("records").map(\.text)
            case "rcode": rcode = try option.rcode(try option.only("one rcode"))
            case "ederror":
                try option.require(1...2, "a code and a text")
                let code = try option.integer(option.arguments[0], 0...65_535)
                extendedError = (UInt16(code), option.arguments.count > 1 ? option.arguments[1].text : "")
            case "fallthrough": fallsThrough = try context.fallsThrough(option)
            case "upstream": context.warn("upstream went from CoreDNS and has no effect", at: option.name)
            case "var", "expr": throw directive.fault("template \(option.name.text) is not here", at: option.name)
            default: throw directive.unknown(option, known: Self.options)
            }
        }
    }
}
