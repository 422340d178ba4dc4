import DNSWire

/// The labels that the kubernetes plugin gives to a question, by its name alone (CoreDNS plugin/kubernetes/metadata.go).
///
///     _http._tcp.web.default.svc.cluster.local    kubernetes/{port-name http, protocol tcp, service web, namespace default, kind svc}
///     10-0-0-1.web.default.svc.cluster.local      kubernetes/{endpoint 10-0-0-1, service web, namespace default, kind svc}
package enum KubernetesLabels {
    private static let prefix = "kubernetes/"

    /// - Parameters:
    ///   - label: with `kubernetes/` in front.
    ///   - zones: the plugin's.
    /// - Returns: nil where the question has none of it.
    package static func value(of label: String, _ question: Question, zones: [DomainName]) -> String? {
        guard label.hasPrefix(prefix), let zone = zones.first(where: { question.name.isAtOrBelow($0) }),
            let labels = question.name.lowercased.labels(above: zone)?.map({ String(decoding: $0, as: UTF8.self) })
        else { return nil }
        // From the right: kind, namespace, service, then an endpoint, or protocol and port.
        let parts = Array(labels.reversed())
        func part(_ index: Int) -> String? { index < parts.count ? parts[index] : nil }
        func plain(_ text: String?) -> String? { text.map { $0.hasPrefix("_") ? String($0.dropFirst()) : $0 } }
        switch label.dropFirst(prefix.count) {
        case "kind": return part(0)
        case "namespace": return part(1)
        case "service": return part(2)
        case "endpoint": return parts.count == 4 ? part(3) : nil
        case "protocol": return parts.count == 5 ? plain(part(3)) : nil
        case "port-name": return parts.count == 5 ? plain(part(4)) : nil
        default: return nil
        }
    }
}
