import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Labels {
    /// `app=web,tier=front`, in the order of the keys.
    var pairsText: String { sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
}

extension Service {
    /// `8080/TCP -> 80 (http)`
    static func text(of port: Port) -> String {
        let name = port.name.isEmpty ? "" : " (\(port.name))"
        return "\(port.port)/\(port.transport.rawValue) -> \(port.target)\(name)"
    }

    var portsText: String { ports.map(Service.text).joined(separator: ", ") }

    /// `10.0.1.175:80`: where clients connect to; the name in place of an address for a Service that has none.
    /// - Parameter port: nil: its first one.
    func frontText(_ port: UInt16? = nil) -> String {
        let host = clusterIPs.first?.hostText ?? "\(name.name).\(name.namespace)"
        return (port ?? ports.first?.port).map { "\(host):\($0)" } ?? host
    }

    /// `kubectl -n shop patch svc web -p '...'`
    func patch(_ body: String) -> Phrase { Phrase("kubectl -n \(name.namespace) patch svc \(name.name) -p '\(body)'") }
}

extension IPAddress {
    /// As it stands before a port: `10.0.1.175`, `[fd00::1]`.
    var hostText: String { family == .v6 ? "[\(self)]" : "\(self)" }
}

extension ClusterFacts {
    /// `web.shop.svc.cluster.local`
    func hostName(of service: ObjectName) -> String {
        let zone = domain.description
        return "\(service.name).\(service.namespace).svc.\(zone.hasSuffix(".") ? String(zone.dropLast()) : zone)"
    }

    /// Whether nothing is to be expected of a Service's endpoints: the embedded registry made it because every cluster has
    /// it, or it is the DNS Service among manifests that leave out the Pods of the system.
    func isGiven(_ service: Service) -> Bool {
        guard reading.origin != .api else { return false }
        return (service.name == Inquiry.dnsService && pods(in: service.name.namespace).isEmpty)
            || (service.name == ObjectName("default", "kubernetes") && place(of: service.name) == nil)
    }

    /// Whether these are manifests in which nothing has Pods: of a selector they say nothing.
    var isWithoutPods: Bool {
        reading.origin != .api && registry.pods.keys.isEmpty && registry.workloads.isEmpty
    }

    /// `(manifests.yaml:9)`; nothing where the place is not known.
    func mark(_ place: SourcePlace?) -> String { place.map { " (\($0.file):\($0.line))" } ?? "" }
}

/// `a, b, c and 4 more`
func listed(_ texts: [String], atMost limit: Int = 3) -> Phrase {
    let shown = texts.prefix(limit).joined(separator: ", ")
    let rest = texts.count - limit
    return rest > 0 ? Phrase("\(shown) and \(rest) more", zh: "\(shown) 等 \(texts.count) 个") : Phrase(shown)
}
