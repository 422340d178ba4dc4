import NetworkAddress
import ServiceRegistry

/// The DNS server of a cluster as its registry shows it: the Services that clients are told, and the Pods behind them.
package struct ClusterDNS: Sendable {
    /// In the order of their names, kube-dns first; empty where the registry has none.
    package let services: [Service]
    /// Somebody wrote the Service. Manifests without one are given kube-system/kube-dns, whose address is then a guess.
    package let isWritten: Bool
    /// Those that the registry knows.
    package let pods: [Pod]

    /// Nothing is known.
    init() {
        services = []
        isWritten = false
        pods = []
    }

    package init(_ facts: ClusterFacts) {
        let all = facts.dnsServices
        let written = all.filter { facts.place(of: $0.name) != nil }
        services = written.isEmpty ? all : written
        isWritten = !written.isEmpty
        var seen: Set<ObjectName> = []
        pods = services.flatMap { facts.pods(selectedBy: $0) ?? [] }.filter { seen.insert($0.name).inserted }
    }

    /// Those that may be, kube-dns first.
    static func services(in registry: ServiceRegistry) -> [Service] {
        registry.services.values.filter(isDNS).sorted {
            ($0.name != usual ? 1 : 0, $0.name) < ($1.name != usual ? 1 : 0, $1.name)
        }
    }

    private static let usual = ObjectName("kube-system", "kube-dns")
    static let port: UInt16 = 53
    /// Where distributions have it.
    static let namespaces = ["kube-system", "openshift-dns"]

    /// The addresses for a kubelet's clusterDNS: those of the first Service that has any.
    package var addresses: [IPAddress] { services.first { !$0.clusterIPs.isEmpty }?.clusterIPs ?? [] }

    /// Labelled as CoreDNS's and kube-dns's manifests, charts and operators do, or named so in a namespace of the system.
    private static func isDNS(_ service: Service) -> Bool {
        guard service.ports.contains(where: { $0.port == port }), service.kind != .externalName else { return false }
        let isLabelled =
            ["kube-dns", "coredns"].contains(service.labels["k8s-app"] ?? "")
            || ["coredns", "clusterdns"].contains(service.labels["app.kubernetes.io/name"] ?? "")
            || service.labels["dns.operator.openshift.io/owning-dns"] != nil
        let isSystems = namespaces.contains(service.name.namespace)
        return isLabelled || isSystems && service.name.name.contains("dns")
    }

    /// The ports of its Pods that lead to port 53 of a Service, port 53 itself as well: policies are applied before or
    /// behind the translation.
    func ports(_ transport: TransportProtocol) -> Set<UInt16> {
        var ports: Set<UInt16> = [ClusterDNS.port]
        for port in services.flatMap(\.ports) where port.port == ClusterDNS.port && port.transport == transport {
            switch port.target {
            case .number(let number): ports.insert(number)
            case .name(let name):
                ports.formUnion(
                    pods.flatMap(\.containerPorts).filter { $0.name == name && $0.transport == transport }.map(\.port))
            }
        }
        return ports
    }
}
