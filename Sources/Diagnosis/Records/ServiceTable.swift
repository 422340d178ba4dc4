import ServiceRegistry

/// Services in the columns of `kubectl get svc` (kubernetes pkg/printers/internalversion/printers.go, printService).
package struct ServiceTable: Sendable {
    package var services: [Service]
    /// The column NAMESPACE in front, as with `kubectl get svc -A`.
    package var showsNamespace: Bool
    /// Seconds since 1970, for AGE.
    package var now: Int64

    package init(_ services: [Service], showsNamespace: Bool, now: Int64) {
        self.services = services
        self.showsNamespace = showsNamespace
        self.now = now
    }

    package var text: String {
        var rows = [["NAMESPACE", "NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]]
        for service in services {
            rows.append([
                service.name.namespace, service.name.name, service.kind.rawValue, ServiceTable.clusterIP(of: service),
                ServiceTable.externalIP(of: service), ServiceTable.ports(of: service),
                service.created.map { ServiceTable.age(seconds: now - $0) } ?? "<unknown>",
            ])
        }
        if !showsNamespace { rows = rows.map { Array($0.dropFirst()) } }
        // kubectl's tab writer: three blanks between columns, none behind the last.
        let widths = (rows.first ?? []).indices.map { column in rows.map { singleLine($0[column]).count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { $0 == row.count - 1 ? row[$0] : padded(singleLine(row[$0]), widths[$0] + 3) }.joined()
                + "\n"
        }.joined()
    }

    static func clusterIP(of service: Service) -> String {
        service.isHeadless ? "None" : service.clusterIPs.first.map { "\($0)" } ?? "<none>"
    }

    static func externalIP(of service: Service) -> String {
        let written = service.externalIPs.map { "\($0)" }
        switch service.kind {
        case .externalName: return service.externalName ?? "<none>"
        case .clusterIP, .nodePort: return written.isEmpty ? "<none>" : written.joined(separator: ",")
        case .loadBalancer:
            let given = service.loadBalancer.compactMap { $0.address.map { "\($0)" } ?? $0.hostname }
            return given.isEmpty && written.isEmpty ? "<pending>" : (given + written).joined(separator: ",")
        }
    }

    static func ports(of service: Service) -> String {
        let all = service.ports.map { port in
            "\(port.port)\(port.nodePort.map { ":\($0)" } ?? "")/\(port.transport.rawValue)"
        }
        return all.isEmpty ? "<none>" : all.joined(separator: ",")
    }

    /// An age as kubectl shows it (k8s.io/apimachinery pkg/util/duration, HumanDuration): two units while the first is small.
    static func age(seconds: Int64) -> String {
        func pair(_ first: Int64, _ a: String, _ second: Int64, _ b: String) -> String {
            second == 0 ? "\(first)\(a)" : "\(first)\(a)\(second)\(b)"
        }
        let (minutes, hours) = (seconds / 60, seconds / 3600)
        switch seconds {
        case ..<(-1): return "<invalid>"
        case ..<0: return "0s"
        case ..<120: return "\(seconds)s"
        case ..<600: return pair(minutes, "m", seconds % 60, "s")
        case ..<(3 * 3600): return "\(minutes)m"
        case ..<(8 * 3600): return pair(hours, "h", minutes % 60, "m")
        case ..<(48 * 3600): return "\(hours)h"
        case ..<(8 * 86_400): return pair(hours / 24, "d", hours % 24, "h")
        case ..<(2 * 365 * 86_400): return "\(hours / 24)d"
        case ..<(8 * 365 * 86_400): return pair(hours / 24 / 365, "y", hours / 24 % 365, "d")
        default: return "\(hours / 24 / 365)y"
        }
    }
}
