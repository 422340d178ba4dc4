/// What came back for one name, as far as a search list cares.
package enum QueryOutcome: String, Hashable, Sendable, CaseIterable {
    /// Records of the type asked.
    case answer
    /// A CNAME whose end has no record of the type asked.
    case alias
    /// NOERROR without records: the name exists (RFC 2308 2.2).
    case noData
    case nxDomain
    case serverFailure
    /// REFUSED, NOTIMP, FORMERR and every other rcode.
    case refusal
    /// The time was up.
    case noReply
    /// Nobody listens there: the host or a router on the way said so at once.
    case unreachable

    /// The exit code of `clusterdns lookup` that ends with this.
    package var exitCode: Int32 {
        switch self {
        case .answer: 0
        case .alias, .noData, .nxDomain: 1
        case .serverFailure, .refusal: 3
        case .noReply, .unreachable: 9
        }
    }
}
