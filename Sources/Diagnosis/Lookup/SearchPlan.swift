import DNSWire

/// The full names that a resolver library makes of what somebody typed, in the order in which it asks them.
package struct SearchPlan: Hashable, Sendable {
    package struct Candidate: Hashable, Sendable {
        package var name: DomainName
        /// The name as it was typed, not one made with the search list.
        package var isAsWritten: Bool
    }

    package var candidates: [Candidate]
    /// Why they are these: `ndots:5, "kubernetes.default" has 1 dot: search list first`.
    package var reason: String

    private init(candidates: [Candidate], reason: String) {
        self.candidates = candidates
        self.reason = reason
    }

    /// The plan for exactly one name.
    package init(only name: DomainName, reason: String) {
        self.init(candidates: [Candidate(name: name, isAsWritten: true)], reason: reason)
    }

    /// The plan of a library for a name from the command line. Names of the list that would be too long are left out.
    /// - Throws: `WireError` where the text is no name.
    package init(_ text: String, search: [DomainName], ndots: Int, rules: ResolverRules) throws(WireError) {
        let bare = Candidate(name: try DomainName(text), isAsWritten: true)
        guard !text.hasSuffix(".") else {
            self.init(candidates: [bare], reason: "\"\(text)\" ends in a dot: asked as it is")
            return
        }
        let dots = text.utf8.count { $0 == UInt8(ascii: ".") }
        let enoughDots = rules == .busybox ? dots > 0 : dots >= ndots
        let list = search.compactMap { domain in
            (try? bare.name.appending(domain)).map { Candidate(name: $0, isAsWritten: domain.isRoot) }
        }
        let why = "\"\(text)\" has \(dots == 0 ? "no dot" : dots == 1 ? "1 dot" : "\(dots) dots")"
        let head = rules == .busybox ? why : "ndots:\(ndots), \(why)"

        if list.isEmpty {
            self.init(candidates: [bare], reason: "\(head): no search list")
        } else if !enoughDots {
            // The root in the list is the name itself, and is not asked a second time.
            let bareIsListed = list.contains(where: \.isAsWritten)
            self.init(
                candidates: list + (rules == .busybox || bareIsListed ? [] : [bare]),
                reason: "\(head): search list \(rules == .busybox ? "only (busybox)" : "first")")
        } else if rules == .musl || rules == .busybox {
            self.init(candidates: [bare], reason: "\(head): asked as it is, no search list (\(rules.rawValue))")
        } else {
            self.init(
                candidates: [bare] + list.filter { !$0.isAsWritten },
                reason: "\(head): the name itself first, then the search list")
        }
    }
}
