import DNSWire

/// `cache [TTL] [ZONES…] { … }` (CoreDNS plugin/cache).
package struct CacheSettings: Sendable, Hashable {
    package struct Store: Sendable, Hashable {
        /// Answers at most.
        package var capacity = 9984
        /// Seconds.
        package var maxTTL: UInt32
        package var minTTL: UInt32 = 5

        package init(maxTTL: UInt32) { self.maxTTL = maxTTL }
    }

    package struct Prefetch: Sendable, Hashable {
        /// Hits within `duration`, at least.
        package var amount: Int
        package var duration: Duration = .seconds(60)
        /// Of the TTL that may be left, 10 to 90.
        package var percentage = 10

        package init(amount: Int) { self.amount = amount }
    }

    package struct ServeStale: Sendable, Hashable {
        package enum Mode: String, Sendable, Hashable { case immediate, verify }
        package var duration: Duration = .seconds(3600)
        package var mode = Mode.immediate
        /// With `verify`: how long the upstream may take before the stale answer is given.
        package var verifyTimeout: Duration?

        package init() {}
    }

    /// The block's where empty.
    package var zones: [DomainName] = []
    package var success = Store(maxTTL: 3600)
    package var denial = Store(maxTTL: 1800)
    package var prefetch: Prefetch?
    package var serveStale: ServeStale?
    /// Seconds that a SERVFAIL is kept, 0 to 300.
    package var servfailTTL: UInt32 = 5
    /// Zones whose positive, or negative, answers are not kept; the root is all.
    package var disabledSuccess: [DomainName] = []
    package var disabledDenial: [DomainName] = []
    package var keepsTTL = false

    package init() {}
}
