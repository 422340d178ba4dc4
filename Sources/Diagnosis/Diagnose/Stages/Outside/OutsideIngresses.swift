import DNSWire
import Findings
import NetworkAddress
import ServiceRegistry

extension Inquiry {
    /// ING001 to ING005 of the Ingresses that some routes are of, and XTN002 of their status.
    func ingressFindings(_ routes: [IngressRoute]) -> [Finding] {
        var findings: [Finding] = []
        for name in Set(routes.map(\.ingress)).sorted() {
            guard let ingress = facts.registry.ingresses[name] else { continue }
            let own = routes.filter { $0.ingress == name }
            findings += backendFindings(own, of: ingress)
            findings += hostFindings(own, of: ingress)
            findings += statusFindings(ingress)
        }
        return findings
    }

    // MARK: Backends

    /// A fault of each backend once, with all hosts that lead to it.
    private func backendFindings(_ routes: [IngressRoute], of ingress: Ingress) -> [Finding] {
        var done: Set<Ingress.Backend> = []
        return routes.compactMap { route in
            guard done.insert(route.backend).inserted else { return nil }
            let all = routes.filter { $0.backend == route.backend }
            let hosts = Set(all.map(\.host)).sorted()
            guard let service = facts.registry.services[route.service] else {
                return missingService(route, hosts, ingress)
            }
            return missingPort(all, hosts, service, ingress)
        }
    }

    private func from(_ hosts: [String]) -> Phrase {
        let named = hosts.filter { !$0.isEmpty }
        if named.isEmpty { return Phrase("every host", zh: "所有主机") }
        return Phrase(named.joined(separator: ", "))
    }

    private func missingService(_ route: IngressRoute, _ hosts: [String], _ ingress: Ingress) -> Finding {
        let host = from(hosts)
        let suggestions = nameSuggestions(
            for: route.backend.service, in: ingress.name.namespace, among: facts.registry.services.keys)
        let here = suggestions.first { $0.service.namespace == ingress.name.namespace }
        let elsewhere = suggestions.first { $0.distance == 0 }
        var evidence = [place(of: route)]
        if let elsewhere {
            evidence.append(
                Phrase(
                    "Service \(elsewhere.service) exists: an Ingress leads only to Services of its own namespace",
                    zh: "Service \(elsewhere.service) 存在：但 Ingress 只能转发到同一命名空间中的 Service"))
        } else if let here {
            evidence.append(Phrase("near it: Service \(here.service)", zh: "相近的：Service \(here.service)"))
        }
        return Finding(
            "ING001", .error,
            Phrase(
                "Ingress \(ingress.name) routes \(host.english) to Service \(route.service), which does not exist",
                zh: "Ingress \(ingress.name) 将 \(host.chinese) 转发到 Service \(route.service)，但它不存在"),
            at: facts.places[ObjectKey(.ingress, ingress.name)], object: "Ingress \(ingress.name)", evidence: evidence,
            fix: here.map { patch(route, "/service/name", "\"\($0.service.name)\"", instead: route.backend.service) }
                ?? Phrase("kubectl -n \(ingress.name.namespace) get services"))
    }

    private func missingPort(
        _ routes: [IngressRoute], _ hosts: [String], _ service: Service, _ ingress: Ingress
    ) -> Finding? {
        let route = routes[0]
        guard let wanted = route.backend.port else { return nil }
        // What an ExternalName listens to is not said in the cluster.
        if service.kind == .externalName, service.ports.isEmpty { return nil }
        let isThere = service.ports.contains { port in
            switch wanted {
            case .number(let number): port.port == number
            case .name(let name): port.name == name
            }
        }
        guard !isThere else { return nil }
        let (host, right) = (from(hosts), likelyPort(wanted, service))
        let list = service.ports.map { ($0.name.isEmpty ? "" : "\($0.name) ") + "\($0.port)/\($0.transport.rawValue)" }
        var evidence = [
            place(of: route),
            list.isEmpty
                ? Phrase("Service \(service.name) has no ports", zh: "Service \(service.name) 没有端口")
                : Phrase(
                    "Service \(service.name) has port\(list.count == 1 ? "" : "s") \(list.joined(separator: ", "))",
                    zh: "Service \(service.name) 的端口：\(list.joined(separator: ", "))"),
        ]
        if let port = service.ports.first(where: { $0.target == wanted }) {
            evidence.append(
                Phrase(
                    "\(wanted) is the targetPort of port \(port.port): a backend names a port of the Service",
                    zh: "\(wanted) 是端口 \(port.port) 的 targetPort：后端应写 Service 的端口"))
        } else if let port = service.ports.first(where: { $0.nodePort.map(TargetPort.number) == wanted }) {
            evidence.append(
                Phrase(
                    "\(wanted) is the nodePort of port \(port.port)", zh: "\(wanted) 是端口 \(port.port) 的 nodePort"))
        } else if case .name(let text) = wanted, UInt16(text) != nil {
            evidence.append(
                Phrase("\"\(text)\" in quotes is a port's name", zh: "加引号的 \"\(text)\" 是端口名称"))
        }
        return Finding(
            "ING002", .error,
            Phrase(
                "Ingress \(ingress.name) routes \(host.english) to port \(wanted) of Service \(service.name), which has no "
                    + "such port",
                zh: "Ingress \(ingress.name) 将 \(host.chinese) 转发到 Service \(service.name) 的端口 \(wanted)，但它没有该端口"),
            at: facts.places[ObjectKey(.ingress, ingress.name)], object: "Ingress \(ingress.name)", evidence: evidence,
            fix: right.map {
                patch(route, "/service/port", "{\"number\":\($0.port)}", instead: route.backend.service)
            })
    }

