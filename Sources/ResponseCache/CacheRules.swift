import Corefile
import DNSWire

/// The settings of a cache in the form in which answers are held against them: whole seconds, bounded capacities.
struct CacheRules: Sendable {
    struct Store: Sendable {
        /// Answers at most.
        let capacity: Int
        /// Octets at most, the cache's own words with each answer included.
        let octets: Int
        let maxTTL: UInt32
        let minTTL: UInt32
        /// Names at or below these are not kept.
        let exceptions: [DomainName]

        /// The largest store: what a 32-bit number of places counts with ease.
        private static let mostAnswers = 1 << 24
        /// What the default number of answers may take; more answers may take `octetsEach` more each.
        private static let leastOctets = 16 << 20
        private static let octetsEach = 1 << 10

        init(_ settings: CacheSettings.Store, exceptions: [DomainName]) {
            capacity = min(max(settings.capacity, 0), Store.mostAnswers)
            octets = max(Store.leastOctets, capacity * Store.octetsEach)
            maxTTL = settings.maxTTL
            minTTL = settings.minTTL
            self.exceptions = exceptions
        }

        /// CoreDNS's computeTTL: raised to the least, then cut to the most.
        func bound(_ ttl: UInt32) -> UInt32 { min(max(ttl, minTTL), maxTTL) }
    }

    /// Empty where all names are kept.
    let zones: [DomainName]
    let success: Store
    let denial: Store
    let servfailTTL: UInt32
    /// Seconds that an answer is of use after its TTL has run out; 0 where it is not served stale.
    let staleSeconds: Int
    /// What a look at an entry needs.
    let serving: Serving
    let prefetchPercentage: Int

    /// Plain numbers, copied into each reader.
    struct Serving: Sendable {
        let keepsTTL: Bool
        let verifiesStale: Bool
        /// Hits that make an answer worth fetching again before it ends; 0: none is.
        let prefetchAmount: UInt32
        /// Milliseconds between two hits, at most, for the second to count on.
        let prefetchWindow: Int
    }

    init(_ settings: CacheSettings) {
        zones = settings.zones
        success = Store(settings.success, exceptions: settings.disabledSuccess)
        denial = Store(settings.denial, exceptions: settings.disabledDenial)
        servfailTTL = settings.servfailTTL
        staleSeconds = settings.serveStale.map { Int($0.duration.components.seconds) } ?? 0
        serving = Serving(
            keepsTTL: settings.keepsTTL, verifiesStale: settings.serveStale?.mode == .verify,
            prefetchAmount: UInt32(clamping: settings.prefetch?.amount ?? 0),
            prefetchWindow: settings.prefetch.map { Int($0.duration.components.seconds) * 1000 } ?? 0)
        prefetchPercentage = settings.prefetch?.percentage ?? 0
    }

    func covers(_ name: DomainName) -> Bool { zones.isEmpty || zones.contains { name.isAtOrBelow($0) } }

    subscript(kind: CacheEntry.Kind) -> Store { kind == .success ? success : denial }
}
