/// What one `cache` line keeps and has given (CoreDNS plugin/cache/metrics.go).
package struct CacheFigures: Sendable {
    /// One of its two stores: label `type`.
    package struct Store: Sendable {
        package var entries = 0
        /// Entries that there may be.
        package var capacity = 0
        package var hits = 0
        package var evictions = 0

        package init() {}
    }

    /// `dns://:53`
    package var server: String
    /// The zones of the line, with commas: `cluster.local.,.`.
    package var zones: String
    package var view = ""
    package var success = Store()
    package var denial = Store()
    package var requests = 0
    package var misses = 0
    package var prefetches = 0
    /// Answers that were not kept because they were malformed.
    package var drops = 0
    package var servedStale = 0

    package init(server: String, zones: String) {
        self.server = server
        self.zones = zones
    }
}

extension PrometheusText {
    /// `coredns_cache_*`, and how much there may be.
    package mutating func write(caches: [CacheFigures]) {
        stores(.gauge, "coredns_cache_entries", "The number of elements in the cache.", caches, \.entries)
        lines("coredns_cache_requests_total", "The count of cache requests.", caches, \.requests)
        stores(.counter, "coredns_cache_hits_total", "The count of cache hits.", caches, \.hits)
        lines(
            "coredns_cache_misses_total",
            "The count of cache misses. Deprecated, derive misses from cache hits/requests counters.", caches,
            \.misses)
        lines(
            "coredns_cache_prefetch_total", "The number of times the cache has prefetched a cached item.", caches,
            \.prefetches)
        lines(
            "coredns_cache_drops_total",
            "The number responses that are not cached, because the reply is malformed.", caches, \.drops)
        lines(
            "coredns_cache_served_stale_total", "The number of requests served from stale cache entries.", caches,
            \.servedStale)
        stores(.counter, "coredns_cache_evictions_total", "The count of cache evictions.", caches, \.evictions)
        stores(.gauge, "clusterdns_cache_capacity", "Entries that a cache may have.", caches, \.capacity)
    }

    private enum Kind { case counter, gauge }

    private mutating func stores(
        _ kind: Kind, _ name: String, _ help: String, _ caches: [CacheFigures], _ number: (CacheFigures.Store) -> Int
    ) {
        let body = { (family: inout Family) in
            for cache in caches {
                for (type, store) in [("success", cache.success), ("denial", cache.denial)] {
                    family.sample(
                        ["server": cache.server, "type": type, "zones": cache.zones, "view": cache.view],
                        number(store))
                }
            }
        }
        switch kind {
        case .counter: counter(name, help, body)
        case .gauge: gauge(name, help, body)
        }
    }

    private mutating func lines(
        _ name: String, _ help: String, _ caches: [CacheFigures], _ number: (CacheFigures) -> Int
    ) {
        counter(name, help) {
            for cache in caches {
                $0.sample(["server": cache.server, "zones": cache.zones, "view": cache.view], number(cache))
            }
        }
    }
}