    /// The port that was probably meant.
    private func likelyPort(_ wanted: TargetPort, _ service: Service) -> Service.Port? {
        if let port = service.ports.first(where: { $0.target == wanted || $0.nodePort.map(TargetPort.number) == wanted }
        ) {
            return port
        }
        if case .name(let text) = wanted, let port = service.ports.first(where: { "\($0.port)" == text }) {
            return port
        }
        return service.ports.first
    }

    private func place(of route: IngressRoute) -> Phrase {
        let port = route.backend.port.map { ", port \($0)" } ?? ""
        let path = route.pointer.split(separator: "/").map(String.init)
        let mark = facts.mark(facts.place(of: ObjectKey(.ingress, route.ingress), field: path))
        return Phrase("\(path.joined(separator: ".")): service \(route.backend.service)\(port)\(mark)")
    }

    /// Nothing is changed where the Ingress is another by now.
    private func patch(_ route: IngressRoute, _ field: String, _ value: String, instead service: String) -> Phrase {
        let test = "{\"op\":\"test\",\"path\":\"\(route.pointer)/service/name\",\"value\":\"\(service)\"}"
        let replace = "{\"op\":\"replace\",\"path\":\"\(route.pointer)\(field)\",\"value\":\(value)}"
        return Phrase(
            "kubectl -n \(route.ingress.namespace) patch ingress \(route.ingress.name) --type=json "
                + "-p '[\(test),\(replace)]'")
    }

    // MARK: Hosts and status

    /// ING003, ING004.
    private func hostFindings(_ routes: [IngressRoute], of ingress: Ingress) -> [Finding] {
        var findings: [Finding] = []
        let place = facts.places[ObjectKey(.ingress, ingress.name)]
        let hosts = Set(routes.map(\.host)).sorted()
        let zones = facts.externalZones
        let outside = hosts.filter { host in
            guard !host.isEmpty, let name = try? DomainName(host) else { return false }
            return !zones.contains { name.isAtOrBelow($0) }
        }
        if !zones.isEmpty, !outside.isEmpty {
            let (list, served) = (outside.joined(separator: ", "), zones.map(shown).joined(separator: ", "))
            findings.append(
                Finding(
                    "ING003", .warning,
                    Phrase(
                        "host \(list) of Ingress \(ingress.name) is in no external zone: it has no record here",
                        zh: "Ingress \(ingress.name) 的主机 \(list) 不在任何外部区域中：这里没有它的记录"),
                    at: place, object: "Ingress \(ingress.name)",
                    evidence: [Phrase("external zones: \(served)", zh: "外部区域：\(served)")],
                    fix: Phrase(
                        "serve the zone too, or publish \(list) where its zone is served",
                        zh: "增加该区域，或在提供该区域的 DNS 中发布 \(list)")))
        }
        if hosts.contains("") {
            findings.append(
                Finding(
                    "ING004", .info,
                    Phrase(
                        "Ingress \(ingress.name) takes every host, by a rule without host or a default backend: no name has "
                            + "a record by that",
                        zh: "Ingress \(ingress.name) 通过没有 host 的规则或默认后端匹配所有主机：不会因此产生任何名称的记录"),
                    at: place, object: "Ingress \(ingress.name)",
                    evidence: routes.filter(\.host.isEmpty).map(self.place)))
        }
        return findings
    }

    /// ING005, and XTN002 of an Ingress. A manifest as it is written has no status: that it has none says something only
    /// where others have theirs. One that a cluster told has a status, empty until a controller takes the Ingress.
    private func statusFindings(_ ingress: Ingress) -> [Finding] {
        let key = ObjectKey(.ingress, ingress.name)
        let show = Phrase("kubectl -n \(ingress.name.namespace) describe ingress \(ingress.name.name)")
        guard ingress.loadBalancer.isEmpty else {
            return badHostnames(ingress.loadBalancer).map { host, fault in
                Finding(
                    "XTN002", .error,
                    Phrase(
                        "status of Ingress \(ingress.name) has the host name \"\(host)\": \(fault.english)",
                        zh: "Ingress \(ingress.name) 的 status 中的主机名 \"\(host)\" 有误：\(fault.chinese)"),
                    at: facts.places[key], object: "\(key)",
                    evidence: [Phrase("status.loadBalancer.ingress[].hostname: \"\(host)\"")], fix: show)
            }
        }
        let others = facts.registry.ingresses.values.filter { !$0.loadBalancer.isEmpty }.map { "Ingress \($0.name)" }
        let services = facts.registry.services.values.filter { !$0.loadBalancer.isEmpty }.map { "Service \($0.name)" }
        let other = (others.sorted() + services.sorted()).first
        let status = facts.place(of: key, field: ["status"])
        guard other != nil || status != nil else { return [] }
        let written = status.map { " (\($0.file):\($0.line))" } ?? ""
        return [
            Finding(
                "ING005", .warning,
                Phrase(
                    "Ingress \(ingress.name) has no address: no controller has taken it",
                    zh: "Ingress \(ingress.name) 没有地址：没有控制器接管它"),
                at: facts.places[key], object: "\(key)",
                evidence: [
                    Phrase("status.loadBalancer is empty\(written)", zh: "status.loadBalancer 为空\(written)")
                ] + [other.map { Phrase("\($0) has one", zh: "\($0) 有地址") }].compactMap { $0 }, fix: show)
        ]
    }
}
