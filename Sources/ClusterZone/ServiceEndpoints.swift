import DNSWire
import NetworkAddress
import ServiceRegistry

/// A port name and protocol, as an SRV name has them.
struct NamedPort: Hashable {
    let name: String
    let transport: TransportProtocol
}

/// The ready endpoints of a Service, address by address, in the order of its slices.
struct ServiceEndpoints {
    struct Entry {
        /// The endpoint's own name: `pod-0.web.default.svc.cluster.local.`
        let name: DomainName
        let address: IPAddress
        let ports: [EndpointPort]

        func has(_ port: NamedPort) -> Bool {
            ports.contains { $0.name == port.name && $0.transport == port.transport && $0.port != nil }
        }

        /// Port numbers: those of one port, or with nil all.
        func numbers(of port: NamedPort?) -> [UInt16] {
            ports.compactMap { candidate in
                if let port, candidate.name != port.name || candidate.transport != port.transport { return nil }
                return candidate.port
            }
        }
    }

    private(set) var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    /// Each address once.
    var addresses: [IPAddress] { entries.map(\.address).uniqued() }

    var namedPorts: [NamedPort] {
        entries.flatMap(\.ports).filter { !$0.name.isEmpty && $0.port != nil }
            .map { NamedPort(name: $0.name, transport: $0.transport) }.uniqued()
    }

    init(_ slices: [EndpointSlice], below owner: DomainName) {
        var seen: Set<Identity> = []
        for slice in slices where slice.addressType != .fqdn {
            for endpoint in slice.packed where endpoint.isReady {
                for address in endpoint.addresses {
                    let label = endpoint.hostname.isEmpty ? ServiceEndpoints.label(of: address) : endpoint.hostname
                    guard let name = try? owner.prepending(label) else { continue }
                    // The same endpoint may stand in two slices while the controller moves it.
                    guard seen.insert(Identity(label: label, address: address, ports: slice.ports)).inserted else {
                        continue
                    }
                    entries.append(Entry(name: name, address: address, ports: slice.ports))
                }
            }
        }
    }

    private struct Identity: Hashable {
        let label: String
        let address: IPAddress
        let ports: [EndpointPort]
    }

    /// The label of an endpoint without a hostname, CoreDNS's form: dashes for points and colons, and a 0 behind a dash
    /// that would be last (plugin/kubernetes/kubernetes.go, endpointHostname).
    static func label(of address: IPAddress) -> String {
        let text = String(address.description.map { $0 == "." || $0 == ":" ? "-" : $0 })
        return text.hasSuffix("-") ? text + "0" : text
    }
}
