import CLinux
import Glibc
import Metrics
import Metrics
import ServiceRegistry

/// What the one writer of the answer table has done since the start.
struct WriterCounters: Sendable {
    /// Changes told to the table: names set or removed, PTR records more or less.
    var recordChanges = 0
    /// Endpoints that came, went or changed.
    var endpointChanges = 0
    /// Time in the registry, the zones and the table.
    var seconds = 0.0
    /// Seconds from an endpoint's change in the cluster to its being served.
    private(set) var programming: [ServiceClass: Histogram] = [:]

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

    /// Counts changes that are served from now on. Clocks that differ may put one behind its being served: that is no time.
    mutating func noteProgramming(of changes: [(service: ObjectName, at: Double)], in registry: ServiceRegistry) {
        guard !changes.isEmpty else { return }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
        for (name, happened) in changes {
            guard let service = registry.services[name] else { continue }
            programming[ServiceClass(service), default: Histogram(.programming)].observe(max(seconds - happened, 0))
        }
    }
}
