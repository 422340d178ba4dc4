import DNSWire
import Corefile
import Forwarding
import Kubernetes
import Metrics
import Plugins

// What is counted elsewhere, as the metrics want it.

extension DNSFigures {
    init(_ answered: QueryCounters.Sum, server: String, zone: String) {
        self.init(server: server, zone: zone)
        let types = QueryCounters.types.map(\.name) + ["other"]
        for carrier in QueryCounters.Carrier.allCases {
            for family in QueryCounters.Family.allCases {
                for (type, count) in zip(types, answered.requests(carrier, family)) where count > 0 {
                    requests.append(("\(carrier)", family == .ipv4 ? 1 : 2, type, count))
                }
            }
            let (asked, said) = (answered.requestSizes(carrier), answered.responseSizes(carrier))
            if asked.isEmpty { continue }
            requestSizes.append(("\(carrier)", Histogram(.size, counts: asked.counts, sum: Double(asked.sum))))
            responseSizes.append(("\(carrier)", Histogram(.size, counts: said.counts, sum: Double(said.sum))))
        }
        let times = answered.durations
        if !times.isEmpty { durations = Histogram(.time, counts: times.counts, sum: Double(times.sum) * 1e-9) }
        dnssecRequests = answered.wantsDNSSEC
        for plugin in PluginName.allCases {
            for rcode in 0..<QueryCounters.rcodeCount {
                let count = answered.responses(rcode: rcode, plugin)
                if count > 0 { responses.append((DNSFigures.rcodeName(rcode), plugin.label, count)) }
            }
        }
    }
}

extension QueryCounters.Histogram {
    var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }
}

extension UpstreamFigures {
    init(_ state: UpstreamState) {
        self.init(to: state.address.description)
        let measures = state.measures
        durations = measures.durations.map { rcode, times in
            (
                DNSFigures.rcodeName(Int(rcode.rawValue)),
                Histogram(.time, counts: times.counts, sum: Double(times.sum) * 1e-9)
            )
        }
        healthcheckFailures = measures.healthCheckFailures
        let protocols = Set(measures.reused.keys).union(measures.opened.keys).sorted()
        connections = protocols.map {
            Connections(proto: $0, hits: measures.reused[$0] ?? 0, misses: measures.opened[$0] ?? 0)
        }
        isUp = !state.isDown
        isCut = state.cut != nil
        sentPackets = measures.sent
        peakPacketsPerSecond = measures.peakPerSecond
    }
}

extension KubernetesFigures.Client {
    /// Nothing holds requests back here: they are few.
    init(_ requests: APIRequests, host: String) {
        self.init(host: host)
        let seconds = Histogram(.request, counts: requests.durations, sum: requests.seconds)
        durations = [("GET", seconds)]
        let atOnce = [seconds.count] + Array(repeating: 0, count: requests.durations.count - 1)
        heldBack = [("GET", Histogram(.request, counts: atOnce, sum: 0))]
        self.requests = requests.codes.sorted { $0.key < $1.key }.map { ($0.key, "GET", $0.value) }
    }
}
