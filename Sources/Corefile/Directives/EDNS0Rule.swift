import Findings

/// `edns0 local|nsid|subnet ACTION … [revert]` (plugin/rewrite/edns0.go).
struct EDNS0Rule {
    let rule: RewriteRule

    func change() throws(CorefileError) -> RewriteSettings.EDNS0 {
        try rule.require(2...5, "local, nsid or subnet, then set, replace, append or unset")
        let kind = rule.words[0]
        guard let action = RewriteSettings.EDNS0Action(rawValue: rule.words[1].text.lowercased()) else {
            throw rule.fault(
                "edns0 takes set, replace, append or unset, not \"\(rule.words[1].text)\"", at: rule.words[1])
        }
        var rest = Array(rule.words.dropFirst(2))
        let reverts = action != .unset && rest.last?.text == "revert"
        if reverts { rest.removeLast() }
        switch kind.text.lowercased() {
        case "local":
            guard rest.count == (action == .unset ? 1 : 2) else {
                throw rule.fault("edns0 local takes a code and data, unset only a code", at: kind)
            }
            let code = try number(rest[0], atMost: 65_535)
            return .local(code: UInt16(code), action, action == .unset ? "" : try data(rest[1]), revert: reverts)
        case "nsid":
            guard rest.isEmpty else { throw rule.fault("edns0 nsid takes no data", at: rest[0]) }
            return .nsid(action, revert: reverts)
        case "subnet":
            guard rest.count == (action == .unset ? 0 : 2) else {
                throw rule.fault("edns0 subnet takes two prefix lengths, unset none", at: kind)
            }
            if action == .unset { return .subnet(action, 0, 0, revert: false) }
            return .subnet(
                action, try number(rest[0], atMost: 32), try number(rest[1], atMost: 128), revert: reverts)
        default: throw rule.fault("edns0 takes local, nsid or subnet, not \"\(kind.text)\"", at: kind)
        }
    }

    /// Decimal, hexadecimal (`0xffee`) or octal (`017`).
    private func number(_ token: Token, atMost bound: Int) throws(CorefileError) -> Int {
        let text = token.text.lowercased()
        let value =
            text.hasPrefix("0x")
            ? Int(text.dropFirst(2), radix: 16) : text.hasPrefix("0") ? Int(text, radix: 8) : Int(text)
        guard let value, (0...bound).contains(value) else {
            throw rule.fault("\"\(token.text)\" is no number from 0 to \(bound)", at: token)
        }
        return value
    }

    /// Text, hexadecimal (`0xab01`), or a variable in braces.
    private func data(_ token: Token) throws(CorefileError) -> String {
        let text = token.text
        if text.hasPrefix("0x") {
            let digits = text.dropFirst(2)
            guard digits.utf8.count % 2 == 0, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                throw rule.fault("\"\(text)\" is no hexadecimal text", at: token)
            }
        } else if text.hasPrefix("{"), text.hasSuffix("}") {
            let variables: Set = [
                "{qname}", "{qtype}", "{client_ip}", "{client_port}", "{protocol}", "{server_ip}", "{server_port}",
            ]
            // A label of metadata has a slash between the plugin's name and its own.
            guard variables.contains(text) || text.contains("/") else {
                throw rule.fault("\(text) is no variable", at: token)
            }
        }
        return text
    }
}
