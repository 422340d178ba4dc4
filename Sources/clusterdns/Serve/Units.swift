import AnswerTable
import Corefile
import DNSWire
import Forwarding
import Logging
import NetworkAddress
import Plugins
import ResponseCache

/// What of a Corefile has a life of its own, by what it is made from: a reload goes on with the units of the lines that
/// say the same, so that registries, caches and connections stay.
struct Units {
    var kubernetes: [KubernetesUnit.Key: KubernetesUnit] = [:]
    var files: [[FileUnit.Source]: FileUnit] = [:]
    var hosts: [HostsUnit.Key: HostsUnit] = [:]
    var forwards: [ForwardUnit.Key: ForwardUnit] = [:]
    var weights: [WeightsUnit.Key: WeightsUnit] = [:]
    var caches: [CacheKey: CacheStep] = [:]
    var counters: [CounterKey: [QueryCounters]] = [:]

    /// A cache belongs to its line and block.
    struct CacheKey: Hashable {
        let settings: CacheSettings
        let server: String
        let zone: DomainName
    }

    struct CounterKey: Hashable {
        let server: String
        let zone: String
    }
}
