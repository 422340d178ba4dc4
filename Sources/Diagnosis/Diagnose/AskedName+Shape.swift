import DNSWire
import NetworkAddress
import ServiceRegistry

extension AskedName {
    /// What labels in front of the cluster's domain speak of, as the Kubernetes DNS specification has it: read from the
    /// right, `svc` or `pod`, namespace, Service, then one label for an endpoint or two for a port.
    /// - Parameter labels: in lower case.
    /// - Returns: `.other` for a shape that no name has.
    static func subject(inDomain labels: [String]) -> Subject {
        guard let kind = labels.last, labels.count >= 2 else { return .other }
        let namespace = labels[labels.count - 2]
        let rest = labels.dropLast(2)
        if kind == "pod" {
            return rest.count == 1 ? .pod(rest[0], namespace: namespace) : rest.isEmpty ? .namespace(namespace) : .other
        }
        guard kind == "svc" else { return .other }
        guard let name = rest.last else { return .namespace(namespace) }
        let service = ObjectName(namespace, name)
        let front = Array(rest.dropLast())
        switch front.count {
        case 0: return .service(service)
        case 1 where front[0].hasPrefix("_"): return .port("", protocol: String(front[0].dropFirst()), of: service)
        case 1: return .endpoint(front[0], of: service)
        case 2 where front[0].hasPrefix("_") && front[1].hasPrefix("_"):
            return .port(String(front[0].dropFirst()), protocol: String(front[1].dropFirst()), of: service)
        default: return .other
        }
    }

    /// The whole name of a subject; nil where DNS cannot carry it, and for subjects without one.
    static func name(of subject: Subject, in domain: DomainName) -> DomainName? {
        let labels: [String]
        switch subject {
        case .service(let service): labels = [service.name, service.namespace, "svc"]
        case .port("", let transport, let service): labels = ["_" + transport, service.name, service.namespace, "svc"]
        case .port(let port, let transport, let service):
            labels = ["_" + port, "_" + transport, service.name, service.namespace, "svc"]
        case .endpoint(let label, let service): labels = [label, service.name, service.namespace, "svc"]
        case .pod(let label, let namespace): labels = [label, namespace, "pod"]
        case .namespace(let namespace): labels = [namespace, "svc"]
        case .address(let address): return DomainName(reverseOf: address)
        case .ingress, .other: return nil
        }
        return try? DomainName(labels: labels.map { Array($0.utf8) }).appending(domain)
    }
}

extension DomainName {
    /// Its labels as text in lower case, first one first.
    var words: [String] { lowercased.labels.map(DomainName.text) }

    /// The address whose PTR records it would hold; nil for other names.
    var reversedAddress: IPAddress? {
        if let labels = labels(above: .inAddrArpa), labels.count == 4 {
            return IPAddress(labels.reversed().map(DomainName.text).joined(separator: "."))
        }
        guard let labels = labels(above: .ip6Arpa), labels.count == 32, labels.allSatisfy({ $0.count == 1 }) else {
            return nil
        }
        let digits = labels.reversed().map(DomainName.text)
        let groups = stride(from: 0, to: 32, by: 4).map { digits[$0..<($0 + 4)].joined() }
        return IPAddress(groups.joined(separator: ":"))
    }
}
