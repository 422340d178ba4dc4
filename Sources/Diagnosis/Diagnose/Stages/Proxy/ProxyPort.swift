import Manifests
import NetworkAddress
import ProxyRules
import ServiceRegistry

/// What kube-proxy should have written for one port of a Service in one family (pkg/proxy/serviceport.go,
/// pkg/proxy/topology.go CategorizeEndpoints).
struct ProxyPort {
    /// An address that leads to the Service.
    struct Way {
        enum Kind {
            case cluster, external, loadBalancer
        }

        var kind: Kind
        var address: IPAddress
    }

    var name: ServicePortName
    var port: UInt16
    /// nil too where it was given out here.
    var nodePort: UInt16?
    var ways: [Way] = []
    /// The cluster address was given out here: the cluster may have given another.
    var addressIsGuessed = false
    /// Ready endpoints; nil: their port is not told.
    var ready: [EndpointAddress]? = []
    /// Those that are not, in the order of their slices.
    var notReady: [EndpointAddress] = []
    /// Those that are being deleted: without a ready one, they are used.
    var terminating: Set<EndpointAddress> = []
    var pods: [EndpointAddress: ObjectName] = [:]
    var nodes: [EndpointAddress: String] = [:]
    var zones: [EndpointAddress: String] = [:]

    init(_ port: Service.Port, of service: Service, family: IPAddress.Family, _ facts: ClusterFacts) {
        name = ServicePortName(
            namespace: service.name.namespace, service: service.name.name, port: port.name,
            transport: port.transport.rawValue.lowercased())
        self.port = port.port
        let given = facts.allocations[service.name]
        nodePort = service.kind == .clusterIP ? nil : port.nodePort
        if let number = nodePort, given?.nodePorts.values.contains(number) == true { nodePort = nil }
        for address in service.clusterIPs where address.family == family {
            ways.append(Way(kind: .cluster, address: address))
            if given?.addresses.contains(address) == true { addressIsGuessed = true }
        }
        for address in service.externalIPs where address.family == family {
            ways.append(Way(kind: .external, address: address))
        }
        if service.kind == .loadBalancer {
            for address in service.loadBalancer.filter({ !$0.isProxied }).compactMap(\.address)
            where address.family == family {
                ways.append(Way(kind: .loadBalancer, address: address))
            }
        }
        for (endpoint, slice) in facts.endpoints(of: service.name) {
            read(endpoint, slice, port, family, facts)
        }
        ready = ready.map { Array(Set($0)).sorted() }
    }

    private mutating func read(
        _ endpoint: Endpoint, _ slice: EndpointSlice, _ port: Service.Port, _ family: IPAddress.Family,
        _ facts: ClusterFacts
    ) {
        guard let address = endpoint.addresses.first, address.family == family,
            let number = slice.ports.first(where: { $0.name == port.name && $0.transport == port.transport })
        else { return }
        guard let number = number.port else {
            ready = nil
            return
        }
        let target = EndpointAddress(address, number)
        if endpoint.isReady { ready?.append(target) } else { notReady.append(target) }
        zones[target] = endpoint.zone
        guard !endpoint.podName.isEmpty else {
            // Its slice's conditions may say serving, which is not kept.
            if !endpoint.isReady { terminating.insert(target) }
            return
        }
        let pod = ObjectName(slice.name.namespace, endpoint.podName)
        pods[target] = pod
        if let pod = facts.registry.pods[pod] {
            if pod.isTerminating { terminating.insert(target) }
            nodes[target] = pod.nodeName
        } else if !endpoint.isReady {
            terminating.insert(target)
        }
    }

    var hasReady: Bool { ready.map { !$0.isEmpty } ?? true }

    /// `10.244.0.7:9376 (Pod default/web-0)`
    func text(_ target: EndpointAddress) -> String {
        pods[target].map { "\(target) (Pod \($0))" } ?? "\(target)"
    }
}
