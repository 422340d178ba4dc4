import Glibc
import ServiceRegistry

/// What the one writer of the answer table has done since the start.
struct WriterCounters: Sendable {
    /// Changes told to the table: names set or removed, PTR records more or less.
    var recordChanges = 0
    /// Endpoints that came, went or changed.
    var endpointChanges = 0
    /// Time in the registry, the zones and the table.
    var seconds = 0.0
    /// From an endpoint's change in the cluster to its being served.
    private(set) var programming: [ServiceClass: DurationHistogram] = [:]

    /// What CoreDNS's metric tells apart (plugin/kubernetes/object/informer.go, `DNSProgrammingLatency`).
    enum ServiceClass: String, CaseIterable {
        case clusterIP = "cluster_ip"
        case headlessWithSelector = "headless_with_selector"
        case headlessWithoutSelector = "headless_without_selector"

        init(_ service: Service) {
            self =
                !service.isHeadless
                ? .clusterIP : service.selector == nil ? .headlessWithoutSelector : .headlessWithSelector
        }
    }

    /// Counts changes that are served from now on.
    mutating func noteProgramming(of changes: [(service: ObjectName, at: Double)], in registry: ServiceRegistry) {
        guard !changes.isEmpty else { return }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
        for (name, happened) in changes {
            guard let service = registry.services[name] else { continue }
            programming[ServiceClass(service), default: DurationHistogram()].count(seconds - happened)
        }
    }
}

/// Durations in buckets of 1 ms doubled, twenty of them.
struct DurationHistogram: Sendable {
    /// Upper bounds in milliseconds.
    static let bounds = (0..<20).map { 1 << $0 }
    /// One bucket more than bounds, for what is longer.
    private(set) var counts = Array(repeating: 0, count: bounds.count + 1)
    /// In seconds. What a cluster says of its times has no bounds, and so no whole number is safe.
    private(set) var sum = 0.0

    /// - Parameter seconds: what clocks that differ make negative counts as none.
    mutating func count(_ seconds: Double) {
        let seconds = max(seconds, 0)
        counts[
            DurationHistogram.bounds.firstIndex { seconds * 1000 <= Double($0) } ?? DurationHistogram.bounds.count] += 1
        sum += seconds
    }
}
