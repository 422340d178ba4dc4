import Corefile
import DNSWire

/// What became of a query that was sent on.
package enum ForwardOutcome: Sendable {
    /// An upstream's answer with the query's identifier and question; a response code of any kind. TC is set only where
    /// the upstream did not answer over TCP: such an answer is no one to keep.
    case answered(Message, from: UpstreamAddress)
    /// More in flight than may be: REFUSED (CoreDNS `max_concurrent`).
    case rejected
    /// No upstream answered: SERVFAIL.
    case failed(Failure)

    package struct Failure: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringInterpolation {
        /// Names upstreams and what happened.
        package var description: String
        /// Somebody was there, and what came was no answer: not all were silent or out of reach.
        package var wasReached = false

        package init(_ description: String, wasReached: Bool = false) {
            self.description = description
            self.wasReached = wasReached
        }

        package init(stringLiteral description: String) { self.init(description) }
    }
}

/// What a `forward` line did, counted.
package struct ForwardMeasures: Sendable {
    /// Queries that found every upstream down.
    package var broken = 0
    /// Queries refused because of `max_concurrent`.
    package var rejected = 0
    /// Queries that joined an equal one in flight.
    package var coalesced = 0
}
