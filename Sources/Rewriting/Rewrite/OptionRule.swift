import Corefile
import DNSWire
import NetworkAddress

/// An `edns0` rule (CoreDNS plugin/rewrite/edns0.go).
struct OptionRule: Sendable {
    typealias Action = RewriteSettings.EDNS0Action

    enum Outcome {
        /// The rule does not concern this query; the rules behind it are tried whatever its mode is.
        case ignored
        case done([AnswerChange])
    }

    let code: UInt16
    let action: Action
    let data: OptionData
    let reverts: Bool

    /// RFC 5001 2.1.
    static let nsid: UInt16 = 3
    /// RFC 7871 6.
    static let subnet: UInt16 = 8

    init(_ settings: RewriteSettings.EDNS0) throws(RuleFault) {
        switch settings {
        case .local(let code, let action, let text, let revert):
            self.code = code
            self.action = action
            data = action == .unset ? .octets([]) : try OptionData(local: text)
            reverts = revert
        case .nsid(let action, let revert):
            (code, self.action, data, reverts) = (OptionRule.nsid, action, .octets([]), revert)
        case .subnet(let action, let v4, let v6, let revert):
            guard action == .unset || (0...32).contains(v4) else {
                throw RuleFault(reason: "\(v4) is no prefix length of IPv4")
            }
            guard action == .unset || (0...128).contains(v6) else {
                throw RuleFault(reason: "\(v6) is no prefix length of IPv6")
            }
            (code, self.action, data, reverts) = (OptionRule.subnet, action, .subnet(v4: v4, v6: v6), revert)
        }
    }

    /// Whether a query without EDNS could be another one behind this rule.
    var needsEDNS: Bool { action == .unset || action == .replace }

    /// - Parameter data: what the option holds; nil where there is nothing to say.
    /// - Parameter edns: is made where the rule adds an option to a query without EDNS, of 4096 octets as CoreDNS does.
    func apply(_ data: [UInt8]?, to edns: inout EDNS?) -> Outcome {
        if action == .unset {
            edns?.options.removeAll { $0.code == code }
            return .done([])
        }
        guard let data else { return .ignored }
        let new = EDNS.Option(code: code, data: data)
        if let place = edns?.options.firstIndex(where: { $0.code == code }), let old = edns?.options[place] {
            guard action != .append else { return .ignored }
            edns?.options[place] = new
            return .done(reverts ? [.option(old)] : [])
        }
        guard action != .replace else { return .ignored }
        edns = edns ?? EDNS(payloadSize: 4096)
        edns?.options.append(new)
        return .done(reverts ? [.withoutOption(code)] : [])
    }
}
