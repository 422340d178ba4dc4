import NetworkAddress
import ServiceRegistry

/// Endpoints made from Pods, as the endpointslice controller makes them (k/k staging/src/k8s.io/endpointslice), and from
/// the older Endpoints, as the mirroring controller does. One slice holds all endpoints of one family and set of ports:
/// nothing travels here that would have to be kept small.
enum DerivedSlices {
    /// - Parameter zones: the topology zones of nodes, by the nodes' names.
    static func slices(of service: Service, from pods: [Pod], zones: [String: String]) -> [EndpointSlice] {
        var groups: [Group: [Endpoint]] = [:]
        var order: [Group] = []
        for pod in pods where pod.phase != .succeeded && pod.phase != .failed {
            let ports = ports(of: service, on: pod)
            for address in pod.addresses where service.families.contains(address.family) {
                let group = Group(family: address.family, ports: ports)
                if groups[group] == nil { order.append(group) }
                groups[group, default: []].append(
                    endpoint(pod, address, service, zones[pod.nodeName] ?? ""))
            }
        }
        return order.enumerated().map { index, group in
            slice(of: service.name, "pods-\(index)", group.family, group.ports, groups[group] ?? [])
        }
    }

    static func slices(mirroring endpoints: Endpoints) -> [EndpointSlice] {
        var out: [EndpointSlice] = []
        for subset in endpoints.subsets {
            for family in [IPAddress.Family.v4, .v6] {
                let mine = subset.packed.filter { $0.addresses.first?.family == family }
                guard !mine.isEmpty else { continue }
                out.append(slice(of: endpoints.name, "endpoints-\(out.count)", family, subset.ports, mine))
            }
        }
        return out
    }

    private struct Group: Hashable {
        var family: IPAddress.Family
        var ports: [EndpointPort]
    }

    private static func slice(
        of service: ObjectName, _ suffix: String, _ family: IPAddress.Family, _ ports: [EndpointPort],
        _ endpoints: [Endpoint]
    ) -> EndpointSlice {
        var slice = EndpointSlice(
            name: ObjectName(service.namespace, "\(service.name)-\(suffix)"), serviceName: service.name,
            addressType: family == .v4 ? .ipv4 : .ipv6)
        slice.endpoints = endpoints
        slice.ports = ports
        return slice
    }

    private static func endpoint(
        _ pod: Pod, _ address: IPAddress, _ service: Service, _ zone: String
    ) -> Endpoint {
        // utils.go, podToEndpoint: a hostname only for Pods that name this Service as their subdomain.
        let hostname = !pod.hostname.isEmpty && pod.subdomain == service.name.name ? pod.hostname : ""
        return Endpoint(
            addresses: [address], isReady: service.publishNotReadyAddresses || (pod.isReady && !pod.isTerminating),
            hostname: hostname, podName: pod.name.name, zone: zone)
    }

    /// The Service's ports as this Pod has them; a named port that the Pod has not is left out
    /// (k/k pkg/api/v1/pod, FindPort: name and protocol must both be equal).
    private static func ports(of service: Service, on pod: Pod) -> [EndpointPort] {
        service.ports.compactMap { port in
            switch port.target {
            case .number(let number): return EndpointPort(name: port.name, transport: port.transport, port: number)
            case .name(let name):
                guard let found = pod.containerPorts.first(where: { $0.name == name && $0.transport == port.transport })
                else { return nil }
                return EndpointPort(name: port.name, transport: port.transport, port: found.port)
            }
        }
    }
}

extension Node {
    /// The label topology.kubernetes.io/zone, which the endpointslice controller copies to endpoints
    /// (k/k staging/src/k8s.io/endpointslice/utils.go, podToEndpoint).
    var zone: String? { labels["topology.kubernetes.io/zone"] }
}
