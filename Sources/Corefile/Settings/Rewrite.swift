import DNSWire

/// One `rewrite` rule (CoreDNS plugin/rewrite): what it changes in a question, and back in the answer.
package struct RewriteSettings: Sendable, Hashable {
    package enum Mode: Sendable, Hashable {
        /// The rules behind this one are not tried. The default.
        case stop
        case `continue`
    }

    package enum Match: Sendable, Hashable {
        case exact(String), prefix(String), suffix(String), substring(String)
        /// RE2, as Go's regexp.
        case regex(String)
    }

    package enum Answers: Sendable, Hashable {
        /// Owner names, or names in the data, that match are replaced.
        case name(String, String)
        case value(String, String)
        case auto
    }

    package enum TTL: Sendable, Hashable {
        case fixed(UInt32)
        /// Seconds; nil is no bound.
        case range(UInt32?, UInt32?)
    }

    package enum EDNS0Action: String, Sendable, Hashable { case set, replace, append, unset }

    package enum EDNS0: Sendable, Hashable {
        case local(code: UInt16, EDNS0Action, String, revert: Bool)
        case nsid(EDNS0Action, revert: Bool)
        /// Prefix lengths for IPv4 and IPv6.
        case subnet(EDNS0Action, Int, Int, revert: Bool)
    }

    package enum Change: Sendable, Hashable {
        /// `with` may hold `{1}`, the first group of a regular expression.
        case name(Match, with: String, answers: [Answers])
        case type(RecordType, RecordType)
        case recordClass(RecordClass, RecordClass)
        case ttl(Match, TTL)
        case cname(Match, with: String)
        case rcode(Match, from: ResponseCode, to: ResponseCode)
        case edns0(EDNS0)
    }

    package var mode = Mode.stop
    package var change: Change

    package init(mode: Mode = .stop, change: Change) {
        self.mode = mode
        self.change = change
    }
}
