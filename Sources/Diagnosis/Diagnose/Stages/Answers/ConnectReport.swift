import Findings
import NetworkAddress
import ServiceRegistry

/// Connections that were opened to a Service and its endpoints: facts, for a VIP is only reached from a node or a Pod.
package struct ConnectReport: Sendable {
    package struct Entry: Sendable {
        /// `endpoint 10.244.0.5:9376 (Pod shop/web-0)`, `Service 10.96.1.4:80`
        package var target: Phrase
        package var isEndpoint: Bool
        package var outcome: ConnectProbe.Outcome
    }

    package var entries: [Entry]
    /// Targets beyond the bound, which were left out.
    package var omitted: Int

    /// Where connections may be opened at once.
    package static let maximum = 64

    /// There are endpoints, and none takes a connection.
    package var isEveryEndpointClosed: Bool {
        let endpoints = entries.filter(\.isEndpoint)
        return !endpoints.isEmpty && endpoints.allSatisfy { $0.outcome != .open }
    }

    package var lines: [Phrase] {
        var lines = entries.map { entry in
            let outcome = entry.outcome.phrase
            return Phrase(
                "connect \(entry.target.english): \(outcome.english)",
                zh: "连接 \(entry.target.chinese)：\(outcome.chinese)")
        }
        if omitted > 0 {
            lines.append(Phrase("connect: \(omitted) more were not tried", zh: "连接：另有 \(omitted) 个未尝试"))
        }
        if isEveryEndpointClosed {
            lines.append(
                Phrase(
                    "no endpoint takes a connection from here: the process does not listen, or this machine is not in the Pod network",
                    zh: "从本机无法连接任何端点：进程没有监听，或本机不在 Pod 网络中"))
        }
        return lines
    }
}

extension Inquiry {
    /// Opens TCP to each endpoint and to each ClusterIP with its port, 1 s each and all at once; nil where that is not
    /// wanted, or there is nothing to connect to.
    package func connectReport() -> ConnectReport? {
        guard mayConnect, let service, service.kind != .externalName else { return nil }
        let wanted = port.map { [$0] }
        var targets: [(target: Phrase, isEndpoint: Bool, address: ServerAddress)] = []
        var seen: Set<ServerAddress> = []
        for (endpoint, slice) in facts.endpoints(of: service.name) where slice.addressType != .fqdn {
            for slicePort in slice.ports where slicePort.transport == .tcp {
                guard let number = slicePort.port, isWanted(slicePort, of: service, wanted) else { continue }
                let word = endpoint.isReady ? "" : ", not ready"
                let chinese = endpoint.isReady ? "" : "，未就绪"
                let pod = endpoint.podName.isEmpty ? "" : " (Pod \(service.name.namespace)/\(endpoint.podName))"
                for address in endpoint.addresses {
                    let place = ServerAddress(address, port: number)
                    guard seen.insert(place).inserted else { continue }
                    targets.append(
                        (
                            Phrase("endpoint \(place.whole)\(pod)\(word)", zh: "端点 \(place.whole)\(pod)\(chinese)"),
                            true,
                            place
                        ))
                }
            }
        }
        for address in service.clusterIPs {
            for servicePort in service.ports where servicePort.transport == .tcp {
                guard wanted?.contains(servicePort.port) ?? true else { continue }
                let place = ServerAddress(address, port: servicePort.port)
                targets.append((Phrase("Service \(place.whole)"), false, place))
            }
        }
        guard !targets.isEmpty else { return nil }
        let tried = targets.prefix(ConnectReport.maximum)
        let outcomes = ConnectProbe.outcomes(of: tried.map(\.address), timeout: .seconds(1))
        return ConnectReport(
            entries: zip(tried, outcomes).map { target, outcome in
                ConnectReport.Entry(target: target.target, isEndpoint: target.isEndpoint, outcome: outcome)
            }, omitted: targets.count - tried.count)
    }

    /// Whether a slice's port is behind the Service's port that was asked for.
    private func isWanted(_ port: EndpointPort, of service: Service, _ wanted: [UInt16]?) -> Bool {
        guard let wanted else { return true }
        return service.ports.contains { wanted.contains($0.port) && $0.name == port.name }
    }
}

extension ServerAddress {
    /// With the port, whatever it is.
    fileprivate var whole: String { address.family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)" }
}
