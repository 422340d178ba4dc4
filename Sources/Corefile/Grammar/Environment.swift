/// A token's text with `{$NAME}` and `{%NAME%}` replaced; nothing where the variable is not set (caddyfile/parse.go).
func replacingVariables(in text: String, with environment: [String: String]) -> String {
    guard text.contains("{") else { return text }
    return replacing(in: replacing(in: text, "{%", "%}", environment), "{$", "}", environment)
}

/// What a variable gives is not looked at again: CoreDNS does, and goes round for ever where it names itself.
private func replacing(in text: String, _ opening: String, _ closing: String, _ environment: [String: String]) -> String
{
    var rest = text[...]
    var out = ""
    while let open = rest.firstRange(of: opening), let close = rest[open.upperBound...].firstRange(of: closing) {
        let name = rest[open.upperBound..<close.lowerBound]
        guard !name.isEmpty else { break }
        out += rest[..<open.lowerBound]
        out += environment[String(name)] ?? ""
        rest = rest[close.upperBound...]
    }
    return out + rest
}
